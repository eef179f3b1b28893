"""Alignments and long values, made for the eye."""

import pytest

from earmark.graders.explain import aligned, shortened

pytest.importorskip("rich")


def test_columns_are_as_wide_as_the_wider_side_on_a_terminal():
    steps = [("substitute", "日本", "x"), ("delete", "abc", None), ("equal", "y", "y")]
    assert list(aligned(steps)) == [
        "reference  日本 abc y",
        "heard      x    *** y",
        "           S    D",
    ]


def test_a_long_alignment_goes_on_in_blocks_that_fit():
    lines = list(aligned([("substitute", "seven", "eleven")] * 30))
    assert len(lines) == 12
    assert max(map(len, lines)) <= 78
    assert sum(line.count("seven") for line in lines) == 30


def test_characters_stand_without_gaps_and_blanks_can_be_seen():
    steps = [("equal", "a", "a"), ("equal", " ", " "), ("insert", None, "\x1b")]
    assert list(aligned(steps, gap="")) == [
        "reference  a_****",
        "heard      a_\\x1b",
        "             I",
    ]


def test_audio_is_cut_wherever_it_stands_and_texts_are_left_whole():
    long = "UklGRiQAAABXQVZF" * 30
    value = {"a": [long, "data:audio/wav;base64," + long], "b": b"12345", "n": 1}
    cut = shortened(value)
    assert cut["a"][0] == "UklGRiQAAABXQVZFUklGRiQA… (480 characters)"
    assert cut["a"][1].endswith("(502 characters)")
    assert (cut["b"], cut["n"]) == ("(5 bytes)", 1)
    sentence = "a transcript of many words that is long " * 10
    assert shortened(sentence) == sentence
