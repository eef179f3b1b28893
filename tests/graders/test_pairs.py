"""The two columns that a rule compares."""

import dataclasses

import earmark as em
from earmark.graders.pairs import pairs

REFERENCE, INPUT = "{{item.official_answer}}", "{{sample.output_text}}"
RECORDS = [
    {"official_answer": 12, "output_text": "twelve"},
    {"official_answer": "no", "sample": {"error": {"message": "timed out"}}},
    {"answer": "yes", "output_text": "yes"},
]


def test_a_row_that_lacks_one_of_the_two_keeps_its_place_with_two_empty_texts():
    columns = pairs(em.read_rows(RECORDS), REFERENCE, INPUT)
    assert columns.references == ["12", "", ""]
    assert columns.inputs == ["twelve", "", ""]
    assert columns.present.tolist() == [True, False, False]


def test_why_a_row_lacks_one_names_the_variable_and_the_error_of_the_sample():
    columns = pairs(em.read_rows(RECORDS), REFERENCE, INPUT)
    assert columns.why_missing(1) == (
        "sample.output_text is missing: the sample has error; the sample's error: timed out"
    )
    assert columns.why_missing(2).startswith("item.official_answer is missing: the item has answer")


def test_rows_that_keep_what_is_derived_have_their_columns_made_once():
    rows = dataclasses.replace(em.read_rows(RECORDS), derived={})
    columns = pairs(rows, REFERENCE, INPUT)
    assert pairs(rows, REFERENCE, INPUT) is columns
    assert pairs(rows, INPUT, INPUT).references == ["twelve", "", "yes"]
