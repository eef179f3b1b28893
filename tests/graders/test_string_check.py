"""The Evals API's four operations."""

import pytest

import earmark as em


def grade(operation, text, reference):
    row = em.Row("1", {"official_answer": reference}, {"output_text": text})
    return em.graders.StringCheck(operation=operation).grade_row(row)


@pytest.mark.parametrize(
    ("operation", "text", "reference", "score"),
    [
        ("eq", "valid", "valid", 1),
        ("eq", "Valid", "valid", 0),
        ("eq", "valid ", "valid", 0),
        ("eq", "", "", 1),
        ("eq", "12", 12, 1),
        ("ne", "Valid", "valid", 1),
        ("ne", "valid", "valid", 0),
        ("ne", "", "valid", 1),
        ("like", "it is invalid", "valid", 1),
        ("like", "it is Valid", "valid", 0),
        ("like", "v_lid", "v%d", 0),
        ("ilike", "it is INVALID", "valid", 1),
        ("ilike", "STRASSE", "straße", 1),
        ("ilike", "", "valid", 0),
    ],
)
def test_each_operation_holds_where_the_api_says(operation, text, reference, score):
    got = grade(operation, text, reference)
    assert (got["score"], got["passed"]) == (score, bool(score))


@pytest.mark.parametrize("operation", ["like", "ilike"])
def test_an_empty_text_is_in_everything_so_it_is_no_reference(operation):
    got = grade(operation, "anything", "")
    assert got["score"] is got["passed"] is None
    assert "the reference is empty" in got["explanation"]


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ("eq", "'it is' does not equal 'valid'"),
        ("ne", "'it is' differs from 'valid'"),
        ("like", "'it is' does not contain 'valid'"),
        ("ilike", "'it is' does not contain (in any case) 'valid'"),
    ],
)
def test_the_explanation_says_what_was_found(operation, says):
    assert grade(operation, "it is", "valid")["explanation"] == says


def test_folding_stands_in_the_signature_of_ilike_only():
    assert "casefold" in em.graders.StringCheck(operation="ilike").signature
    assert "casefold" not in em.graders.StringCheck(operation="like").signature


def test_an_unknown_operation_is_refused():
    with pytest.raises(em.ConfigError, match="operation: 'contains' is unknown; it is one of eq"):
        em.graders.StringCheck(operation="contains")
