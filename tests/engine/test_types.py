"""Columns: what is aligned stays aligned, and no verdict is never a number."""

import dataclasses

import pytest

import earmark as em
from earmark.engine.types import Rejection


def rows(n=3):
    return em.Rows(
        [str(i) for i in range(n)],
        [{"text": f"t{i}", "n": i} for i in range(n)],
        [{"output_text": f"o{i}"} for i in range(n)],
        [0] * n,
        [f"f.jsonl:{i + 1}" for i in range(n)],
        (Rejection("9", "f.jsonl", "not JSON", 9),),
    )


def test_columns_of_different_lengths_are_refused_with_all_lengths():
    with pytest.raises(ValueError, match="2 ids, 1 items, 1 samples, 1 repeats"):
        em.Rows(["a", "b"], [{}], [None], [0])


def test_taken_rows_keep_their_places_and_what_was_rejected():
    taken = rows().take([2, 0])
    assert taken.ids == ["2", "0"]
    assert [row.item["n"] for row in taken] == [2, 0]
    assert [taken.place(i) for i in range(2)] == ["f.jsonl:3", "f.jsonl:1"]
    assert taken.rejected == rows().rejected


def test_a_row_without_a_place_is_named_by_its_id():
    assert em.Rows(["a"], [{}], [None], [0]).place(0) == "item a"


def test_other_samples_leave_the_items_alone():
    listened = rows(1).with_samples([None])
    assert listened.row(0) == em.Row("0", {"text": "t0", "n": 0}, None)
    assert rows(1).row(0).sample == {"output_text": "o0"}


def test_a_column_is_text_and_none_where_the_variable_is_missing():
    table = em.Rows(["a", "b"], [{"x": [1, 2]}, {"x": None}], [None, {"y": "z"}], [0, 0])
    assert table.column("{{ item.x }}") == ["[1,2]", None]
    assert table.column("{{ sample.y }}!") == [None, "z!"]
    assert table.values("{{ item.x }}")[0] == [1, 2]


def test_why_missing_names_the_variable_and_what_is_there():
    table = em.Rows(["a", "b"], [{"x": 1}, {}], [None, {}], [0, 0])
    assert table.why_missing("{{ item.y }}", 0) == "item.y is missing: the item has x"
    assert table.why_missing("{{ item.y }}", 1) == "item.y is missing: the item has no field"
    assert "this row has no sample" in table.why_missing("{{ sample.y }}", 0)
    assert "the sample has no field" in table.why_missing("{{ sample.y }}", 1)


def test_a_rejection_reads_as_place_id_and_reason():
    assert str(Rejection("7", "a.jsonl", "not JSON", 3)) == "a.jsonl:3 (id 7): not JSON"
    assert str(Rejection("", "a.wav", "empty")) == "a.wav: empty"


def test_a_null_field_is_said_to_be_null_and_not_to_be_there():
    table = em.Rows(["a"], [{"x": None, "y": {"z": float("nan")}}], [{"output_text": None}], [0])
    assert table.why_missing("{{ item.x }}", 0) == "item.x is missing: it is null"
    assert table.why_missing("{{ item.y.z }}", 0) == "item.y.z is missing: it is nan"
    assert "sample.output_text is missing: it is null" in table.why_missing(
        "{{ sample.output_text }}", 0
    )


def test_rows_keep_what_was_derived_from_them_only_when_asked_and_never_for_other_rows():
    made = []

    def make():
        made.append(1)
        return len(made)

    rows = em.read_rows([{"id": i} for i in range(3)])
    assert [rows.derive("key", make), rows.derive("key", make)] == [1, 2]
    keeping = dataclasses.replace(rows, derived={})
    assert [keeping.derive("key", make), keeping.derive("key", make)] == [3, 3]
    assert keeping.derive("other key", make) == 4
    assert keeping.take([0]).derive("key", make) == 5
    assert keeping.with_samples([None] * 3).derive("key", make) == 6
    for i in range(40):
        keeping.derive(i, make)
    assert len(keeping.derived) <= 16 and 39 in keeping.derived
