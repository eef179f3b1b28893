"""Grades as columns: no verdict is never a number, and metrics hold over any set of rows."""

import numpy as np
import pytest

import earmark as em


def grades(scores, passed, **fields):
    return em.Grades(
        np.array(scores, dtype=np.float64),
        np.array(passed, dtype=np.int8),
        fields,
        lambda i: f"why {i}",
        {"hits_a_row": em.Ratio(("hits",), ("rows",)), "all_hits": em.Ratio(("hits",))},
    )


def test_no_verdict_is_none_and_numpy_values_are_plain():
    made = grades([1, np.nan, 0.5], [1, -1, 0], hits=np.array([3, 0, 1]), missing=[[], None, ["a"]])
    assert made.row(0) == {
        "score": 1.0, "passed": True, "explanation": "why 0", "hits": 3, "missing": []
    }  # fmt: skip
    assert (made.row(1)["score"], made.row(1)["passed"]) == (None, None)
    assert made.row(2)["passed"] is False
    assert type(made.row(0)["hits"]) is int


def test_taken_grades_keep_explanations_columns_and_ratios_together():
    columns = {"hits": np.array([10, 20, 30]), "rows": [1, None, 1], "word": ["a", "b", "c"]}
    made = grades([1, 2, 4], [1, 1, 0], **columns)
    part = made.take([2, 1]).take(np.array([1, 0]))
    assert part.scores.tolist() == [2, 4]
    assert [part.explanation(i) for i in range(2)] == ["why 1", "why 2"]
    assert list(part.fields["hits"]) == [20, 30]
    assert part.fields["word"] == ["b", "c"]
    assert part.metrics == {"hits_a_row": 50.0, "all_hits": 50}
    assert made.metrics == {"hits_a_row": 30.0, "all_hits": 60}


def test_there_is_no_explanation_of_a_row_that_is_not_there():
    with pytest.raises(IndexError):
        grades([1], [1]).explanation(1)
    assert grades([1, 2], [1, 1]).explanation(-1) == "why 1"
