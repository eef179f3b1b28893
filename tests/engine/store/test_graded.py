"""Exported rows with their grades, and every way in which they can be wrong."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from earmark.engine.data.sources import opened
from earmark.engine.store.exporting import write_run
from earmark.engine.store.graded import UNKNOWN, scan_graded

GOOD = {"score": 1.0, "passed": True, "explanation": "found"}
RATE = {"type": "word_error_rate", "reference": "{{item.text}}", "normalizer": "none"}
ROWS = [{"id": i, "text": "one two", "output_text": "one too"} for i in range(3)]


def with_metric(name, above=("hits",)):
    """A grader as a file says it is, with one metric."""
    return {"name": "x", "signature": "", "block": None, "ratios": {name: [above, []]}}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "graded.jsonl")


def record(id="a", **grade):
    return {"item": {"id": id}, "grades": {"rule": {**GOOD, **grade}}}


def scanned(path, *records, batch=1024):
    Path(path).write_text("".join(json.dumps(each) + "\n" for each in records))
    return list(scan_graded(opened(path), batch))


def exported(path):
    write_run(path, [em.grade(ROWS, RATE)])
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


@pytest.mark.parametrize(
    ("grades", "reason"),
    [
        ({"rule": {**GOOD, "score": "1"}}, "'score' of 'rule' must be a number or null, not '1'"),
        ({"rule": {**GOOD, "score": True}}, "'score' of 'rule' must be a number or null, not True"),
        ({"rule": {**GOOD, "passed": 1}}, "'passed' of 'rule' must be true, false or null, not 1"),
        ({"rule": {"passed": True}}, "the grade of 'rule' has no 'score'"),
        ({"rule": {"score": 1}}, "the grade of 'rule' has no 'passed'"),
        ({"rule": {**GOOD, "score": None}}, "'rule' has no score, but passed is True"),
        ({"rule": 1}, "the grade of 'rule' must be an object, not 1"),
        ([1], "`grades` must be an object, not [1]"),
    ],
)
def test_a_wrong_grade_costs_its_row_and_is_told_with_its_place(path, grades, reason):
    with pytest.warns(em.EarmarkWarning, match=r"1 of 3 records were skipped: .*graded\.jsonl:2"):
        (run,) = scanned(path, record("a"), {"item": {"id": "b"}, "grades": grades}, record("c"))
    assert run.rows.ids == ["a", "c"]
    assert len(run["rule"]) == 2
    (rejection,) = run.rows.rejected
    assert (rejection.place, rejection.id) == (f"{path}:2", "b")
    assert rejection.reason == f"{reason}; the row was not taken"


def test_rows_that_cannot_be_read_leave_the_others_their_own_grades(path):
    with pytest.warns(em.EarmarkWarning, match="2 of 5 records"):
        (run,) = scanned(
            path,
            record("a", score=0.5),
            record("a", score=9),
            7,
            record("b", score=0.25),
            {"id": 4},
        )
    assert run.rows.ids == ["a", "b", "4"]
    np.testing.assert_array_equal(run["rule"].scores, [0.5, 0.25, np.nan])
    assert run["rule"].passed.tolist() == [1, 1, -1]
    assert run["rule"].explanation(2) == "not graded: the file has no such grade of it"


def test_graders_without_a_first_record_are_known_by_name_and_may_come_late(path):
    late = {"item": {"id": "b"}, "grades": {"other": {"score": 0, "passed": None, "own": [1]}}}
    first, second = scanned(path, record("a"), late, batch=1)
    assert first.signatures == {"rule": UNKNOWN}
    assert second.signatures == {"other": UNKNOWN}
    assert second["other"].row(0) == {"score": 0.0, "passed": None, "explanation": "", "own": [1]}


def test_what_grades_stand_in_a_bare_item_are_data(path):
    (run,) = scanned(path, {"id": "a", "grades": {"maths": 3}, "run": 7})
    assert run.grades == {}
    assert run.rows.items[0]["grades"] == {"maths": 3}


def test_an_exported_run_says_its_graders_in_every_batch(path):
    records = exported(path)
    parts = scanned(path, *records, batch=2)
    whole = em.grade(ROWS, RATE)
    assert [len(part) for part in parts] == [2, 1]
    for part in parts:
        assert part.signatures == whole.signatures
        assert part.blocks == whole.blocks
        assert part["word_error_rate"].metrics["wer"] == 0.5
    assert parts[0].rows.base == ""


@pytest.mark.parametrize(
    "change",
    [
        {"graders": [{"name": "word_error_rate"}]},
        {"graders": 3},
        {"graders": [{"name": 3, "signature": "", "block": None, "ratios": {}}]},
        {"graders": [{"name": "x", "signature": "", "block": {"type": "y"}, "ratios": {}}]},
        {"graders": [{"name": "x", "signature": "", "block": None, "ratios": {"a": [1]}}]},
        {"graders": [{"name": "x", "signature": "", "block": None, "ratios": {}}] * 2},
        {"rejected": [{"what": 1}]},
        {"rejected": [{"id": 5, "file": "", "reason": "", "line": None}]},
        {"rejected": [{"id": "", "file": None, "reason": "", "line": None}]},
        {"rejected": [{"id": "", "file": "", "reason": ["x"], "line": None}]},
        {"rejected": [{"id": "", "file": "", "reason": "", "line": "1"}]},
        {"rejected": [{"id": "", "file": "", "reason": "", "line": True}]},
        {"graders": [with_metric("hits", above="hits")]},
        {"graders": [with_metric("hits", above=None)]},
        *({"graders": [with_metric(name)]} for name in ("grader", "n", "pass_rate", "lo")),
        {"base": None},
    ],
)
def test_a_broken_description_is_refused_with_the_way_around_it(path, change):
    records = exported(path)
    records[0]["run"] |= change
    with pytest.raises(em.DataError, match=r"graded\.jsonl:1: .*take that key away"):
        scanned(path, *records)
    del records[0]["run"]
    assert len(scanned(path, *records)[0]) == 3


def test_another_run_further_on_and_another_meaning_of_run_are_said_and_not_read(path):
    records = exported(path)
    second = copy.deepcopy(records[0])
    second["item"]["id"] = "9"
    with pytest.warns(em.EarmarkWarning, match="under `run` in 1 records is not read"):
        (run,) = scanned(path, *records, second)
    assert len(run) == 4
    with pytest.warns(em.EarmarkWarning, match="under `run` in 1 records is not read"):
        scanned(path, {"item": {"id": 1}, "run": 3})


@pytest.mark.parametrize("broken", ["missing", "absent", "text"])
def test_what_the_metrics_are_sums_of_must_be_there(path, broken):
    records = exported(path)
    grades = records[1]["grades"]
    if broken == "missing":
        del grades["word_error_rate"]["hits"], grades["word_error_rate"]["substitutions"]
    elif broken == "text":
        grades["word_error_rate"]["insertions"] = "1"
    else:
        del grades["word_error_rate"]
    with pytest.warns(em.EarmarkWarning, match=r"graded\.jsonl:2"):
        (run,) = scanned(path, *records)
    assert run.rows.ids == ["0", "2"]


def test_a_file_without_a_record_is_refused(path):
    with pytest.raises(em.DataError, match="no record is in it"):
        scanned(path)
