"""The columns of a run's table, held against the frame that pandas makes of it."""

import numpy as np
import pytest

import earmark as em
from earmark.engine.store.exporting import write_run
from earmark.engine.store.table import table_columns, textual

AWKWARD = [
    {"item": {"id": "a", "output_text": "of the item", "n": 1}, "output_text": "x"},
    {"item": {"id": "b", "rule.score": 3, "late": [1]}, "repeat": 1},
    {"item": {"id": "c", "item.rule.score": "y", "repeat": 7, "n": None}, "output_text": 5},
]


class Rule:
    name, signature = "rule", "rule|v1"

    def grade(self, rows):
        scores = np.array([1.0, np.nan, 0.0])[: len(rows)]
        passed = np.array([1, -1, 0], dtype=np.int8)[: len(rows)]
        return em.Grades(scores, passed, {"own": np.arange(len(rows)), "why": ["a", None, 2]})


def parts(run, size=1):
    for start in range(0, len(run), size):
        index = range(start, min(start + size, len(run)))
        grades = {name: each.take(index) for name, each in run.grades.items()}
        yield em.Run(run.rows.take(index), grades, run.signatures)


def test_the_columns_are_those_of_the_frame_and_in_parts_the_same():
    run = em.grade(AWKWARD, [Rule()])
    frame = run.to_frame()
    for given in ([run], list(parts(run))):
        columns = table_columns(given)
        assert [column.name for column in columns] == list(frame.columns)
        for column in columns:
            values = [value for part in given for value in column.values(part)]
            expected = frame[column.name].astype(object)
            assert values == expected.where(expected.notna(), None).tolist(), column.name


def test_no_two_columns_have_one_name(tmp_path):
    ones = np.ones(2), np.ones(2, np.int8)
    grades = {
        "a": em.Grades(*ones, {"b.score": [3, 4], "b.c": [5, 6], "score": [7, 8]}),
        "a.b": em.Grades(*ones, {"c": [9, 10]}),
    }
    rows = em.read_rows([{"id": i, "a.b.score": "item's", "field.a.b.c": i} for i in range(2)])
    run = em.Run(rows, grades, dict.fromkeys(grades, "s"))
    frame = run.to_frame()
    assert frame.columns.is_unique
    expected = {
        "item.a.b.score": ["item's"] * 2,
        "item.field.a.b.c": [0, 1],
        "a.score": [1, 1],
        "field.a.score": [7, 8],
        "field.a.b.score": [3, 4],
        "a.b.c": [5, 6],
        "a.b.score": [1, 1],
        "field.a.b.c": [9, 10],
    }
    assert {name: frame[name].tolist() for name in expected} == expected
    columns = {column.name: column for column in table_columns(parts(run))}
    assert list(columns) == list(frame.columns)
    assert {name: list(columns[name].values(run)) for name in expected} == expected
    for name in ("a.csv", "a.parquet"):
        assert write_run(tmp_path / name, [run]) == 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None], "text"),
        ([None, float("nan")], "text"),
        ([b"RIFF"], "text"),
        ([True, False], "truth"),
        ([1, 2**63 - 1, np.int64(3)], "whole"),
        ([1, 2.5], "number"),
        ([2**53, 0.5], "number"),
        ([2**53 + 1, 0.5], "json"),  # no float64 is that number
        ([2**63], "json"),
        ([1, True], "json"),
        ([1, "1"], "json"),
        ([[1], {"a": 2}], "json"),
    ],
)
def test_a_column_has_the_one_kind_that_loses_nothing(values, kind):
    n = len(values)
    rows = em.Rows(["x"] * n, [{"v": value} for value in values], [None] * n, [0] * n)
    column = next(c for c in table_columns([em.Run(rows, {}, {})]) if c.name == "v")
    assert column.kind == kind


def test_bytes_are_audio_still_when_they_are_text():
    wav = em.load_audio((np.zeros((1, 800), np.float32), 8000)).encode("wav")
    kept = {"a": [1, "x", {"deep": None}]}
    assert textual(kept) is kept
    text = textual({"audio": {"bytes": wav, "path": None}, "raw": (wav,), **kept})
    assert em.load_audio(text["audio"]).duration == 0.1
    assert em.load_audio(text["raw"][0]).duration == 0.1
    assert text["a"] is kept["a"]
