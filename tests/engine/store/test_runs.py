"""Runs come back as they were saved, and an acknowledged one is never lost."""

import dataclasses
import os
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.grades import Grades
from earmark.engine.run import Run
from earmark.engine.store import runs
from earmark.engine.store.db import Store
from earmark.engine.store.runs import begin, entries, find, load, save, scan
from earmark.engine.types import Rejection, Rows

ROWS = [
    {"id": "a", "official_answer": "valid", "output_text": "It is valid.", "category": "x"},
    {"id": "b", "official_answer": "valid", "output_text": "It is invalid.", "category": "y"},
    {"id": "c", "official_answer": "", "output_text": "It is."},
]
GRADERS = ["word_containment", {"type": "word_error_rate", "reference": "{{item.official_answer}}"}]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def same(found, given):
    """Whether this is the run that was saved."""
    assert list(found.rows) == list(given.rows)
    assert found.rows.rejected == given.rows.rejected
    assert found.rows.base == os.path.abspath(given.rows.base)
    assert found.rows.origin == given.rows.origin
    assert (found.signatures, found.blocks) == (given.signatures, given.blocks)
    assert list(found.grades) == list(given.grades)
    for name, grades in given.grades.items():
        np.testing.assert_array_equal(found[name].scores, grades.scores)
        np.testing.assert_array_equal(found[name].passed, grades.passed)
        assert {key: list(column) for key, column in found[name].fields.items()} == {
            key: list(column) for key, column in grades.fields.items()
        }
        assert found[name].ratios == grades.ratios
    np.testing.assert_equal(found.lines(), given.lines())


# Saved and read back


def test_a_run_is_saved_and_comes_back_whole_and_in_batches(store):
    run = em.grade(ROWS, GRADERS)
    id = run.save(store.folder)
    entry = find(store, id)
    found = load(store, entry)
    same(found, run)
    assert (found.id, found.rows.file) == (id, None)
    assert found.rows.place(1) == f"run {id}: item b"
    parts = list(scan(store, entry, 2))
    assert [len(part) for part in parts] == [2, 1]
    assert [row for part in parts for row in part.rows] == list(run.rows)
    for name in run.grades:
        scores = np.concatenate([part[name].scores for part in parts])
        np.testing.assert_array_equal(scores, run[name].scores)


def test_what_is_known_of_a_run_without_reading_its_rows(store):
    run = dataclasses.replace(em.grade(ROWS, GRADERS), name="a name")
    before = datetime.now(UTC).replace(microsecond=0)
    entry = find(store, run.save(store.folder))
    assert (entry.seq, entry.name, entry.status, entry.count) == (1, "a name", "complete", 3)
    assert before <= datetime.fromisoformat(entry.created) <= datetime.now(UTC)
    assert [grader["name"] for grader in entry.graders] == ["word_containment", "word_error_rate"]
    lines = run.lines()
    assert [line["graded"] for line in entry.summary] == [line["graded"] for line in lines]
    assert [line["pass_rate"] for line in entry.summary] == [0.5, None]  # JSON has no NaN


@pytest.mark.parametrize("how", ["new samples", "a sample changed", "an item changed"])
def test_what_was_graded_is_saved_and_not_the_file_that_it_came_from(tmp_path, store, how):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "official_answer": "valid", "output_text": "It is not."}\n')
    rows = em.read_rows(path)
    if how == "new samples":
        rows = dataclasses.replace(rows, samples=[{"output_text": "It is valid."}])
    elif how == "a sample changed":
        rows.samples[0]["output_text"] = "It is valid."
    else:
        rows.items[0]["official_answer"] = "not"
    run = em.grade(rows, "word_containment")
    assert run["word_containment"].passed.tolist() == [1]
    same(load(store, find(store, run.save(store.folder))), run)


@pytest.mark.parametrize("on_error", ["skip", "keep"])
def test_what_was_rejected_is_known_and_is_no_row(tmp_path, store, on_error):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "output_text": "x"}\n{no\n{"id": "a"}\n{"id": "b"}\n')
    with pytest.warns(em.EarmarkWarning):
        rows = em.read_rows(path, on_error=on_error)
    run = em.grade(rows, "word_containment")
    found = load(store, find(store, run.save(store.folder)))
    assert len(found) == len(rows) == {"skip": 2, "keep": 4}[on_error]
    assert found.rows.rejected == rows.rejected
    assert list(found.rows.samples) == list(rows.samples)
    assert list(found.rows.ids) == list(rows.ids)


def test_repeats_and_empty_runs_and_runs_without_graders(store):
    repeated = [{"item": {"id": 1}, "sample": {"n": k}, "repeat": k} for k in range(3)]
    for given_rows in (repeated, []):
        rows = em.read_rows(given_rows)
        bare = Run(rows, {}, {})
        same(load(store, find(store, bare.save(store.folder))), bare)
        run = em.grade(rows, GRADERS)
        same(load(store, find(store, run.save(store.folder))), run)
    assert list(scan(store, find(store))) == []


@pytest.mark.parametrize("name", ["", "latest", "a'b\"c;--", "\0", "é😀\u2028", "x" * 5000, "a\nb"])
def test_a_grader_may_have_any_name(store, name):
    grades = Grades(np.ones(1), np.ones(1, np.int8), {name: [1]}, lambda i: name)
    run = Run(em.read_rows(ROWS[:1]), {name: grades}, {name: name}, name=name)
    found = load(store, find(store, run.save(store.folder)))
    same(found, run)
    assert found[name].explanation(0) == name


@pytest.mark.parametrize("where", ["a grader's name", "a row", "a field", "a block"])
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(store, where):
    bad = {"a grader's name": "\ud800"}.get(where, "g")
    rows = em.read_rows([{"id": "a", "x": {1} if where == "a row" else 1}])
    fields = {"f": ["\ud800"]} if where == "a field" else {}
    blocks = {"g": {"x": "\ud800"}} if where == "a block" else {}
    run = Run(rows, {bad: Grades(np.ones(1), np.ones(1, np.int8), fields)}, {bad: "s"}, blocks)
    with pytest.raises((em.DataError, em.StoreError), match=r"surrogates|no Unicode|a set is no"):
        run.save(store.folder)
    with pytest.raises(em.StoreError, match=r"there is no (run|store)"):
        find(store)


def test_names_of_files_that_are_no_unicode_do_not_prevent_saving(store):
    path = os.fsdecode(b"/caf\xe9/rows.jsonl")
    rows = dataclasses.replace(
        em.read_rows(ROWS), origin=path, base=path, rejected=(Rejection("", path, path, 3),)
    )
    entry = find(store, em.grade(rows, "word_containment").save(store.folder))
    assert entry.origin == "/caf\\udce9/rows.jsonl"
    assert entry.rejected[0].place == "/caf\\udce9/rows.jsonl:3"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(deadline=None, max_examples=30)
@given(data=st.data(), count=st.integers(0, 4), kept=st.booleans())
def test_any_run_comes_back(tmp_path_factory, data, count, kept):
    def column(values):
        return data.draw(st.lists(values, min_size=count, max_size=count))

    items = [
        {**item, "id": str(i)}
        for i, item in enumerate(column(st.dictionaries(st.text(max_size=4), JSON, max_size=3)))
    ]
    rows = Rows([item["id"] for item in items], items, column(st.none() | st.just({})), [0] * count)
    scores = np.array(column(st.floats(allow_infinity=False)), dtype=np.float64)
    passed = np.array(column(st.sampled_from([-1, 0, 1])), dtype=np.int8)
    fields = {key: column(JSON) for key in data.draw(st.sets(st.text(max_size=4), max_size=3))}
    name = data.draw(st.text(max_size=6))
    run = Run(
        rows, {name: Grades(scores, passed, fields)}, {name: "s"}, {name: {"t": 1}} if kept else {}
    )
    store = Store(tmp_path_factory.getbasetemp() / "any")
    same(load(store, find(store, save(store, run))), run)


# Found


def saved(store, *ids, monkeypatch):
    for id in ids:
        monkeypatch.setattr(runs, "_new_id", lambda now, id=id: id)
        em.grade(ROWS, "word_containment").save(store.folder)


def test_a_run_is_found_by_its_id_by_its_beginning_and_as_the_latest(store, monkeypatch):
    saved(store, "20260101-aaaa", "20260101-aabb", "20260102-aabb", monkeypatch=monkeypatch)
    assert find(store).id == find(store, "latest").id == "20260102-aabb"
    assert find(store, "20260101-aaaa").id == "20260101-aaaa"
    assert find(store, "20260102").id == "20260102-aabb"
    with pytest.raises(em.StoreError, match=r"2 runs begin with '20260101': 20260101-aabb, 2026"):
        find(store, "20260101")
    for unknown in ("20260101-aabc", "", "%", "_" * 13, "\ud800"):
        with pytest.raises(em.StoreError, match=r"there is no run|no Unicode"):
            find(store, unknown)
    with pytest.raises(em.StoreError, match=r"Did you mean '20260101-aabb'\?.*`earmark list`"):
        find(store, "20260101-aabx")


def test_an_id_that_is_the_beginning_of_another_is_that_run(store, monkeypatch):
    saved(store, "2026", "2026-b", monkeypatch=monkeypatch)
    assert find(store, "2026").id == "2026"


def test_an_id_is_never_given_twice(store, monkeypatch):
    given_ids = iter(["one", "one", "one", "two"])
    monkeypatch.setattr(runs, "_new_id", lambda now: next(given_ids))
    run = em.grade(ROWS, "word_containment")
    assert [run.save(store.folder), run.save(store.folder)] == ["one", "two"]


def test_the_order_is_that_of_saving_when_the_clock_goes_back(store, monkeypatch):
    class Clock:
        years = iter([2027, 2026, 1999])

        @classmethod
        def now(cls, zone):
            return datetime(next(cls.years), 1, 1, tzinfo=zone)

    monkeypatch.setattr(runs, "datetime", Clock)
    ids = [em.grade(ROWS, "word_containment").save(store.folder) for _ in range(3)]
    assert [id[:4] for id in ids] == ["2027", "2026", "1999"]
    assert [entry.id for entry in entries(store)] == ids[::-1]
    assert find(store).id == ids[2]


def test_a_run_that_was_not_written_to_its_end_is_not_the_latest_and_says_so(store):
    run = em.grade(ROWS, "word_containment")
    id = run.save(store.folder)
    with store.writing() as connection:
        _, half = begin(connection, run)
    assert [entry.status for entry in entries(store)] == ["writing", "complete"]
    assert find(store).id == id
    with pytest.raises(em.StoreError, match=f"{half} was not written to its end"):
        find(store, half)


def test_rows_that_do_not_count_up_are_not_taken_for_the_run(store):
    id = em.grade(ROWS, "word_containment").save(store.folder)
    with store.writing() as connection:
        connection.execute("UPDATE runs SET count = 4")
    with pytest.raises(em.StoreError, match="saved with 4 rows, and 3 can be read"):
        load(store, find(store, id))
    with pytest.raises(em.StoreError, match="saved with 4 rows, and 3 can be read"):
        list(scan(store, find(store, id)))


def test_relative_paths_of_a_run_mean_the_same_files_wherever_it_is_looked_at(
    tmp_path, monkeypatch
):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.jsonl").write_text('{"id": "a", "audio": "a.wav"}\n')
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / "store")
    id = save(store, em.Run(em.read_rows("data/rows.jsonl"), {}, {}))
    monkeypatch.chdir("/")
    assert load(store, find(store, id)).rows.base == str(tmp_path / "data")
    remote = dataclasses.replace(em.read_rows([{}]), base="s3://bucket/data")
    id = save(store, em.Run(remote, {}, {}))
    assert load(store, find(store, id)).rows.base == "s3://bucket/data"
