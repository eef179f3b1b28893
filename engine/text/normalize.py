"""Normalisers by name: what a text goes through before it is compared.

*Conventions*: a normaliser changes how a text is written and never what was said; the rate
that follows is only comparable with one made under the same name.

- ``none``: the text as it is.
- ``words``: its words (see `words`), with single blanks between them.
- ``basic``: Whisper's basic normaliser, for any language.
- ``whisper-english``: Whisper's English normaliser; *twelve* and *12* become equal.
- ``punctuation``: small letters, punctuation (categories P*) taken out without a blank in its
  place, white space as single blanks. Symbols (categories S*: ``$ + = < > ^ ` | ~``) stay,
  as with jiwer's ``RemovePunctuation``.
"""

from __future__ import annotations

import functools
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from typing import overload

from ..errors import ConfigError, DataError, EarmarkWarning, did_you_mean
from .whisper_english import whisper_basic, whisper_english
from .words import words


@overload  # a str is itself an iterable of str: the first of the two that fits counts
def normalize(text_or_texts: str, name: str) -> str: ...  # type: ignore[overload-overlap]
@overload
def normalize(text_or_texts: Iterable[str], name: str) -> list[str]: ...
def normalize(text_or_texts: str | Iterable[str], name: str) -> str | list[str]:
    """Normalise one text, or each text of a sequence.

    Args:
        text_or_texts: a text gives a text, a sequence gives a list. Texts that occur many
            times are normalised once.
        name: one of `NORMALIZERS`.

    Raises:
        ConfigError: there is no such normaliser.
        DataError: neither a text nor a sequence was given, or an entry of it is not a text.

    Warns:
        EarmarkWarning: once a call, where ``whisper-english`` meets a text that is not in
            Latin script.

    >>> normalize(["Twelve eggs!", "12 eggs"], "whisper-english")
    ['12 eggs', '12 eggs']
    >>> normalize("It's $5 -- isn't it?", "punctuation")
    'its $5 isnt it'
    """
    if name not in NORMALIZERS:
        known = ", ".join(NORMALIZERS)
        raise ConfigError(
            f"there is no normalizer {name!r}; there are {known}.{did_you_mean(name, NORMALIZERS)}"
        )
    rule = NORMALIZERS[name]
    texts = as_texts(text_or_texts, "texts")
    if rule is not _unchanged:
        normalised = {text: rule(text) for text in dict.fromkeys(texts)}
        if rule is whisper_english:
            _warn_of_other_scripts(normalised)
        texts = [normalised[text] for text in texts]
    return texts[0] if isinstance(text_or_texts, str) else texts


def as_texts(text_or_texts: str | Iterable[str], label: str) -> list[str]:
    """A list of texts, one for a single text.

    Args:
        text_or_texts: a text or a sequence of them.
        label: what messages call the sequence.

    Raises:
        DataError: it is neither, or an entry is not a text.
    """
    kind: type = type(text_or_texts)
    if kind is bytes or not issubclass(kind, Iterable):
        raise DataError(
            f"{label}: {text_or_texts!r} ({kind.__name__}) was given; "
            f"give a text or a sequence of texts"
        )
    texts = [text_or_texts] if isinstance(text_or_texts, str) else list(text_or_texts)
    if {*map(type, texts)} - {str}:  # four times faster than asking each; np.str_ gets here too
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise DataError(
                    f"{label}[{i}] is {text!r}, not a text: leave it out, "
                    "or give '' where nothing was said"
                )
    return texts


def _unchanged(text: str) -> str:
    return text


def _words_joined(text: str) -> str:
    return " ".join(words(text))


def _without_punctuation(text: str) -> str:
    return " ".join(text.lower().translate(_PUNCTUATION).split())


class _Punctuation(dict[int, str]):
    """A translate table that fills itself: punctuation dropped, all else as it is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = "" if unicodedata.category(character)[0] == "P" else character
        return self[code]


_PUNCTUATION = _Punctuation()

NORMALIZERS: dict[str, Callable[[str], str]] = {
    "none": _unchanged,
    "words": _words_joined,
    "basic": whisper_basic,
    "whisper-english": whisper_english,
    "punctuation": _without_punctuation,
}


def _warn_of_other_scripts(texts: Iterable[str]) -> None:
    other = [text for text in texts if not text.isascii() and not _is_latin(text)]
    if other:
        warnings.warn(
            f"whisper-english is made for English, and {len(other)} different text(s) are not in "
            f"Latin script, such as {other[0][:60]!r}: use the normalizer basic, or "
            "char_error_rate where words are not set apart by blanks",
            EarmarkWarning,
            stacklevel=3,
        )


def _is_latin(text: str) -> bool:
    """Whether at least half of the letters are Latin; a text without letters is no other script."""
    letters = [character for character in text if character.isalpha()]
    return 2 * sum(map(_is_latin_letter, letters)) >= len(letters)


@functools.cache
def _is_latin_letter(character: str) -> bool:
    return character.isascii() or "LATIN" in unicodedata.name(character, "")
