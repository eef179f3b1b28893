"""The verb ``grade``, as it is typed."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

import earmark as em
from earmark.__main__ import main
from earmark.engine.store.db import Store
from earmark.engine.store.runs import entries, find, load

ROWS = [
    {
        "item": {"id": 1, "kind": "logic", "official_answer": "valid", "text": "It is valid."},
        "sample": {"output_text": "It is invalid."},
    },
    {
        "item": {"id": 2, "kind": "count", "official_answer": 12, "text": "Twelve eggs."},
        "sample": {"output_text": "12 eggs um", "output_audio": {"data": "UklGR" * 200}},
    },
    {
        "item": {"id": 3, "kind": "count", "official_answer": "7", "text": ""},
        "sample": {"output_text": "\x1b[31mseven [bold]7"},
    },
    {"item": {"id": "four", "official_answer": "yes"}, "sample": {"error": {"message": "timeout"}}},
]
WER = "word_error_rate:reference=text"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return str(path)


@pytest.fixture
def earmark(capsys):
    """Runs the command line: (exit code, stdout, stderr)."""

    def run(*args):
        with pytest.raises(SystemExit) as end:
            main(["grade", *map(str, args)])
        return (end.value.code, *capsys.readouterr())

    return run


def test_the_summary_shows_both_rates_the_interval_and_the_normalizer(earmark, file):
    code, out, _ = earmark(file, "-g", "word_containment", "-g", WER)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["word_containment", "3/4", "2", "66.7", "%", *"20.8 to 93.9 50.0 %".split()] in lines
    # after the normalizer 1 error in 5 words; as written "It is valid." loses one, and
    # "Twelve eggs." against "12 eggs um" loses three: 4 of 5. Where nothing was said a 7 is
    # heard: what stands in brackets is no speech to the normalizer.
    assert ["word_error_rate", "2/4", "WER", "20.0", "%", "whisper-english",
            "80.0", "%", "1", "word"] in lines  # fmt: skip
    assert "Not graded" in out


def test_reasons_are_grouped_and_counted_with_an_example(earmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"id": f"n{i}", "output_text": "x"} for i in range(3)]
    rows += [{"id": "good", "official_answer": "x", "output_text": "x"}]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    _, out, _ = earmark(path, "-g", "word_containment", "-g", "string_check:operation=eq")
    line = next(line for line in out.splitlines() if "is missing" in line)
    assert line.split()[:2] == ["3", "n0"]
    assert "item.official_answer is missing: the item has id" in line
    assert line.rstrip().endswith("word_containment, string_check")


def test_slices_have_a_table_each_grader(earmark, file):
    _, out, _ = earmark(file, "-g", "word_containment", "-g", WER, "--by", "kind")
    assert "word_containment by kind: pass rates" in out
    assert "word_error_rate by kind (normalizer whisper-english; lower is better)" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["logic", "1/1", "WER", "33.3", "%", "33.3", "%", "-"] in lines
    assert sum(line[:1] == ["(none)"] for line in lines) == 2


def test_nothing_in_the_data_reaches_the_terminal(earmark, file):
    _, out, err = earmark(file, "-g", "word_containment", "--explain", "3")
    assert "\x1b" not in out + err
    assert "\\x1b[31mseven [bold]7" in out


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_tables_fit_the_terminal(earmark, file, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = earmark(file, "-g", "word_containment", "-g", WER, "--by", "kind")
    assert max(map(len, out.splitlines())) <= int(columns)
    assert "whisper-english" in out
    assert "un-normalised" in out


def test_one_item_is_explained_with_its_alignment(earmark, file):
    code, out, _ = earmark(file, "-g", "word_containment", "-g", WER, "--explain", "1")
    assert code == 0
    assert "word_containment: score 0, failed\n  missing: 'valid'" in out
    assert "1 error in 3 words: 'valid' heard as 'invalid'" in out
    lines = out.splitlines()
    start = lines.index("  reference  it is valid")
    assert lines[start + 1 : start + 3] == ["  heard      it is invalid", "                   S"]


def test_audio_is_cut_short_in_an_explanation(earmark, file):
    _, out, _ = earmark(file, "-g", WER, "--explain", "2")
    assert "(1,000 characters)" in out
    assert "UklGR" * 20 not in out


def test_an_item_that_is_not_there_is_an_error_with_the_nearest(earmark, file):
    code, _, err = earmark(file, "-g", "word_containment", "--explain", "fuor")
    assert code == 1
    assert "no row has the id 'fuor'. Did you mean 'four'?" in err


def test_json_is_strict_and_says_what_the_table_says(earmark, file):
    code, out, err = earmark(file, "-g", "word_containment", "-g", WER, "--json", "--no-save")
    rule, rate = json.loads(out, parse_constant=pytest.fail)
    assert code == 0
    assert err == ""
    assert (rule["grader"], rule["passed"], rule["pass_rate_strict"]) == (
        "word_containment",
        2,
        0.5,
    )
    assert rate["pass_rate"] is None
    assert rate["wer"] == 0.2
    assert rate["signature"].startswith("word_error_rate|")
    assert rate["reasons"][1]["example"] == "four"


def test_json_of_one_item_is_its_record(earmark, file):
    _, out, _ = earmark(file, "-g", "word_containment", "--json", "--explain", "2")
    (record,) = json.loads(out)
    assert record["item"]["id"] == 2
    assert record["grades"]["word_containment"]["passed"] is True


def test_the_jsonl_that_is_written_can_be_graded_again(earmark, file, tmp_path):
    out = tmp_path / "graded.jsonl"
    code, _, err = earmark(file, "-g", "word_containment", "-o", out)
    assert code == 0
    assert "wrote 4 graded rows" in err
    first = [json.loads(line) for line in out.read_text().splitlines()]
    assert first[0]["grades"]["word_containment"]["missing"] == ["valid"]
    again = em.grade(str(out), "word_containment")
    assert [r["grades"]["word_containment"] for r in again.records()] == [
        r["grades"]["word_containment"] for r in first
    ]


def test_the_csv_has_a_column_for_each_part_of_a_grade(earmark, file, tmp_path):
    out = tmp_path / "graded.CSV"
    earmark(file, "-g", "word_containment", "-o", out)
    with open(out, newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["id"] for row in rows] == ["1", "2", "3", "four"]
    assert [row["word_containment.passed"] for row in rows] == ["false", "true", "true", ""]
    assert rows[0]["word_containment.missing"] == '["valid"]'


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.xlsx", "can be written as .jsonl, .csv, .parquet"),
        ("./answers.jsonl", "would be overwritten"),
        ("nowhere/x.jsonl", "there is no folder"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_work(earmark, file, name, says):
    code, out, err = earmark(file, "-g", "word_containment", "-o", name)
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())
    with open(file) as text:
        assert len(text.readlines()) == 4


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--fail-under", "word_containment=0.6"], 0),
        (["--fail-under", "word_containment=0.7"], 100),
        (["--fail-over", "word_error_rate=0.2"], 0),
        (["--fail-over", "word_error_rate=0.19"], 100),
        (["--fail-on-error", "0.5"], 0),
        (["--fail-on-error", "0.4"], 100),
        (["--fail-under", "word_error_rate=0.5"], 2),
        (["--fail-over", "word_containment=0.5"], 2),
        (["--fail-under", "word_containment=80"], 2),
        (["--fail-under", "0.8"], 2),
        (["--fail-under", "word_containmen=0.8"], 2),
        (["--fail-on-error", "2"], 2),
    ],
)
def test_thresholds_decide_the_exit_code(earmark, file, args, code):
    got, _, err = earmark(file, "-g", "word_containment", "-g", WER, *args)
    assert got == code
    assert ("failed: " in err) is (code == 100)


def test_skipped_records_count_as_not_graded(earmark, file):
    with open(file, "a") as text:
        text.write("not json\n")
    code, _, err = earmark(file, "-g", "word_containment", "--fail-on-error", "0.39")
    assert code == 100
    assert "0.4000 of the records could not be graded" in err
    assert earmark(file, "-g", "word_containment", "--on-error", "fail")[0] == 1
    code, out, _ = earmark(file, "-g", "word_containment", "--on-error", "keep", "--json")
    assert (code, json.loads(out)[0]["n"]) == (0, 5)


def test_a_grader_that_could_grade_nothing_fails_and_names_the_fields(earmark, file):
    code, _, err = earmark(file, "-g", "word_error_rate")
    assert code == 1
    assert "word_error_rate could grade none of the 4 rows: item.reference is missing" in err
    assert "the items have: id, kind, official_answer, text" in err
    assert "the samples have: output_text, output_audio, error" in err


def test_a_wrong_field_to_slice_by_costs_no_graded_row(earmark, file, tmp_path):
    out = tmp_path / "out.jsonl"
    code, _, err = earmark(file, "-g", "word_containment", "--by", "knd", "-o", out)
    assert (code, len(em.read_rows(out))) == (1, 4)
    assert "Did you mean 'kind'" in err


def test_a_threshold_that_nothing_could_be_held_against_is_not_kept(earmark, file):
    code, _, err = earmark(file, "-g", "word_error_rate", "--fail-over", "word_error_rate=0.5")
    assert code == 100
    assert "failed: word_error_rate" in err and "could grade none" in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "no grader given; there are word_containment, word_error_rate, "),
        (["-g", "word_containmnt"], "Did you mean 'word_containment'?"),
        (["-g", "word_containment", "-g", "word_containment"], "two graders are named"),
        (["-c", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["-g", "word_error_rate:normaliser=basic"], "Did you mean 'normalizer'?"),
    ],
)
def test_wrong_usage_says_how_to_mend_it(earmark, file, args, says):
    code, out, err = earmark(file, *args)
    assert (code, out) == (2, "")
    assert says in err


def test_graders_come_from_a_file_and_from_the_line(earmark, file, tmp_path):
    config = tmp_path / "eval.yaml"
    config.write_text("testing_criteria:\n  - {type: string_check, name: s, operation: ilike}\n")
    _, out, _ = earmark(file, "-c", config, "-g", "word_containment", "--json")
    assert [line["grader"] for line in json.loads(out)] == ["word_containment", "s"]


@pytest.mark.parametrize("also", [[], ["--explain", "1"], ["--explain", "1", "--json"]])
def test_a_slice_by_nothing_that_is_there_is_an_error(earmark, file, also):
    code, _, err = earmark(file, "-g", "word_containment", "--by", "knd", *also)
    assert code == 1
    assert "Did you mean 'kind'?" in err


def test_the_module_of_the_verb_loads_nothing_heavy():
    script = (
        "import sys, earmark.graders, earmark.graders.commands;"
        "print([m for m in ('numpy', 'pandas', 'rich', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_run_is_saved_and_one_line_says_so_unless_no_save_is_asked_for(
    earmark, file, tmp_path
):
    _, _, err = earmark(file, "-g", "word_containment")
    store = Store(tmp_path / ".earmark")
    back = load(store, find(store))
    assert err.splitlines() == [f"saved as run {back.id}"]
    assert back["word_containment"].passed.tolist() == [0, 1, 1, -1]
    assert back.rows.samples[1]["output_audio"]["data"] == "UklGR" * 200
    earmark(file, "-g", "word_containment", "--no-save")
    assert len(entries(store)) == 1


def test_a_store_that_cannot_be_written_costs_the_saving_and_nothing_else(
    earmark, file, tmp_path, monkeypatch
):
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("EARMARK_STORE", str(tmp_path / "taken"))
    code, out, err = earmark(file, "-g", "word_containment", "-o", "graded.jsonl")
    assert code == 1
    assert "word_containment" in out
    assert "not saved: " in err and "--no-save" in err
    assert len((tmp_path / "graded.jsonl").read_text().splitlines()) == len(ROWS)


def test_watching_grades_again_when_the_config_is_saved(file, tmp_path):
    config = tmp_path / "eval.yaml"
    block = "testing_criteria: [{type: string_check, name: check, operation: %s}]"
    config.write_text(block % "eq")
    out = tmp_path / "graded.jsonl"
    command = [sys.executable, "-m", "earmark", "grade", file, "-c", str(config), "-o", str(out)]
    command.append("--watch")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while "watching" not in (line := process.stderr.readline()):
                assert line, "it ended before it watched"
            config.write_text(block % "like")
            while "flipped" not in (line := process.stdout.readline()):
                assert line, "it ended before it graded again"
        finally:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert line.strip() == (
        "check: 0 of 3 passed (0.0 %) -> 3 of 3 passed (100.0 %); 3 rows flipped: 3 now pass"
    )
    assert process.returncode == 130
    assert "saved as run" in err  # the last of them, too
    assert out.read_text().count('"passed":true') == 3
    assert len(entries(Store(tmp_path / ".earmark"))) == 2


def test_there_must_be_something_to_watch(earmark, file):
    code, _, err = earmark(file, "-g", "word_containment", "--watch")
    assert code == 2
    assert "-c EVAL.yaml" in err


@pytest.mark.parametrize("option", ["--fail-under=check=1", "--fail-on-error=0.5", "--json"])
def test_what_means_nothing_while_watching_is_refused(earmark, file, tmp_path, option):
    config = tmp_path / "eval.yaml"
    config.write_text("testing_criteria: [{type: string_check, name: check, operation: eq}]")
    code, _, err = earmark(file, "-c", config, "--watch", option)
    assert code == 2
    assert "--watch" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
def test_a_file_that_cannot_be_written_costs_neither_the_table_nor_the_run(earmark, file, tmp_path):
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    code, out, err = earmark(file, "-g", "word_containment", "-o", "full.jsonl")
    assert code == 1
    assert "word_containment" in out
    assert "not written: full.jsonl: cannot be written: No space left" in err
    assert "saved as run" in err
