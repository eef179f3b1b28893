"""Error counts against jiwer pair by pair, and by hand."""

from __future__ import annotations

import math
import random
from collections import Counter

import jiwer
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import earmark as em

# Few different words make many equally cheap alignments, which is where splits differ.
REPEATED = st.lists(st.sampled_from("a b c dd".split()), max_size=12).map(" ".join)
VARIED = st.lists(st.sampled_from([f"w{i}" for i in range(40)]), max_size=30).map(" ".join)
CHARACTERS = st.text(st.sampled_from("ab c\u0301é字"), max_size=20)
COUNTS = ("hits", "substitutions", "deletions", "insertions")


def by_jiwer(output: jiwer.WordOutput | jiwer.CharacterOutput) -> list[int]:
    return [getattr(output, name) for name in COUNTS]


def column(counts: em.ErrorCounts, i: int) -> list[int]:
    return [int(getattr(counts, name)[i]) for name in COUNTS]


@settings(deadline=None, max_examples=500)
@given(st.one_of(REPEATED, VARIED), st.one_of(REPEATED, VARIED))
@example("", "")
@example("", "a b")
@example("a b", "")
@example("a b c", "a b c")
def test_word_counts_are_those_of_jiwer(reference: str, hypothesis: str) -> None:
    counts = em.wer(reference, hypothesis, normalizer="none")
    assert column(counts, 0) == by_jiwer(jiwer.process_words(reference, hypothesis))


@settings(deadline=None, max_examples=300)
@given(CHARACTERS, CHARACTERS)
@example(" ", "a ")
def test_character_counts_are_those_of_jiwer(reference: str, hypothesis: str) -> None:
    counts = em.cer(reference, hypothesis, normalizer="none")
    assert column(counts, 0) == by_jiwer(jiwer.process_characters(reference, hypothesis))


def changed(words: list[str], rng: random.Random) -> list[str]:
    """The words with about 30 % errors, many of them on top of each other."""
    heard: list[str] = []
    for word in words:
        roll = rng.random()
        if roll < 0.1:
            heard.append(rng.choice(words))
        elif roll < 0.2:
            heard += [rng.choice(words), word]
        elif roll < 0.7:
            heard.append(word)
    return heard


def test_counts_of_long_texts_are_those_of_jiwer_pair_by_pair() -> None:
    rng = random.Random(1)
    lengths = [rng.randint(60, 700) for _ in range(60)]
    references = [rng.choices("a b c d e f g".split(), k=length) for length in lengths]
    said = [" ".join(words) for words in references]
    heard = [" ".join(changed(words, rng)) for words in references]
    counts = em.wer(said, heard, normalizer="none")
    for i, pair in enumerate(zip(said, heard, strict=True)):
        assert column(counts, i) == by_jiwer(jiwer.process_words(*pair))


@settings(deadline=None, max_examples=200)
@given(st.one_of(REPEATED, VARIED), st.one_of(REPEATED, VARIED))
def test_an_alignment_spells_both_sides_and_adds_up_to_the_counts(
    reference: str, hypothesis: str
) -> None:
    counts = em.wer(reference, hypothesis, normalizer="none")
    steps = counts.alignment(0)
    assert [word for _, word, _ in steps if word is not None] == reference.split()
    assert [word for _, _, word in steps if word is not None] == hypothesis.split()
    tally = Counter(operation for operation, _, _ in steps)
    assert [tally[name] for name in ("equal", "substitute", "delete", "insert")] == column(
        counts, 0
    )
    assert all((a == b) == (operation == "equal") for operation, a, b in steps)


def test_an_alignment_names_the_words_on_both_sides() -> None:
    counts = em.wer(["x", "the cat sat"], ["x", "a the bat"], normalizer="none")
    assert counts.alignment(-1) == [
        ("insert", None, "a"),
        ("equal", "the", "the"),
        ("substitute", "cat", "bat"),
        ("delete", "sat", None),
    ]
    with pytest.raises(IndexError):
        counts.alignment(2)


def test_a_corpus_rate_is_a_ratio_of_sums() -> None:
    counts = em.wer(["a b c d e f g h", "x"], ["a b c d e f g h", "y"], normalizer="none")
    assert counts.wer == 1 / 9  # the mean of the two rates would be 1/2
    assert counts.rates.tolist() == [0.0, 1.0]
    assert counts.total == (8, 1, 0, 0)
    assert all(getattr(counts, name).dtype == np.int64 for name in COUNTS)


def test_an_empty_reference_has_no_rate_and_stays_out_of_the_totals() -> None:
    counts = em.wer(["one two", "[noise]", "um"], ["one three", "well hello", ""])
    assert counts.references == ("12", "", "")
    np.testing.assert_array_equal(counts.rates, [1.0, math.nan, math.nan])
    assert counts.insertions.tolist() == [0, 2, 0]
    assert (counts.total, counts.wer) == ((0, 1, 0, 0), 1.0)
    assert (counts.ungraded, counts.invented) == (2, 2)
    assert math.isnan(em.wer("", "word").wer)
    assert math.isnan(em.cer(" ", "word", normalizer="none").cer)
    assert math.isnan(em.wer([], []).wer)


def test_two_texts_are_one_pair() -> None:
    counts = em.wer("It is twelve.", "it is 12")
    assert (len(counts), counts.hits.tolist(), counts.wer) == (1, [3], 0.0)
    assert em.cer("valid", "invalid", normalizer="none").cer == 2 / 5


def test_the_sum_of_counts_is_the_counts_of_all_pairs() -> None:
    first = em.wer(["a b", ""], ["a c", "x"], normalizer="none")
    second = em.wer(["d e f"], ["d e"], normalizer="none")
    both = first + second
    assert both.total == em.wer(["a b", "d e f"], ["a c", "d e"], normalizer="none").total
    assert (both.wer, both.ungraded, both.invented) == (2 / 5, 1, 1)
    assert both.alignment(2)[-1] == ("delete", "f", None)


@pytest.mark.parametrize(
    "other",
    [em.cer("a", "a", normalizer="none"), em.wer("a", "a", normalizer="basic")],
    ids=["characters", "another normalizer"],
)
def test_counts_of_different_kinds_do_not_add_up(other: em.ErrorCounts) -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        em.wer("a", "a", normalizer="none") + other


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="3 references, 2 hypotheses"):
        em.wer(["a", "b", "c"], ["a", "b"])
    with pytest.raises(ValueError, match=r"hypotheses\[1\] is None"):
        em.wer(["a", "b"], ["a", None])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"references\[0\] is nan"):
        em.cer([math.nan], ["a"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="one side is a single text"):
        em.wer("a b", ["a", "b"])
    with pytest.raises(em.ConfigError, match="no normalizer 'wisper'"):
        em.wer("a", "a", normalizer="wisper")
    with pytest.raises(ValueError, match=r"references: None \(NoneType\) was given"):
        em.wer(None, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"references: 5 \(int\) was given"):
        em.cer(5, ["a"])  # type: ignore[arg-type]


def test_any_white_space_divides_words_where_jiwer_wants_a_blank() -> None:
    for space in ("\t", "\n", "\u00a0"):
        assert em.wer(f"a{space}b", "a b", normalizer="none").total == (2, 0, 0, 0)
        assert jiwer.process_words(f"a{space}b", "a b").hits == 0


@settings(deadline=None)
@given(st.text(st.sampled_from("ab \t\n\u00a0")), st.text(st.sampled_from("ab \t\n\u00a0")))
def test_with_blanks_for_all_white_space_counts_are_those_of_jiwer(said: str, heard: str) -> None:
    blank = (" ".join(said.split()), " ".join(heard.split()))
    expected = by_jiwer(jiwer.process_words(*blank))
    assert column(em.wer(said, heard, normalizer="none"), 0) == expected
