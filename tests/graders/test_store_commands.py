"""The verbs list, show, export, import and remove, as they are typed."""

import io
import json
import os
import re

import numpy as np
import pytest

import earmark as em
from earmark.__main__ import main
from earmark.engine.store import runs
from earmark.engine.store.db import Store

SOUND = "UklGR" * 200
ROWS = [
    {"item": {"id": "q1", "kind": "logic", "official_answer": "valid", "text": "It is valid."},
     "sample": {"output_text": "It is invalid."}},
    {"item": {"id": "q2", "kind": "count", "official_answer": "12", "text": "Twelve eggs.",
              "mean": "\x1b[31m"},
     "sample": {"output_text": "twelve eggs um 12", "output_audio": {"data": SOUND}}},
    {"item": {"id": "q3", "official_answer": "yes"}, "sample": {"error": {"message": "timeout"}}},
]  # fmt: skip
BLOCKS = [
    {"type": "word_containment", "name": "rule"},
    {"type": "word_error_rate", "reference": "{{item.text}}"},
]


class Own:
    name, signature = "own", "own|v1"

    def grade(self, rows):
        n = len(rows)
        return em.Grades(np.full(n, 0.25), np.full(n, -1, np.int8), {}, "the row {}".format)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EARMARK_STORE", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


@pytest.fixture
def earmark(capfd):
    """Runs the command line: (exit code, stdout, stderr)."""

    def run(*args):
        with pytest.raises(SystemExit) as end:
            main([*map(str, args)])
        return (end.value.code, *capfd.readouterr())

    return run


@pytest.fixture
def saved():
    return em.grade(ROWS, [*BLOCKS, Own()]).save()


def test_without_a_store_there_is_a_line_and_no_folder_is_made(earmark, folder):
    assert earmark("list")[0] == 0
    assert "there is no run in .earmark yet" in earmark("list")[1]
    assert earmark("list", "--json")[:2] == (0, "[]\n")
    assert list(folder.iterdir()) == []
    code, _, err = earmark("show", "latest")
    assert (code, "there is no store here yet" in err) == (1, True)


def test_the_list_has_the_latest_first_with_its_numbers(earmark, saved):
    em.Run(em.read_rows(ROWS), {}, {}, name="answers").save()
    code, out, _ = earmark("list")
    lines = [line for line in out.splitlines() if re.match(r"\d{8}-", line)]
    assert code == 0
    assert "answers, 3 rows: not graded" in lines[0]
    assert lines[1].startswith(saved)
    # 1 of 2 rows passes; "invalid" and the second 12 are errors, 2 in 5 words
    numbers = "rule 50.0 %, 1 not graded; word_error_rate 40.0 % WER, 1 not graded; own mean 0.250"
    assert f"3 rows: {numbers}" in lines[1]
    code, out, _ = earmark("list", "--limit", 1)
    assert (saved in out, "and 1 more" in out) == (False, True)


def test_the_list_as_json_says_what_is_known(earmark, saved):
    (entry,) = json.loads(earmark("list", "--json")[1], parse_constant=pytest.fail)
    assert (entry["id"], entry["rows"], entry["status"]) == (saved, 3, "complete")
    assert [line["grader"] for line in entry["graders"]] == ["rule", "word_error_rate", "own"]
    assert entry["graders"][1]["pass_rate"] is None


def test_a_run_that_was_not_written_to_its_end_is_marked_and_not_shown(earmark, saved):
    store = Store()
    with store.writing() as connection:
        _, id = runs.begin(connection, em.grade(ROWS, BLOCKS))
    line = next(line for line in earmark("list")[1].splitlines() if line.startswith(id))
    assert line.rstrip().endswith("not written to its end")
    assert "was not written to its end" in earmark("show", id)[2]
    assert earmark("show", "latest")[1].startswith(f"run {saved}")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_tables_fit_the_terminal_and_ids_stay_whole(earmark, saved, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    for verb in (["list"], ["show", "latest", "--by", "kind"]):
        _, out, _ = earmark(*verb)
        assert max(map(len, out.splitlines())) <= int(columns)
        assert saved in out


def test_a_run_is_shown_as_grade_shows_it(earmark, folder):
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    words = ["-g", "word_containment", "-g", "word_error_rate:reference=text", "--by", "kind"]
    _, graded, _ = earmark("grade", "rows.jsonl", *words)
    code, shown, _ = earmark("show", "latest", "--by", "kind")
    head, _, rest = shown.partition("\n\n")
    assert code == 0
    assert re.fullmatch(r"run \d{8}-\d{6}-\w{4}, .*\n3 rows from rows\.jsonl", head)
    assert rest == graded


def test_a_grader_whose_object_is_gone_is_shown_by_its_mean(earmark, saved):
    _, out, _ = earmark("show", saved)
    lines = [line.split() for line in out.splitlines()]
    assert ["own", "3/3", "0", "-", "-", "-", "0.250"] in lines
    assert ["word_error_rate", "2/3", "WER", "40.0", "%", "whisper-english",
            "100.0", "%", "-"] in lines  # fmt: skip


def test_one_item_is_explained_from_the_store(earmark, saved):
    _, out, _ = earmark("show", saved, "--explain", "q2")
    assert "rule: score 1, passed\n  found as whole words: '12'" in out
    assert "own: score 0.25\n  the row 1" in out
    assert "  reference  12 eggs **\n  heard      12 eggs 12\n" in out
    assert "(1,000 characters)" in out
    assert "\x1b" not in out
    (record,) = json.loads(earmark("show", saved, "--explain", "q2", "--json")[1])
    assert record["sample"] == ROWS[1]["sample"]
    assert "Did you mean 'q3'" in earmark("show", saved, "--explain", "q33")[2]


@pytest.mark.parametrize("named", ["another's", None])
def test_data_that_looks_like_a_mark_of_the_store_is_shown_as_it_stands(earmark, folder, named):
    digest = Store().blobs.put(b"what another run holds") if named else None
    row = {"item": {"id": "a", "x": {"earmark:blob": digest, "as": "text"}}, "sample": {}}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    earmark("grade", "rows.jsonl", "-g", "word_containment")
    code, out, err = earmark("show", "latest", "--explain", "a")
    assert (code, "another run holds" in out, "earmark:blob" in out) == (0, False, True), err
    (record,) = json.loads(earmark("show", "latest", "--explain", "a", "--json")[1])
    assert record["item"] == row["item"]


def test_show_as_json_is_the_run_with_its_lines(earmark, saved):
    found = json.loads(
        earmark("show", saved, "--json", "--by", "kind")[1], parse_constant=pytest.fail
    )
    assert (found["id"], found["rows"]) == (saved, 3)
    assert {line["kind"] for line in found["graders"]} == {"count", "logic", "(none)"}
    assert found["graders"][0]["reasons"][0]["example"] == "q3"


def test_what_was_rejected_is_shown(earmark, folder):
    (folder / "rows.jsonl").write_text('{"id": 1}\n' + "7\n" * 7)
    earmark("import", "rows.jsonl")
    _, out, _ = earmark("show", "latest")
    assert "1 row from rows.jsonl, 7 records rejected\n  rows.jsonl:2: a record must" in out
    assert "and 2 more" in out
    assert "not graded" in out


def test_a_run_goes_out_and_comes_back_the_same(earmark, saved, folder):
    assert earmark("export", saved, "-o", "a.jsonl")[0] == 0
    code, out, err = earmark("import", "a.jsonl", "--name", "again")
    assert (code, err) == (0, "")
    id = out.split(":")[0]
    assert out == f"{id}: 3 rows from a.jsonl, graded by rule, word_error_rate, own\n"
    earmark("export", id, "-o", "b.jsonl")
    first, second = (folder / "a.jsonl").read_text(), (folder / "b.jsonl").read_text()
    name = "rule, word_error_rate, own"
    assert first.replace(f'"name":"{name}"', '"name":"again"') == second
    assert earmark("export", "latest", "-o", "-")[1] == second


def test_evals_rows_are_the_rows_alone(earmark, saved, folder):
    earmark("export", saved, "-o", "a.jsonl", "--as", "evals")
    lines = [json.loads(line) for line in (folder / "a.jsonl").read_text().splitlines()]
    assert lines == ROWS


def test_grades_without_a_rule_are_remarked(earmark, folder):
    grades = {"judge": {"score": 1, "passed": True}}
    (folder / "a.jsonl").write_text(json.dumps({"item": {"id": 1}, "grades": grades}))
    code, out, err = earmark("import", "a.jsonl")
    assert (code, out.endswith("graded by judge\n")) == (0, True)
    assert "of judge the file has the grades and not the rule" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["export", "latest", "-o", "a.txt"], 2, ".jsonl, .csv, .parquet"),
        (["export", "latest", "-o", "a.csv", "--as", "evals"], 2, "written as .jsonl"),
        (["export", "latest", "-o", ".earmark/a.csv"], 2, "lies in the store .earmark"),
        (["export", "latest", "-o", "nowhere/a.csv"], 1, "there is no folder"),
        (["export", "nonsense", "-o", "a.csv"], 1, "there is no run 'nonsense'"),
        (["show", "latest", "--by", "kin"], 1, "Did you mean 'kind'"),
        (["import", "absent.jsonl"], 1, "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said(earmark, saved, words, code, said):
    found, out, err = earmark(*words)
    assert (found, out) == (code, "")
    assert said in err


@pytest.mark.parametrize("pattern", ["rows.jsonl", "*.jsonl"])
def test_what_a_run_was_read_from_is_not_overwritten_from_another_folder(
    earmark, folder, monkeypatch, pattern
):
    monkeypatch.setenv("EARMARK_STORE", str(folder / "store"))
    (folder / "data").mkdir()
    source = folder / "data" / "rows.jsonl"
    source.write_text(json.dumps(ROWS[0]) + "\n")
    earmark("import", f"data/{pattern}")
    for place in (folder, folder / "data", folder / "store"):
        monkeypatch.chdir(place)
        code, _, err = earmark("export", "latest", "-o", source)
        assert (code, "what the run was read from" in err) == (2, True)
    assert source.read_text() == json.dumps(ROWS[0]) + "\n"
    assert earmark("export", "latest", "-o", folder / "rows.jsonl")[0] == 0


def test_runs_are_removed_and_what_they_alone_held_is_freed(earmark, saved, folder):
    code, out, _ = earmark("remove", saved)
    assert (code, out) == (
        0,
        f"removed {saved}: 3 rows from list\nfreed 0.0 MB; 0.0 MB more by a remove in an hour\n",
    )
    first, second = (em.grade(ROWS, BLOCKS[:1]).save() for _ in range(2))
    with Store().writing() as connection:
        _, half = runs.begin(connection, em.Run(em.read_rows(ROWS), {}, {}))
    assert f"`earmark remove {half}` removes it" in earmark("show", half)[2]
    for path in (folder / ".earmark" / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    code, out, _ = earmark("remove", half, "latest", first)
    heads = [line.split(" from")[0] for line in out.splitlines()]
    assert heads[0] == f"removed {half}: not written to its end"
    assert heads[1:3] == [f"removed {second}: 3 rows", f"removed {first}: 3 rows"]
    assert re.fullmatch(r"freed 0\.0 MB", heads[3])
    assert earmark("list", "--json")[1] == "[]\n"
    assert not any(path.is_file() for path in (folder / ".earmark" / "blobs").rglob("*"))
    code, _, err = earmark("remove", saved)
    assert (code, f"there is no run '{saved}'" in err) == (1, True)
    assert earmark("remove")[0] == 2


def test_an_ambiguous_beginning_names_the_runs(earmark, saved):
    other = em.grade(ROWS, BLOCKS).save()
    _, _, err = earmark("show", saved[:4])
    assert "2 runs begin with" in err
    assert saved in err
    assert other in err


def test_an_address_that_is_imported_shows_no_secret(earmark, monkeypatch):
    def opened(address):
        return io.BufferedReader(io.BytesIO(b'{"id": 1}\n{broken\n'))

    monkeypatch.setattr("earmark.engine.data.remote.open_remote", opened)
    code, out, err = earmark("import", "https://me:sesame@host/rows.jsonl?sig=sesame")
    assert code == 0
    assert "1 row from https://host/rows.jsonl?..., graded by nobody" in out
    _, shown, _ = earmark("show", "--json", "latest")
    assert "sesame" not in out + err + shown
