"""The table of normalisers: what each does, and what cannot go through it."""

from __future__ import annotations

import string
import warnings

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earmark as em
from earmark.engine.text.normalize import NORMALIZERS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", " Twelve  “eggs”, $5 — don't! "),
        ("words", "twelve eggs 5 don't"),
        ("basic", " twelve eggs 5 don t "),
        ("whisper-english", "12 eggs $5 do not"),
        ("punctuation", "twelve eggs $5 dont"),
    ],
)
def test_each_normalizer_has_its_own_output(name: str, expected: str) -> None:
    assert em.normalize(" Twelve  “eggs”, $5 — don't! ", name) == expected


@pytest.mark.parametrize("name", NORMALIZERS)
def test_a_sequence_gives_the_list_of_what_each_text_gives(name: str) -> None:
    texts = ["Twelve eggs.", "", "Twelve eggs.", "12 EGGS (six)", "Ünï's"]
    assert em.normalize(texts, name) == [em.normalize(text, name) for text in texts]
    assert em.normalize(iter(texts), name) == em.normalize(texts, name)
    assert em.normalize(np.array(texts), name) == em.normalize(texts, name)


def test_repeated_texts_are_normalised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def recorded(text: str) -> str:
        seen.append(text)
        return text.upper()

    monkeypatch.setitem(NORMALIZERS, "recorded", recorded)
    assert em.normalize(["a", "b", "a", "a"], "recorded") == ["A", "B", "A", "A"]
    assert seen == ["a", "b"]


def test_an_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(em.ConfigError, match=r"'whisper-englsh'.*Did you mean 'whisper-english'"):
        em.normalize("text", "whisper-englsh")


def test_an_entry_that_is_no_text_is_named_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"texts\[1\] is None"):
        em.normalize(["a", None], "none")  # type: ignore[list-item]


@settings(deadline=None, max_examples=200)
@given(st.text(st.one_of(st.sampled_from("aZ '-—.,!$+€\t¡「"), st.characters()), max_size=20))
def test_punctuation_is_what_jiwer_removes(text: str) -> None:
    expected = jiwer.RemovePunctuation()(text.lower())
    assert em.normalize(text, "punctuation") == " ".join(expected.split())


def test_symbols_are_no_punctuation() -> None:
    assert em.normalize(string.punctuation, "punctuation") == "$+<=>^`|~"


def test_other_scripts_warn_once_and_name_what_to_use() -> None:
    texts = ["Привет, мир", "今日は", "plain English", "naïve café"]
    with pytest.warns(em.EarmarkWarning, match=r"2 different.*Привет.*basic.*char_error_rate") as w:
        em.normalize(texts, "whisper-english")
    assert len(w) == 1
    with pytest.warns(em.EarmarkWarning) as w:
        em.wer(["Привет", "Привет"], ["привет", "пока"])
    assert len(w) == 1


def test_latin_texts_with_a_few_other_letters_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        em.normalize(["the letter Ω", "Ångström ﬁne Ｆｕｌｌ", "… — ½", "12 €"], "whisper-english")
        em.normalize("Привет", "basic")


@pytest.mark.parametrize("value", [None, 5, b"word"], ids=repr)
def test_what_is_neither_a_text_nor_a_sequence_is_refused_and_named(value: object) -> None:
    kind = type(value).__name__
    with pytest.raises(ValueError, match=rf"texts: {value!r} \({kind}\) was given"):
        em.normalize(value, "words")  # type: ignore[call-overload]
