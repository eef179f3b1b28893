"""Error rates: counts by hand and by jiwer, ratios of sums in every slice."""

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em

WordErrorRate, CharErrorRate = em.graders.WordErrorRate, em.graders.CharErrorRate
COUNTS = ("hits", "substitutions", "deletions", "insertions")
TEXT = st.lists(st.sampled_from("a b cc d e".split()), min_size=1, max_size=9).map(" ".join)


def rows(*pairs):
    return em.read_rows(
        [{"item": {"reference": r}, "sample": {"output_text": h}} for r, h in pairs]
    )


def test_counts_rate_and_explanation_are_those_counted_by_hand():
    pair = ("so valid that it does not hold today", "so invalid that it does hold today um")
    got = WordErrorRate(normalizer="none").grade(rows(pair)).row(0)
    assert [got[name] for name in COUNTS] == [6, 1, 1, 1]
    assert got["reference_length"] == 8
    assert got["score"] == 3 / 8
    assert got["passed"] is None
    assert got["explanation"] == (
        "3 errors in 8 words: 'valid' heard as 'invalid', 'not' missing, 'um' added"
    )


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
@settings(deadline=None)
def test_counts_and_corpus_rates_are_jiwers(pairs):
    references, hypotheses = map(list, zip(*pairs, strict=True))
    for made, oracle, metric in (
        (WordErrorRate, jiwer.process_words, "wer"),
        (CharErrorRate, jiwer.process_characters, "cer"),
    ):
        grades = made(normalizer="none").grade(rows(*pairs))
        expected = oracle(references, hypotheses)
        sums = [int(np.sum(grades.fields[name])) for name in COUNTS]
        assert sums == [getattr(expected, name) for name in COUNTS]
        assert grades.metrics[metric] == pytest.approx(getattr(expected, metric))


MIXED = (
    ("one two three four five six seven eight nine ten", "one two three four five six seven"),
    ("yes", "no"),
    ("", "um well"),
    (None, "nobody asked"),
    ("twelve eggs", "12 eggs"),
)


def test_every_slice_has_the_ratio_of_its_own_sums():
    grades = WordErrorRate(normalizer="words").grade(rows(*MIXED))
    # 3 deletions in 10 words, 1 substitution in 1, and 1 in 2: never (0.3 + 1 + 0.5) / 3
    assert grades.metrics["wer"] == 5 / 13
    assert grades.metrics["mean_score"] == 5 / 13
    assert grades.take([0, 1]).metrics["wer"] == 4 / 11
    assert np.isnan(grades.take([2, 3]).metrics["wer"])


def test_what_is_heard_where_nothing_was_said_is_a_line_of_its_own():
    grades = WordErrorRate(normalizer="words", max_rate=9.0).grade(rows(*MIXED))
    assert grades.metrics["invented"] == 2
    assert grades.take([2]).metrics["invented"] == 2
    assert grades.row(2)["score"] is grades.row(2)["passed"] is None
    assert "2 words heard" in grades.explanation(2)
    assert [grades.row(2)[name] for name in COUNTS] == [None] * 4
    assert [grades.row(3)[name] for name in (*COUNTS, "errors_none")] == [None] * 5
    assert [grades.row(0)[name] for name in COUNTS] == [7, 0, 3, 0]
    assert type(grades.row(0)["hits"]) is int


def test_the_unnormalised_rate_goes_along():
    metrics = WordErrorRate().grade(rows(("Twelve eggs!", "12 eggs"))).metrics
    assert (metrics["wer"], metrics["wer_none"]) == (0, 1)
    metrics = CharErrorRate(normalizer="none").grade(rows(("abcd", "abxd"))).metrics
    assert (metrics["cer"], metrics["cer_none"]) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("max_rate", "passed"), [(None, [-1, -1]), (0.5, [1, 0]), (0.49, [0, 0]), (1, [1, 1])]
)
def test_a_row_passes_up_to_the_highest_rate(max_rate, passed):
    grades = WordErrorRate(max_rate=max_rate).grade(rows(("a b", "a c"), ("x", "y")))
    assert grades.passed.tolist() == passed


@pytest.mark.parametrize("max_rate", [-0.1, float("nan"), float("inf"), "0.5", True])
def test_a_limit_that_is_no_rate_is_refused(max_rate):
    with pytest.raises(em.ConfigError, match=r"max_rate: must be a (finite )?number"):
        WordErrorRate(max_rate=max_rate)


def test_a_long_list_of_differences_is_cut_and_counted():
    pair = (" ".join("abcdefghijk"), "")
    said = WordErrorRate(normalizer="none").grade(rows(pair)).explanation(0)
    assert said.startswith("11 errors in 11 words: 'a' missing")
    assert said.endswith("'h' missing, and 3 more")


def test_the_alignment_is_that_of_the_normalised_texts():
    row = rows(("Twelve eggs here", "12 eggs um here")).row(0)
    assert [tuple(step) for step in WordErrorRate(normalizer="basic").alignment(row)] == [
        ("substitute", "twelve", "12"),
        ("equal", "eggs", "eggs"),
        ("insert", None, "um"),
        ("equal", "here", "here"),
    ]
    assert WordErrorRate().alignment(row)[0][0] == "equal"


def test_an_error_of_one_word_reads_as_one():
    grades = WordErrorRate(normalizer="none").grade(rows(("yes", "no"), ("yes", "yes")))
    assert grades.explanation(0) == "1 error in 1 word: 'yes' heard as 'no'"
    assert grades.explanation(1) == "no error in 1 word"
