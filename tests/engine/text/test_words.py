"""Known answers for what a word is, and the column form held against the plain tokeniser."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.text.words import missing_words, padded_words

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


MARKED = st.text(st.sampled_from("aB19.,'`\u2019_-é \n\u00b2"), max_size=12)


def absent(text: str, wanted: list[str], case_sensitive: bool) -> list[str]:
    there = em.words(text, case_sensitive)
    return [word for word in wanted if word not in there]


@settings(deadline=None, max_examples=1000)
@given(st.lists(st.tuples(st.one_of(MARKED, ODD_TEXT), MARKED), max_size=4), st.booleans())
@example([("2.1 10", "1"), ("1 2.1", "1"), ("2.1 1", "1"), ("1.1", "1 1.1")], False)
@example([("don`t", "don't t"), ("don t", "don't"), ("a'b' a", "a b"), ("1,1, 1,", "1")], False)
def test_missing_words_are_those_that_are_not_among_the_words(
    rows: list[tuple[str, str]], case_sensitive: bool
) -> None:
    texts = [text for text, _ in rows]
    # the words of another text, and pieces of the text itself that may be whole words or not
    wanted = [
        [*em.words(other, case_sensitive), *em.words(text[1:-1], case_sensitive)]
        for text, other in rows
    ]
    assert missing_words(texts, wanted, case_sensitive) == [
        absent(text, each, case_sensitive) for text, each in zip(texts, wanted, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("9", "9", True),
        ("w9ord 9.", "9", True),
        ("w9ord 19 9.5 3,9 'n9", "9", False),
        ("9.5, then 9", "9", True),
        ("9, then 9.5", "9", True),
        ("don't", "don", False),
        ("'don't' 'don'", "don", True),
        ("1.5.7", "1.5", False),
        ("at 1.5.", "1.5", True),
        ("1 5", "1.5", False),
        ("a.b", "b", True),
        ("5'9", "9", True),
    ],
)
def test_a_word_is_missing_where_it_is_only_a_part_of_another(
    text: str, word: str, stands: bool
) -> None:
    assert missing_words([text], [[word]]) == [[] if stands else [word]]
