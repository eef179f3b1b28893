"""What a word is: the one definition that every rule about words uses.

*Conventions*: a text is taken in NFKC, case-folded (unless ``case_sensitive``), and NFKC
again. Format characters (category Cf) are dropped, but U+200B is a break; the apostrophes
``’ ‘ ʼ`` and the backtick become ``'``. A word is a maximal run of letters, marks and digits
(categories L, M, N); a ``'`` between a letter (or its mark) and a letter, and a ``.`` or
``,`` between two digits, also belong to it. Everything else separates. So ``valid`` is not in
``invalid``, ``U.S.`` is two words, ``3.14`` and ``1,000`` are one word each.

*Reference*: Unicode Standard Annex 15 (NFKC); the general categories of UAX 44.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ..errors import DataError

_APOSTROPHES = "'’‘ʼ`"
# Found in most texts that models write; all but the apostrophes separate words.
_TYPESETTING = (("’", "'"), ("‘", "'"), *((mark, " ") for mark in "“”–—…\u00a0"))
_ZERO_WIDTH_SPACE = "\u200b"
_BLANK, _APOSTROPHE = ord(" "), ord("'")
# 2048 rows of 60 words are 0.7 MB: the passes over one block stay in the cache.
_ROWS_AT_ONCE = 2048


def words(text: str, case_sensitive: bool = False) -> list[str]:
    """The words of a text, in order.

    Args:
        text: any text.
        case_sensitive: keep capitals apart from small letters.

    Raises:
        DataError: what was given is not a text.

    >>> words("Don’t pay $1,000.50 to the U.S.!")
    ["don't", 'pay', '1,000.50', 'to', 'the', 'u', 's']
    """
    if not isinstance(text, str):
        raise DataError(f"text: {text!r} ({type(text).__name__}) was given; give one text")
    text = _typed(text)
    if text.isascii():
        plain = text.translate(_ASCII_TEXT[case_sensitive])
        return _LOOSE_MARK.sub(" ", plain).split()
    text = unicodedata.normalize("NFKC", text)
    if not case_sensitive:
        text = unicodedata.normalize("NFKC", text.casefold())
    return _MARK.sub(_kept_mark, text.translate(_UNICODE)).split()


def missing_words(
    texts: Sequence[str], wanted: Sequence[Sequence[str]], case_sensitive: bool = False
) -> list[list[str]]:
    """Of the words that are wanted in each text, those that are none of its `words`.

    Args:
        texts: any texts.
        wanted: for each text words, as `words` gives them.
        case_sensitive: keep capitals apart from small letters.

    >>> missing_words(["It is invalid.", "1.5, not 2"], [["valid", "it"], ["5", "2"]])
    [['valid'], ['5']]
    """
    kept = _ASCII_BYTES[case_sensitive].translate(_WITHOUT_MARKS)
    distinct = {word for each in wanted for word in each}
    padded = {word: f" {word} ".encode().translate(_WITHOUT_MARKS) for word in distinct}
    missing = []
    for text, each in zip(texts, wanted, strict=True):
        typed = text if text.isascii() else _typed(text)
        if typed.isascii():
            row = b" %b " % typed.encode().translate(kept)
            lost = [w for w in each if not _stands(w, padded[w], row, typed, case_sensitive)]
        else:
            there = set(words(typed, case_sensitive))
            lost = [word for word in each if word not in there]
        missing.append(lost)
    return missing


def padded_words(texts: Sequence[str | None], case_sensitive: bool = False) -> list[str]:
    """The words of each text with blanks around each, so that ``" w " in row`` finds w.

    There may be several blanks between two words: ``row.split()`` gives `words` of the text.
    A text that is None has no word.

    >>> padded_words(["It is invalid.", None])
    [' it is invalid  ', '  ']
    """
    rows: list[str] = []
    for first in range(0, len(texts), _ROWS_AT_ONCE):
        rows += _padded_block(texts[first : first + _ROWS_AT_ONCE], case_sensitive)
    return rows


def _padded_block(texts: Sequence[str | None], case_sensitive: bool) -> Iterator[str]:
    # In ASCII each character stays one byte, so the rows keep their places in the block and
    # may hold any separator themselves. Neighbours share the blank between them.
    typed = [_typed(text) if text else "" for text in texts]
    ascii_texts = [text if text.isascii() else "" for text in typed]
    block = " ".join(["", *ascii_texts, ""]).encode("ascii")
    clean = _without_loose_marks(block.translate(_ASCII_BYTES[case_sensitive]))
    ends = accumulate((len(text) + 1 for text in ascii_texts), initial=0)
    start = next(ends)
    for text, ascii_text, end in zip(typed, ascii_texts, ends, strict=True):
        if text == ascii_text:
            yield clean[start : end + 1]
        else:
            yield f" {' '.join(words(text, case_sensitive))} "
        start = end


def _stands(word: str, padded: bytes, row: bytes, text: str, case_sensitive: bool) -> bool:
    """Whether a word stands in an ASCII text.

    Row and ``padded`` are text and word with blanks for all that is neither letter nor digit, and
    around them: where the one is not in the other, the word is not in the text. Where it is, marks
    may join it to what stands beside it. Answers are mostly given last, so the end comes first.
    """
    at = row.rfind(padded)  # of the blank before it in the row, of the word itself in the text
    while at >= 0:
        end = at + len(word)
        joined = _INNER_MARK.match(text, at - 1) or _INNER_MARK.match(text, end)
        if not joined and (word.isalnum() or words(text[at:end], case_sensitive) == [word]):
            return True
        at = row.rfind(padded, 0, at + len(padded) - 1)
    return False


def _typed(text: str) -> str:
    """The text with the marks of typesetting as a keyboard has them: mostly it is ASCII then."""
    if not text.isascii():
        for mark, typed in _TYPESETTING:
            text = text.replace(mark, typed)
    return text


def _without_loose_marks(block: bytes) -> str:
    """Blanks for each mark that is not between two letters, or not between two digits.

    Of the bytes from 33 to 47 only ``'``, ``,`` and ``.`` are left in the block, which begins
    and ends with a blank.
    """
    buffer = np.frombuffer(bytearray(block), np.uint8)
    marks = np.flatnonzero((buffer - np.uint8(33)) < 15)  # a blank, 32, wraps around to 255
    left, right = buffer[marks - 1], buffer[marks + 1]
    digits = _is_digit(left) & _is_digit(right)
    letters = _is_letter(left) & _is_letter(right)
    inside = np.where(buffer[marks] == _APOSTROPHE, letters, digits)
    buffer[marks[~inside]] = _BLANK
    return buffer.tobytes().decode("ascii")


def _is_digit(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (codes >= ord("0")) & (codes <= ord("9"))


def _is_letter(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    small = codes | 32
    return (small >= ord("a")) & (small <= ord("z"))


def _kept_mark(match: re.Match[str]) -> str:
    text, at = match.string, match.start()
    left, right = text[at - 1 : at], text[at + 1 : at + 2]
    if not left or not right:
        return " "
    before, after = unicodedata.category(left)[0], unicodedata.category(right)[0]
    inside = before in "LM" and after == "L" if match[0] == "'" else before == after == "N"
    return match[0] if inside else " "


def _canonical(character: str) -> str:
    """A character as it stands in, or between, words; marks are judged by their neighbours."""
    if character in _APOSTROPHES:
        return "'"
    if character in ".,":
        return character
    category = unicodedata.category(character)
    if category == "Cf" and character != _ZERO_WIDTH_SPACE:
        return ""
    return character if category[0] in "LMN" else " "


class _Characters(dict[int, str]):
    """A translate table that fills itself as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = _canonical(chr(code))
        return self[code]


_UNICODE = _Characters()
_AS_WRITTEN = {code: _canonical(chr(code)) for code in range(128)}
_FOLDED = {code: character.lower() for code, character in _AS_WRITTEN.items()}
_ASCII_TEXT = {True: _AS_WRITTEN, False: _FOLDED}
_ASCII_BYTES = {
    case_sensitive: bytes(ord(table.get(code, " ")) for code in range(256))
    for case_sensitive, table in _ASCII_TEXT.items()
}
_WITHOUT_MARKS = bytes.maketrans(b"'.,", b"   ")
_MARK = re.compile(r"['.,]")
# Both begin with a set, so that the search skips from mark to mark.
_INSIDE = r"(?<=[A-Za-z]['`])[A-Za-z]|(?<=[0-9][.,])[0-9]"
_INNER_MARK = re.compile(rf"['`.,](?={_INSIDE})")
_LOOSE_MARK = re.compile(rf"['.,](?!{_INSIDE})")
