import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.data.records import Record, known_id, to_parts


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ({"item": {"id": "a"}}, ("a", {"id": "a"}, None, 0)),
        (
            {"item": {"id": "a"}, "sample": {"output_text": "x"}, "repeat": 2},
            ("a", {"id": "a"}, {"output_text": "x"}, 2),
        ),
        ({"item": {}, "sample": None, "repeat": None}, ("5", {}, None, 0)),
        ({"q": "x"}, ("5", {"q": "x"}, None, 0)),
        ({"id": 1, "q": "x"}, ("1", {"id": 1, "q": "x"}, None, 0)),
        ({"id": None}, ("5", {"id": None}, None, 0)),
        ({"id": ""}, ("5", {"id": ""}, None, 0)),
        ({"id": float("nan")}, ("5", None, None, 0)),
        ({"id": 1.5}, ("1.5", {"id": 1.5}, None, 0)),
        ({"id": 1.0}, ("1", {"id": 1.0}, None, 0)),
        ({"id": "a", "output_text": float("nan")}, ("a", {"id": "a"}, None, 0)),
        (
            {"id": "a", "sample": {"output_text": None, "model": "m"}, "output_text": "x"},
            ("a", {"id": "a"}, {"output_text": "x", "model": "m"}, 0),
        ),
        (
            {"item": {"id": "a"}, "output_text": "yes"},
            ("a", {"id": "a"}, {"output_text": "yes"}, 0),
        ),
        (
            {"item": {"id": "a"}, "sample": {"model": "m"}, "output_text": "yes", "grades": {}},
            ("a", {"id": "a"}, {"model": "m", "output_text": "yes"}, 0),
        ),
        ({"id": [1, "a"]}, ('[1,"a"]', {"id": [1, "a"]}, None, 0)),
        ({"id": 10**30}, ("1" + "0" * 30, {"id": 10**30}, None, 0)),
        ({"id": "a", "output_text": "x"}, ("a", {"id": "a"}, {"output_text": "x"}, 0)),
        ({"id": "a", "output_text": ""}, ("a", {"id": "a"}, {"output_text": ""}, 0)),
        ({"id": "a", "output_text": None}, ("a", {"id": "a"}, None, 0)),
        ({"id": "a", "sample": {"model": "m"}}, ("a", {"id": "a"}, {"model": "m"}, 0)),
        ({"id": "a", "sample": None}, ("a", {"id": "a"}, None, 0)),
        (
            {"id": "a", "sample": {"model": "m"}, "output_text": "x"},
            ("a", {"id": "a"}, {"model": "m", "output_text": "x"}, 0),
        ),
        (
            {"id": "a", "sample": {"output_text": "x"}, "output_text": "x"},
            ("a", {"id": "a"}, {"output_text": "x"}, 0),
        ),
        ({"id": "a", "repeat": 3}, ("a", {"id": "a"}, None, 3)),
        ({"id": "a", "repeat": "often"}, ("a", {"id": "a", "repeat": "often"}, None, 0)),
        ({"id": "a", "repeat": True}, ("a", {"id": "a", "repeat": True}, None, 0)),
        ({"id": "a", "sample": "s-17"}, ("a", {"id": "a", "sample": "s-17"}, None, 0)),
    ],
)
def test_a_record_is_a_row_or_a_bare_item(value, parts):
    found = to_parts(value, 5)
    assert (found[0], *found[2:]) == (parts[0], *parts[2:])
    assert parts[1] is None or found[1] == parts[1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([1], "a record must be an object, this one is a list"),
        ("x", "a record must be an object, this one is text ('x')"),
        (None, "this one is null"),
        (7, "a number (7)"),
        (True, "a boolean (True)"),
        ({"item": "apple"}, "`item` must be an object, this one is text ('apple')"),
        ({"item": None}, "`item` must be an object, this one is null"),
        ({"item": {}, "sample": "x"}, "`sample` must be an object, this one is text"),
        ({"item": {}, "repeat": "1"}, "`repeat` must be 0, 1, 2, ..., this one is text"),
        ({"item": {}, "repeat": True}, "`repeat` must be 0, 1, 2, ..., this one is a boolean"),
        ({"item": {}, "repeat": -1}, "this one is -1"),
        ({"repeat": -1}, "this one is -1"),
        ({"output_text": "x", "sample": {"output_text": "y"}}, "`output_text` says 'x'"),
        ({"id": 10**5000}, "the id cannot be written as text"),
    ],
)
def test_a_record_of_another_shape_is_refused_with_what_it_is(value, reason):
    with pytest.raises(em.DataError) as error:
        to_parts(value, 0)
    assert reason in str(error.value)


def test_lifting_leaves_the_record_as_it_was():
    value = {"id": "a", "sample": {"model": "m"}, "output_text": "x", "repeat": 1}
    before = {**value, "sample": dict(value["sample"])}
    to_parts(value, 0)
    assert value == before


def test_an_item_without_anything_to_lift_is_not_copied():
    value = {"id": "a", "audio": "..."}
    assert to_parts(value, 0)[1] is value


@settings(deadline=None)
@given(st.integers() | st.text(min_size=1))
def test_a_number_and_its_text_are_one_id(number):
    assert to_parts({"id": number}, 0)[0] == to_parts({"id": str(number)}, 0)[0] == str(number)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"item": {"id": 7}, "sample": 3}, "7"),
        ({"id": "a"}, "a"),
        ({"item": 3, "id": "a"}, ""),
        ({"id": 10**5000}, ""),
        ([], ""),
    ],
)
def test_the_id_of_a_broken_record_is_found_where_there_is_one(value, found):
    assert known_id(value) == found


def test_a_place_names_the_line_where_there_is_one():
    assert Record({}, "a.jsonl", 3).place == "a.jsonl:3"
    assert Record({}, "list[3]").place == "list[3]"
