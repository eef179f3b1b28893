"""Known answers for what a word is, and the column form held against the plain tokeniser."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.text.words import padded_words

ODD_ASCII = st.text(st.sampled_from("aZ09_'`.,-!\"$ \t\n\r\x00\x0b\x0c\x1c\x1f\x7f"), max_size=20)
ODD_TEXT = st.text(
    st.one_of(
        st.sampled_from("aZ9'’‘ʼ`“—…\u00a0., é\u0301ß\u00ad\u200b\u200d①½ⅣŉK字\ud800\u3000"),
        st.characters(),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is invalid.", ["it", "is", "invalid"]),
        ("the U.S. of A.", ["the", "u", "s", "of", "a"]),
        ("3.14, 1,000 at 192.168.0.1", ["3.14", "1,000", "at", "192.168.0.1"]),
        ("1.,2 a.b 1.b .5 5.", ["1", "2", "a", "b", "1", "b", "5", "5"]),
        ("don't don’t don‘t donʼt don`t", ["don't"] * 5),
        ("“yes”—no… 1…2 3–4\u00a05", ["yes", "no", "1", "2", "3", "4", "5"]),
        ("rock 'n' roll a''b '90s 5'6", ["rock", "n", "roll", "a", "b", "90s", "5", "6"]),
        ("snake_case e-mail", ["snake", "case", "e", "mail"]),
        ("so\u00adft zero\u200bwidth join\u200ded", ["soft", "zero", "width", "joined"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁne ２５ x² ①", ["fine", "25", "x2", "1"]),
        ("e\u0301t\u0301 é", ["ét\u0301", "é"]),
        ("t\u0301's", ["t\u0301's"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("答案是有效的。好", ["答案是有效的", "好"]),
        ("٣.١٤", ["٣.١٤"]),
        ("a\ud800b", ["a", "b"]),
        ("", []),
        (" ...!? ' ", []),
    ],
)
def test_a_word_is_a_run_of_letters_marks_and_digits(text: str, expected: list[str]) -> None:
    assert em.words(text) == expected


def test_capitals_are_kept_where_case_matters() -> None:
    assert em.words("Polish Straße, `Ünï", case_sensitive=True) == ["Polish", "Straße", "Ünï"]
    assert padded_words(["A b'C"], case_sensitive=True) == [" A b'C "]


def definition(text: str) -> list[str]:
    """The definition read aloud, character by character."""
    normal = unicodedata.normalize
    text = normal("NFKC", normal("NFKC", text).casefold())
    kept = [c for c in text if unicodedata.category(c) != "Cf" or c == "\u200b"]
    text = "".join("'" if c in "’‘ʼ`" else c for c in kept)
    kinds = [" ", *(unicodedata.category(c)[0] for c in text), " "]
    found = [""]
    for left, c, kind, right in zip(kinds, text, kinds[1:], kinds[2:], strict=False):
        apostrophe = c == "'" and left in "LM" and right == "L"
        point = c in ".," and left == right == "N"
        if kind in "LMN" or apostrophe or point:
            found[-1] += c
        else:
            found.append("")
    return [word for word in found if word]


@settings(deadline=None, max_examples=300)
@given(st.one_of(ODD_ASCII, ODD_TEXT))
def test_words_follow_the_definition_character_by_character(text: str) -> None:
    assert em.words(text) == definition(text)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(ODD_ASCII, ODD_TEXT), max_size=8), st.booleans())
@example(["a'", "'b", "1.", ".2", "it's\n", "1,\n2"], False)
def test_the_column_form_holds_the_same_words_row_by_row(
    texts: list[str], case_sensitive: bool
) -> None:
    rows = padded_words(texts, case_sensitive)
    assert [row.split() for row in rows] == [em.words(t, case_sensitive) for t in texts]
    assert all(row[0] == row[-1] == " " for row in rows)


def test_rows_keep_their_places_over_many_blocks() -> None:
    texts = [
        None if i % 7 == 0 else f"row {i}: é" if i % 5 == 0 else f"Row {i}." for i in range(5000)
    ]
    rows = padded_words(texts)
    assert [row.split() for row in rows] == [em.words(text or "") for text in texts]
    assert padded_words([]) == []


@pytest.mark.parametrize("value", [None, 5, b"word", ["a"]], ids=repr)
def test_what_is_no_text_is_refused_and_named(value: object) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(repr(value))}.* was given; give one text"):
        em.words(value)  # type: ignore[arg-type]
