"""What every grader of the table must keep, whatever it grades."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em

TEMPLATES = {"input": "{{ sample.output_text }}", "reference": "{{ item.answer }}"}
REQUIRED = {"string_check": {"operation": "like"}}
# another value for each field that any grader has: a new field must be added here
OTHER = {
    "input": "{{ sample.heard_text }}",
    "reference": "{{ item.other }}",
    "normalizer": "basic",
    "case_sensitive": True,
    "order": "phrase",
    "choices": ["valid", "invalid"],
    "pick": "only",
    "max_rate": 0.5,
    "operation": "ilike",
}
NEEDS = {"pick": {"choices": ["valid", "invalid"]}}  # a field that means nothing by itself
KINDS = sorted(em.graders.GRADERS)
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "valid", "It's invalid.", "twelve", "12", "ｖａｌｉｄ", "…", "x"]),
    st.lists(st.sampled_from(["valid", "invalid", "no", "12"]), max_size=6).map(" ".join),
    st.text(max_size=12),
    st.integers(),
    st.lists(st.integers(), max_size=3),
    st.sampled_from([float("nan"), float("inf"), np.float32("nan"), 0.5]),
)


def block(kind, **fields):
    return {"type": kind, "name": "g", **TEMPLATES, **REQUIRED.get(kind, {}), **fields}


def grader(kind, **fields):
    return em.graders.from_config(block(kind, **fields))


def row(id, answer, text):
    sample = None if text is None else {"output_text": text}
    return em.Row(id, {"id": id, "answer": answer}, sample)


def rows_of(rows):
    columns = zip(*((r.id, r.item, r.sample, r.repeat) for r in rows), strict=True)
    return em.Rows(*map(list, columns)) if rows else em.Rows([], [], [], [])


@pytest.mark.filterwarnings("ignore::earmark.engine.errors.EarmarkWarning")  # other scripts
@pytest.mark.parametrize("kind", KINDS)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=8), data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_batch_in_any_order_gives_the_grades_of_its_rows(kind, pairs, data):
    rows = [row(str(i), answer, text) for i, (answer, text) in enumerate(pairs)]
    order = data.draw(st.permutations(range(len(rows))))
    g = grader(kind)
    grades = g.grade(rows_of([rows[i] for i in order]))
    assert grades.scores.dtype == np.float64
    assert grades.passed.dtype == np.int8
    for place, i in enumerate(order):
        assert grades.row(place) == g.grade_row(rows[i])


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_object_and_its_record_give_the_same_grade(kind):
    record = {"item": {"id": "1", "answer": "valid"}, "sample": {"output_text": "invalid"}}
    one = em.Row("1", record["item"], record["sample"])
    assert grader(kind).grade_row(record) == grader(kind).grade_row(one)


@pytest.mark.parametrize("kind", KINDS)
def test_grading_changes_nothing_and_can_be_repeated(kind):
    rows = rows_of([row("1", "valid", "invalid"), row("2", ["a"], None)])
    before = copy.deepcopy((rows.items, rows.samples))
    first, second = grader(kind).grade(rows), grader(kind).grade(rows)
    assert (rows.items, rows.samples) == before
    assert [first.row(i) for i in range(2)] == [second.row(i) for i in range(2)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("item", "sample", "reason"),
    [
        ({"text": "x"}, {"output_text": "y"}, "item.answer is missing: the item has text"),
        ({"answer": None}, {"output_text": "y"}, "item.answer is missing: it is null"),
        ({"answer": float("nan")}, {"output_text": "null"}, "item.answer is missing: it is n"),
        ({"answer": "inf"}, {"output_text": float("inf")}, "output_text is missing: it is inf"),
        ({"answer": "x"}, {"model": "m"}, "sample.output_text is missing: the sample has model"),
        ({"answer": "x"}, None, "this row has no sample"),
        ({"answer": "x"}, {"error": {"message": "timeout"}}, "the sample's error: timeout"),
    ],
)
def test_a_missing_variable_is_no_verdict_and_says_what_is_there(kind, item, sample, reason):
    grade = grader(kind, **({"max_rate": 9.0} if "max_rate" in fields(kind) else {})).grade_row(
        em.Row("1", item, sample)
    )
    assert grade["score"] is None
    assert grade["passed"] is None
    assert reason in grade["explanation"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reference", ["", None])
def test_an_empty_or_absent_reference_never_passes(kind, reference):
    limit = {"max_rate": 9.0} if "max_rate" in fields(kind) else {}
    grade = grader(kind, **limit).grade_row(row("1", reference, "anything"))
    assert grade["score"] is None
    assert grade["passed"] is None
    assert grade["explanation"]


VARIANTS = [
    *((kind, {}) for kind in KINDS),
    ("word_containment", {"choices": ["valid", "invalid"]}),
    ("string_check", {"operation": "eq"}),
]
ROWS = [
    {"item": {"id": "1", "answer": "valid"}, "sample": {"output_text": "it is invalid"}},
    {"item": {"id": "2", "answer": "invalid"}, "sample": {"output_text": "it is invalid"}},
    {"item": {"id": "3", "answer": ""}, "sample": {"output_text": "hm"}},
    {"item": {"id": "4"}},
]


@pytest.mark.parametrize(("kind", "chosen"), VARIANTS)
def test_a_run_that_was_pickled_says_the_same(kind, chosen):
    run = em.grade(ROWS, grader(kind, **chosen))
    again = pickle.loads(pickle.dumps(run))
    assert list(again.records()) == list(run.records())
    assert again.summary().equals(run.summary())
    part = pickle.loads(pickle.dumps(run["g"].take([2, 0])))
    assert [part.row(i) for i in range(2)] == [run["g"].row(i) for i in (2, 0)]
    assert repr(part.metrics) == repr(run["g"].take([2, 0]).metrics)


@pytest.mark.parametrize("kind", KINDS)
def test_a_nan_is_never_the_text_null(kind):
    run = em.grade([{"answer": float("nan"), "output_text": "null"}], grader(kind))
    assert run["g"].row(0)["score"] is None
    assert run["g"].row(0)["passed"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_gives_no_grade(kind):
    grades = grader(kind).grade(rows_of([]))
    assert len(grades) == 0
    assert all(value != value or value == 0 for value in grades.metrics.values())


def fields(kind):
    return {field.name for field in dataclasses.fields(em.graders.GRADERS[kind])}


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, f) for kind in KINDS for f in sorted(fields(kind) - {"name"})]
)
def test_every_choice_is_in_the_signature(kind, field):
    needs = NEEDS.get(field, {})
    other = grader(kind, **{field: OTHER[field], **needs})
    assert other.signature != grader(kind, **needs).signature


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["item.answer", " item['answer']", "item . answer "])
def test_how_a_template_is_spelled_is_no_choice(kind, path):
    assert grader(kind, reference="{{" + path + "}}").signature == grader(kind).signature


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_written_as_an_integer_is_the_same_limit(kind):
    if "max_rate" in fields(kind):
        assert grader(kind, max_rate=1) == grader(kind, max_rate=1.0)
        assert grader(kind, max_rate=1).signature == grader(kind, max_rate=1.0).signature


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_moves_no_number_and_stays_out_of_the_signature(kind):
    assert grader(kind, name="a").signature == grader(kind, name="b").signature


@pytest.mark.parametrize("kind", KINDS)
def test_the_signature_begins_with_the_type_and_has_a_version(kind):
    parts = grader(kind).signature.split("|")
    assert parts[0] == kind
    assert "v1" in parts


@pytest.mark.parametrize("kind", KINDS)
def test_the_config_makes_the_same_grader_again(kind):
    for field in ["name", *sorted(fields(kind) - {"name", "case_sensitive"})]:
        made = grader(kind, **{field: OTHER.get(field, "g"), **NEEDS.get(field, {})})
        config = made.to_config()
        assert config["type"] == kind
        assert em.graders.from_config(config) == made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["input", "reference"])
@pytest.mark.parametrize("template", ["{{ item.answer", "{{ tem.answer }}", "{{}}", 7, "", None])
def test_a_malformed_template_is_refused_when_the_grader_is_made(kind, field, template):
    with pytest.raises(em.ConfigError, match=f"{kind}: {field}: "):
        grader(kind, **{field: template})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["", 3, None, ["a"]])
def test_a_name_that_is_no_text_is_refused(kind, name):
    with pytest.raises(em.ConfigError, match=f"{kind}: name: "):
        grader(kind, name=name)


@pytest.mark.parametrize("kind", KINDS)
def test_graders_are_frozen_and_compare_by_their_fields(kind):
    assert grader(kind) == grader(kind)
    assert hash(grader(kind)) == hash(grader(kind))
    with pytest.raises(dataclasses.FrozenInstanceError):
        grader(kind).name = "other"


@pytest.mark.parametrize("kind", KINDS)
def test_one_grader_grades_whatever_rows_are_read_from(kind, tmp_path):
    records = [{"answer": "valid", "output_text": "it is valid"}, {"answer": "no"}]
    grades, same = (grader(kind).grade(rows) for rows in (records, em.read_rows(records)))
    np.testing.assert_array_equal(grades.scores, same.scores)
    assert len(grades) == 2
    path = tmp_path / "rows.jsonl"  # with a line that is no row: there are two, as before
    path.write_text("oops\n" + "".join(json.dumps(record) + "\n" for record in records))
    with pytest.warns(em.EarmarkWarning, match="1 of 3 records"):
        read = grader(kind).grade(path)
    np.testing.assert_array_equal(read.scores, same.scores)
    np.testing.assert_array_equal(read.passed, same.passed)
