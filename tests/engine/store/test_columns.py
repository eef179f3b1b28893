"""Grades are kept as columns, each once, and come back as they were."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.grades import Grades, Ratio
from earmark.engine.run import Run
from earmark.engine.store.columns import (
    CHUNK,
    insert_grades,
    insert_packed,
    pack_grades,
    read_grades,
)
from earmark.engine.store.db import Store
from earmark.engine.types import Rows


@pytest.fixture
def store(tmp_path):
    """A store with one run, of which nothing is known yet."""
    store = Store(tmp_path / "store")
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, created, name, status, origin, base) "
            "VALUES ('r', '', '', 'writing', '', '')"
        )
    return store


def rows(count):
    return Rows([str(i) for i in range(count)], [{}] * count, [None] * count, [0] * count)


def run(grades, name="g", blocks=()):
    return Run(rows(len(grades)), {name: grades}, {name: "s"}, {block: {} for block in blocks})


def graded(count, start=0):
    """Grades that tell which row they are of."""
    scores = np.arange(start, start + count) / 8
    passed = (np.arange(start, start + count) % 3 - 1).astype(np.int8)
    fields = {"row": list(range(start, start + count))}
    return Grades(scores, passed, fields, lambda i: f"of row {start + i}")


def insert(store, run, first=0):
    with store.writing() as connection:
        return insert_grades(connection, 1, run, first)


def read(store, first, count, name="g", fields=(), ratios=()):
    about = {"name": name, "fields": list(fields), "ratios": dict(ratios)}
    with store.reading() as connection:
        return read_grades(connection, 1, [about], first, count)[name]


def same(found, start):
    """Whether these are the grades that `graded` gives from that row on."""
    given = graded(len(found), start)
    assert found.scores.tobytes() == given.scores.tobytes()
    assert found.passed.tobytes() == given.passed.tobytes()
    assert found.fields == given.fields
    assert [found.explanation(i) for i in range(len(found))] == [
        given.explanation(i) for i in range(len(found))
    ]


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 500])
def test_any_stretch_of_rows_comes_back_as_it_was(store, count):
    assert insert(store, run(graded(count))) == -(-count // CHUNK)
    for first in (0, count // 3, CHUNK - 1, CHUNK, count - 1):
        if first < count:
            same(read(store, first, count - first), first)
            same(read(store, first, 1), first)


@settings(deadline=None, max_examples=40)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8), data=st.data())
def test_records_of_any_sizes_are_read_as_one_column(tmp_path_factory, sizes, data):
    store = Store(tmp_path_factory.mktemp("store"))
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO runs (id, created, name, status, origin, base) "
            "VALUES ('r', '', '', 'writing', '', '')"
        )
        starts = np.cumsum([0, *sizes]).tolist()
        for start, size in data.draw(st.permutations(list(zip(starts, sizes, strict=False)))):
            assert insert_grades(connection, 1, run(graded(size, start)), start) == 1
    first = data.draw(st.integers(0, sum(sizes) - 1))
    same(read(store, first, data.draw(st.integers(1, sum(sizes) - first))), first)


# Recorded once


def test_what_was_recorded_already_stays_and_is_not_counted(store):
    assert insert(store, run(graded(2 * CHUNK))) == 2
    other = Grades(np.zeros(2 * CHUNK), np.zeros(2 * CHUNK, np.int8))
    assert insert(store, run(other)) == 0
    same(read(store, 0, 2 * CHUNK), 0)
    assert insert(store, run(graded(10, 2 * CHUNK)), 2 * CHUNK) == 1
    same(read(store, 0, 2 * CHUNK + 10), 0)


@pytest.mark.parametrize(("first", "count"), [(0, 5), (5, 5), (9, 1), (12, 20), (0, 40), (19, 2)])
def test_rows_that_have_a_grade_are_not_recorded_with_others_that_have_none(store, first, count):
    insert(store, run(graded(8, 2)), 2)
    insert(store, run(graded(10, 10)), 10)
    with pytest.raises(em.StoreError, match=rf"rows {first} to {first + count - 1} cannot be"):
        insert(store, run(graded(count, first)), first)
    same(read(store, 2, 18), 2)


def test_two_graders_and_two_runs_do_not_meet(store):
    insert(store, run(graded(4), "one"))
    insert(store, run(graded(4, 100), "two"))
    same(read(store, 0, 4, "one"), 0)
    same(read(store, 0, 4, "two"), 100)
    with pytest.raises(em.StoreError, match="FOREIGN KEY"), store.writing() as connection:
        insert_packed(connection, 2, pack_grades(run(graded(4)), 0))


def test_a_row_without_a_record_has_no_score_and_no_verdict(store):
    insert(store, run(graded(2, 3)), 3)
    found = read(store, 0, 8, fields=["row", "other"])
    assert np.isnan(found.scores).tolist() == [True] * 3 + [False] * 2 + [True] * 3
    assert found.passed.tolist()[:3] == [-1, -1, -1] and found.passed.tolist()[5:] == [-1, -1, -1]
    assert found.fields == {"row": [None] * 3 + [3, 4] + [None] * 3, "other": [None] * 8}


# Values


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (np.array([0.1, 2.5], np.float32), [float(np.float32(0.1)), 2.5]),
        (np.array([2**63 - 1, -1]), [2**63 - 1, -1]),
        (np.array([True, False]), [True, False]),
        (np.array([1.5, math.nan]), [1.5, None]),
        (np.array(["é", ""]), ["é", ""]),
        (np.array([None, {"a": 1}], object), [None, {"a": 1}]),
        ([10**30, -(2**64)], [10**30, -(2**64)]),
        ([np.int64(7), np.float32(0.5)], [7, 0.5]),
        ([["missing", "words"], []], [["missing", "words"], []]),
        (["\0\u2028😀", None], ["\0\u2028😀", None]),
        ([math.inf, 1e-300], [None, 1e-300]),
        (range(2), [0, 1]),
        (({"deep": {"er": [1, {}]}}, 0), [{"deep": {"er": [1, {}]}}, 0]),
    ],
)
def test_a_field_comes_back_as_the_plain_values_it_held(store, column, value):
    insert(store, run(Grades(np.ones(2), np.ones(2, np.int8), {"f": column})))
    found = read(store, 0, 2).fields["f"]
    assert found == value
    assert [type(one) for one in found] == [type(one) for one in value]


def test_a_field_may_be_nested_deeper_than_rows(store):
    deep = 1
    for _ in range(230):
        deep = [deep]
    insert(store, run(Grades(np.ones(1), np.ones(1, np.int8), {"f": [deep]})))
    assert read(store, 0, 1).fields["f"] == [deep]


@settings(deadline=None)
@given(
    scores=st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20),
    dtype=st.sampled_from(["<f8", ">f8", "<f4"]),
)
def test_scores_keep_every_bit(tmp_path_factory, scores, dtype):
    given_scores = np.clip(np.array(scores), -1e38, 1e38).astype(dtype)
    packed = list(pack_grades(run(Grades(given_scores, np.zeros(len(scores), np.int8))), 0))
    found = np.frombuffer(packed[0].scores, "<f8")
    np.testing.assert_array_equal(found, given_scores.astype(np.float64))


def test_a_metric_is_the_same_before_and_after(store):
    ratios = {"rate": Ratio(("errors",), ("words",))}
    grades = Grades(
        np.array([0.5, math.nan, 0]),
        np.full(3, -1, np.int8),
        {"errors": [1, None, 0], "words": [2, None, 8]},
        ratios=ratios,
    )
    insert(store, run(grades))
    found = read(store, 0, 3, ratios={"rate": (("errors",), ("words",))})
    assert found.metrics == grades.metrics == {"rate": 0.1}


@pytest.mark.parametrize("bad", [{1, 2}, "\ud800", b"bytes"])
def test_a_field_that_cannot_be_saved_is_named(store, bad):
    grades = Grades(np.ones(CHUNK + 2), np.ones(CHUNK + 2, np.int8), {"f": [1] * CHUNK + [1, bad]})
    with pytest.raises(em.DataError, match=r"the grader 'g', rows 1034 to 1035: its fields"):
        insert(store, run(grades), 10)


# Explanations


def test_explanations_are_kept_where_no_block_can_give_them_again(store):
    grades = Grades(np.ones(2), np.ones(2, np.int8), {"hits": [1, 2]}, ["because", "é"].__getitem__)
    insert(store, run(grades, "own"))
    insert(store, run(grades, "rule", blocks=["rule"]))
    own, rule = read(store, 0, 2, "own"), read(store, 0, 2, "rule")
    assert [own.explanation(0), own.explanation(1)] == ["because", "é"]
    assert [rule.explanation(0), rule.explanation(1)] == ["", ""]
