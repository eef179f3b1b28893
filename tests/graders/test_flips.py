"""What became of each verdict when rows were graded again."""

import numpy as np
import pytest

import earmark as em
from earmark.graders.flips import flips, told

ROWS = [
    {"id": "a", "official_answer": "valid", "output_text": "It is invalid."},
    {"id": "b", "official_answer": "Valid", "output_text": "It is valid."},
    {"id": "c", "official_answer": "yes", "output_text": "no"},
    {"id": "d", "official_answer": "", "output_text": "no"},
]


def grades(scores, passed):
    return em.Grades(np.array(scores, float), np.array(passed, np.int8))


def check(operation):
    block = {"type": "string_check", "name": "check", "operation": operation}
    return em.grade(ROWS, {**block, "input": "{{sample.output_text}}"})


def test_every_change_of_a_verdict_is_a_flip_and_nothing_else_is():
    before = grades([1, 0, np.nan, 1, np.nan, 0.2], [1, 0, -1, 1, -1, 0])
    after = grades([0, 1, 1, np.nan, np.nan, 0.3], [0, 1, 1, -1, -1, 0])
    found = flips(before, after)
    assert {verdict: rows.tolist() for verdict, rows in found.to.items()} == {
        1: [1, 2],
        0: [0],
        -1: [3],
    }
    assert found.count == 4
    assert found.moved.tolist() == [0, 1, 2, 3, 5]


def test_grades_of_other_rows_cannot_be_compared():
    with pytest.raises(ValueError, match="1 and of 2 rows"):
        flips(grades([1], [1]), grades([1, 1], [1, 1]))


def test_flips_are_told_both_ways_with_both_reasons():
    lines = list(told(check("like"), check("eq")))
    assert lines[0] == (
        "check: 1 of 3 passed (33.3 %) -> 0 of 4 passed (0.0 %); 2 rows flipped: 2 now fail"
    )
    assert "  now fail: a" in lines
    assert lines[lines.index("  now fail: a") + 1].startswith(
        "    was: 1, 'It is invalid.' contains"
    )
    assert lines[lines.index("  now fail: a") + 2].startswith(
        "    now: 0, 'It is invalid.' does not"
    )
    back = list(told(check("eq"), check("ilike")))
    assert back[0].endswith("3 rows flipped: 2 now pass, 1 now without a verdict")
    assert "  now pass: b" in back and "  now without a verdict: d" in back


def test_a_measure_without_verdicts_tells_the_rows_whose_score_moved():
    def wer(normalizer):
        block = {"type": "word_error_rate", "name": "wer", "normalizer": normalizer}
        return em.grade(ROWS[:3], {**block, "reference": "{{item.official_answer}}"})

    lines = list(told(wer("none"), wer("basic")))
    assert (
        lines[0]
        == "wer: mean score 2.3333 -> mean score 2.0000; no row flipped; 1 scores are others"
    )
    assert "  moved: b" in lines


def test_graders_that_come_and_go_are_named():
    rule = em.grade(ROWS, "word_containment")
    assert list(told(rule, check("like"))) == [
        "word_containment: is no longer there",
        "check: new; 1 of 3 passed (33.3 %)",
    ]
    assert not list(told(rule, rule))


def test_of_many_flips_a_few_are_told_and_the_rest_counted():
    rows = [{"official_answer": "a", "output_text": "a b"}] * 9
    runs = [
        em.grade(
            rows,
            {
                "type": "string_check",
                "name": "x",
                "operation": operation,
                "input": "{{sample.output_text}}",
            },
        )
        for operation in ("like", "eq")
    ]
    assert list(told(*runs))[-1] == "  now fail: 4 more"
