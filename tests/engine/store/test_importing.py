"""Files into the store: the same run as it was exported, or nothing."""

import dataclasses
import gzip
import io
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.store import runs
from earmark.engine.store.db import Store
from earmark.engine.store.exporting import write_run
from earmark.engine.store.importing import import_run
from earmark.engine.types import Rejection

SOUND = "UklGR" * 200
BLOCKS = [
    {"type": "word_containment", "name": "rule"},
    {"type": "word_error_rate", "reference": "{{item.official_answer}}"},
]


class Mean:
    """A grader of a program: no block makes it again."""

    name, signature = "mean", "mean|v1"

    def grade(self, rows):
        scores = np.array([len(id) / 3 for id in rows.ids])
        passed = np.full(len(rows), -1, dtype=np.int8)
        return em.Grades(scores, passed, {"any": [{"of": i} for i in scores]}, "row {}".format)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def file(tmp_path):
    """An exported run of 9 rows, one of them without an answer and one with sound."""
    rows = [
        {
            "item": {
                "id": f"q{i}",
                "official_answer": "yes" if i else "",
                "sound": SOUND * (i == 3),
            },
            "sample": {"output_text": "yes" if i % 2 else "oh yes"},
            "repeat": i % 2,
        }
        for i in range(9)
    ]
    given = em.read_rows(rows)
    lost = Rejection("bad", "there.jsonl", "it was wrong", 7)
    given = dataclasses.replace(given, rejected=(lost,), base="/clips", origin="there.jsonl")
    graded = em.grade(given, [*BLOCKS, Mean()])
    path = tmp_path / "run.jsonl"
    write_run(path, [dataclasses.replace(graded, name="my run")])
    return path, graded


def same(a, b):
    assert [*a.rows] == [*b.rows]
    for name in a.grades:
        for i in range(len(a)):
            assert a[name].row(i) == b[name].row(i)


def test_an_exported_run_comes_back_the_same(store, file):
    path, run = file
    entry = import_run(store, path)
    loaded = em.load_run(entry.id, store.folder)
    same(run, loaded)
    assert loaded.signatures == run.signatures
    assert loaded.blocks == run.blocks
    assert (entry.name, entry.origin, entry.base) == ("my run", "there.jsonl", "/clips")
    assert entry.rejected == run.rows.rejected
    assert json.dumps(loaded.lines()) == json.dumps(run.lines())
    known = [{key: value for key, value in line.items() if value == value} for line in run.lines()]
    assert [{k: v for k, v in line.items() if v is not None} for line in entry.summary] == known
    assert (
        SOUND
        not in (store.folder / "blobs")
        .joinpath(entry.kept.digest[:2], entry.kept.digest)
        .read_text()
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    items=st.lists(st.dictionaries(st.sampled_from("ab \u2028é"), VALUES), min_size=1, max_size=4),
    output=VALUES,
)
def test_whatever_json_holds_comes_back_the_same(tmp_path_factory, items, output):
    folder = tmp_path_factory.mktemp("any")
    rows = [{"item": item, "sample": {"output_text": output}} for item in items]
    run = em.grade(rows, {"type": "string_check", "operation": "eq", "reference": "{{item.a}}"})
    write_run(folder / "run.jsonl", [run])
    entry = import_run(Store(folder / "store"), folder / "run.jsonl")
    loaded = em.load_run(entry.id, folder / "store")
    assert [*loaded.rows] == [*run.rows]
    same(run, loaded)


def test_many_batches_are_one_run(store, tmp_path, monkeypatch):
    monkeypatch.setattr("earmark.engine.store.importing._BATCH", 100)
    rows = [
        {"id": i, "official_answer": "yes", "output_text": "yes" * (i % 3)} for i in range(1050)
    ]
    run = em.grade(rows, BLOCKS)
    write_run(tmp_path / "run.jsonl", [run])
    loaded = em.load_run(import_run(store, tmp_path / "run.jsonl").id, store.folder)
    same(run, loaded)
    assert loaded["word_error_rate"].metrics == run["word_error_rate"].metrics


def test_rows_without_grades_are_saved_answers(store, tmp_path):
    (tmp_path / "a.csv").write_text("id,output_text\n1,yes\n2,no\n")
    entry = import_run(store, tmp_path / "a.csv", name="answers")
    run = em.load_run("latest", store.folder)
    assert (entry.name, entry.count, entry.graders) == ("answers", 2, ())
    assert run.rows.column("{{sample.output_text}}") == ["yes", "no"]
    assert run.rows.base == str(tmp_path)
    assert import_run(store, [{"id": 1}]).origin == "list"


def test_grades_without_a_rule_are_kept_and_those_that_come_late_too(store, tmp_path, monkeypatch):
    monkeypatch.setattr("earmark.engine.store.importing._BATCH", 1)
    grade = {"score": 0.5, "passed": True, "explanation": "so it was said", "own": 1}
    records = [{"item": {"id": "a"}}, {"item": {"id": "b"}, "grades": {"judge": grade}}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    entry = import_run(store, tmp_path / "a.jsonl")
    run = em.load_run("latest", store.folder)
    assert [np.isnan(run["judge"].scores[0]), run["judge"].row(1)] == [True, grade]
    (line,) = entry.summary
    assert (line["n"], line["graded"], line["pass_rate"]) == (2, 1, 1.0)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_half_imported_run_is_marked_while_it_is_written_and_gone_after(
    store, monkeypatch, failure
):
    monkeypatch.setattr("earmark.engine.store.importing._BATCH", 1)
    run = em.grade([{"id": 1, "output_text": "x"}], {"type": "string_check", "operation": "eq"})
    run.save(store.folder)
    seen = []

    def rows():
        yield {"id": "a"}
        yield {"id": "b"}
        seen.extend(entry.status for entry in runs.entries(store))
        seen.append(runs.find(store, "latest").status)
        raise failure

    with pytest.raises((KeyboardInterrupt, em.DataError)):
        import_run(store, rows())
    assert seen == ["writing", "complete", "complete"]
    assert [entry.status for entry in runs.entries(store)] == ["complete"]
    assert not list((store.folder / "blobs").glob(".*.tmp"))


def test_a_source_of_which_no_row_can_be_taken_leaves_nothing(store, tmp_path):
    (tmp_path / "a.jsonl").write_text("7\n8\n")
    with pytest.raises(em.DataError, match=r"no row of it was taken; first: .*a\.jsonl:1"):
        with pytest.warns(em.EarmarkWarning, match="2 of 2 records"):
            import_run(store, tmp_path / "a.jsonl")
    assert runs.entries(store) == []


def test_a_source_that_is_not_there_makes_no_store(store, tmp_path):
    with pytest.raises(em.DataError, match="no such file"):
        import_run(store, str(tmp_path / "absent.jsonl"))
    assert not store.folder.exists()


def test_what_cannot_be_taken_is_kept_with_the_run(store, file):
    path, _ = file
    with path.open("a") as target:
        target.write('{"item": {"id": "z"}, "grades": {}}\n')
    with pytest.warns(em.EarmarkWarning, match="1 of 10 records"):
        entry = import_run(store, path)
    assert [rejection.id for rejection in entry.rejected] == ["bad", "z"]
    assert entry.rejected[1].place == f"{path}:10"
    assert entry.count == 9


ADDRESS = "https://me:sesame@host/dir/rows.jsonl?X-Amz-Signature=sesame"


@pytest.fixture
def there(monkeypatch):
    """What lies behind an address, by the data that is put here."""
    found = {}

    def opened(address):
        return io.BufferedReader(io.BytesIO(found[address]))

    monkeypatch.setattr("earmark.engine.data.remote.open_remote", opened)
    return found


def test_nothing_that_is_kept_or_said_of_an_address_has_its_secrets(store, there, tmp_path):
    there[ADDRESS] = b'{"id": 1, "output_text": "x"}\n{broken\n{"item": {}, "grades": 1}\n'
    with pytest.warns(em.EarmarkWarning, match=r"https://host/dir/rows\.jsonl\?\.\.\.: ") as told:
        entry = import_run(store, ADDRESS)
    assert (entry.origin, entry.base) == ("https://host/dir/rows.jsonl?...", "https://host/dir")
    write_run(tmp_path / "out.jsonl", [em.load_run(entry.id, store.folder)])
    kept = [path for path in store.folder.rglob("*") if path.is_file()]
    assert len(kept) > 1
    for secret in (b"sesame", b"X-Amz"):
        assert all(secret not in path.read_bytes() for path in kept)
        assert secret not in (tmp_path / "out.jsonl").read_bytes()
        assert secret.decode() not in f"{entry} {[str(each.message) for each in told]}"


@pytest.mark.parametrize("data", [b"7\n", b"", b'{"item": {}, "run": {"graders": 1}}\n'])
def test_nor_has_what_is_refused(store, there, data):
    there[ADDRESS] = data
    with warnings.catch_warnings(), pytest.raises(em.DataError) as caught:
        warnings.simplefilter("ignore")
        import_run(store, ADDRESS)
    assert "https://host/dir/rows.jsonl?..." in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_file_of_the_hub_is_kept_with_its_commit(store, there, monkeypatch):
    pinned = "hf://o/lines@c0ffee/rows.jsonl"
    monkeypatch.setattr("earmark.engine.data.hub.resolve", {"hf://o/lines/rows.jsonl": pinned}.get)
    there[pinned] = b'{"id": 1}\n'
    entry = import_run(store, "hf://o/lines/rows.jsonl")
    assert (entry.origin, entry.base) == (pinned, "hf://o/lines@c0ffee")


def test_an_exported_run_from_elsewhere_does_not_say_where_files_lie_here(store, there, file):
    there["memory://data/run.jsonl"] = file[0].read_bytes()
    entry = import_run(store, "memory://data/run.jsonl")
    assert (entry.name, entry.base) == ("my run", "memory://data")


def test_a_file_that_is_cut_off_keeps_its_rows_as_in_grading(store, tmp_path):
    lines = b"".join(b'{"id": %d, "text": "%d"}\n' % (n, n * 7919 % 997) for n in range(5000))
    path = tmp_path / "half.jsonl.gz"
    data = gzip.compress(lines)
    path.write_bytes(data[: len(data) // 2])
    with pytest.warns(em.EarmarkWarning, match="the gzip stream ends early"):
        rows = em.read_rows(path)
    with pytest.warns(em.EarmarkWarning, match="the gzip stream ends early"):
        entry = import_run(store, path)
    assert (entry.count, entry.rejected) == (len(rows), rows.rejected)
    assert entry.count > 1000


def test_a_program_that_fails_to_give_rows_is_no_full_disk(store, monkeypatch):
    monkeypatch.setattr("earmark.engine.store.importing._BATCH", 1)

    def rows():
        yield {"id": "a"}
        raise TimeoutError("the line is dead")

    with pytest.raises(em.DataError, match=r"^generator: reading failed: the line is dead"):
        import_run(store, rows())
    assert runs.entries(store) == []


def test_what_a_message_says_of_a_list_is_not_the_list(store):
    with pytest.raises(em.DataError, match=r"^list: no row of it was taken; first: list"):
        with pytest.warns(em.EarmarkWarning):
            import_run(store, [7] * 1000)
    with pytest.raises(em.DataError, match=r"^list: there is no row in it"):
        import_run(store, [])


def test_rows_that_are_there_already_are_saved(store):
    entry = import_run(store, em.read_rows([{"id": 1, "output_text": "x"}]))
    assert (entry.count, entry.origin) == (1, "list")
