"""Whisper's text normalisers: what error rates of speech recognisers are usually given with.

*Conventions*: output is identical to openai-whisper's ``EnglishTextNormalizer`` and
``BasicTextNormalizer`` (with their defaults), oddities included; the package
``whisper-normalizer`` follows other rules. A stage runs only where one of its literals occurs:
that a text holds no apostrophe, no title and no digit is cheap to see and usually true.

*Reference*: openai-whisper 20250625, ``whisper/normalizers``. Its rules and the list of
spellings in ``english_spelling.json`` are Copyright (c) 2022 OpenAI and used under the MIT
License, whose terms are those of this package's LICENSE file.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from pathlib import Path

from .number_words import numbers_as_digits

_BRACKETED = re.compile(r"[<\[][^>\]]*[>\]]")
_PARENTHESISED = re.compile(r"\(([^)]+?)\)")
_WORD = re.compile(r"\w+")
# Tried only where a run of blanks begins, so that long runs cost no more than short ones.
_BLANKS_BEFORE_APOSTROPHE = re.compile(r"(?<!\s)\s+'")
_DIGITS_COMMA = re.compile(r"(\d),(\d)")
_COMMA_BEFORE_DIGIT = re.compile(r",\d")
_DOT_NOT_BEFORE_DIGIT = re.compile(r"\.(?=[^0-9]|$)")
# The second of two dots is taken along, and so kept.
_DOTS_NOT_BEFORE_DIGIT = re.compile(r"\.([^0-9]|$)")
_SYMBOL_NOT_BEFORE_DIGIT = re.compile(r"[.$¢€£]([^0-9])")
_PERCENT_NOT_AFTER_DIGIT = re.compile(r"([^0-9])%")

_FILLERS = frozenset({"hmm", "mm", "mhm", "mmm", "uh", "um"})
_FILLER = re.compile(r"\b(?:hmm|mm|mhm|mmm|uh|um)\b")

# The blank behind a title stays when a dot follows it.
_WHOLE_WORDS = {
    "wanna": "want to",
    "gotta": "got to",
    "gonna": "going to",
    "imma": "i am going to",
    "woulda": "would have",
    "coulda": "could have",
    "shoulda": "should have",
    "mr": "mister ",
    "mrs": "missus ",
    "st": "saint ",
    "dr": "doctor ",
    "prof": "professor ",
    "capt": "captain ",
    "gov": "governor ",
    "ald": "alderman ",
    "gen": "general ",
    "sen": "senator ",
    "rep": "representative ",
    "pres": "president ",
    "rev": "reverend ",
    "hon": "honorable ",
    "asst": "assistant ",
    "assoc": "associate ",
    "lt": "lieutenant ",
    "col": "colonel ",
    "jr": "junior ",
    "sr": "senior ",
    "esq": "esquire ",
}
_WHOLE_WORD = re.compile(rf"\b(?:{'|'.join(_WHOLE_WORDS)})\b")

_CONTRACTIONS = {
    "won't": "will not",
    "can't": "can not",
    "let's": "let us",
    "ain't": "aint",
    "y'all": "you all",
    "i'ma": "i am going to",
    "ma'am": "madam",
}
_CONTRACTION = re.compile(rf"\b(?:{'|'.join(_CONTRACTIONS)})\b")
_ENDINGS = {
    "'re": " are",
    "'s": " is",
    "'d": " would",
    "'ll": " will",
    "'t": " not",
    "'ve": " have",
    "'m": " am",
}
_ENDING = re.compile(rf"(?:{'|'.join(_ENDINGS)})\b")
# The participle is looked at and not taken, since "n't" may follow it.
_PERFECT = re.compile(r"'(?:d(?= been\b| gone\b| done\b)|s(?= been\b| gone\b| got\b))")
_NEGATION = re.compile(r"n't\b")

# Letters with marks that do not come apart in NFKD; a capital thorn gives "th" there, too.
_UNDECOMPOSED = {
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "Æ": "AE",
    "ß": "ss",
    "ẞ": "SS",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "th",
    "ł": "l",
    "Ł": "L",
}
_PREFIXES = (".", "$", "¢", "€", "£")
_NUMERIC_SYMBOLS = frozenset({"%", *_PREFIXES})


def whisper_english(text: str) -> str:
    """The text as openai-whisper's English normaliser gives it.

    >>> whisper_english("Mr. Smith won't pay £20 million, um, for the colour [laughs]!")
    'mister smith will not pay £20000000 for the color'
    """
    text = _without_asides(text.lower())
    seen = frozenset(_words(text))
    if not _FILLERS.isdisjoint(seen):
        text = _FILLER.sub("", text)
    if "'" in text:
        text = _BLANKS_BEFORE_APOSTROPHE.sub("'", text)
    text = _spelled_out(text, seen)
    if _COMMA_BEFORE_DIGIT.search(text):
        text = _DIGITS_COMMA.sub(r"\1\2", text)
    if ".." in text:
        text = _DOTS_NOT_BEFORE_DIGIT.sub(r" \1", text)
    elif "." in text:
        text = _DOT_NOT_BEFORE_DIGIT.sub(" ", text)
    words = numbers_as_digits(_without_symbols_and_diacritics(text))
    spelling = _american_spelling()
    if not spelling.keys().isdisjoint(words):
        words = [spelling.get(word, word) for word in words]
    return _without_loose_symbols(" ".join(words))


def whisper_basic(text: str) -> str:
    """The text as openai-whisper's basic normaliser gives it; letters keep their marks.

    >>> whisper_basic("Où est-ce (à Paris) ?")
    'où est ce '
    """
    text = _without_asides(text.lower())
    if text.isascii():
        return _with_single_blanks(text.translate(_ASCII_PLAIN))
    return _with_single_blanks(unicodedata.normalize("NFKC", text).translate(_PLAIN).lower())


def _without_asides(text: str) -> str:
    """What stands in brackets and parentheses is left out.

    Beyond the last closing sign nothing can match, but looking for it from each opening sign
    would take quadratic time in a text full of these; the rest is spared the search.
    """
    if "<" in text or "[" in text:
        end = max(text.rfind(">"), text.rfind("]")) + 1
        text = _BRACKETED.sub("", text[:end]) + text[end:]
    if "(" in text:
        end = text.rfind(")") + 1
        text = _PARENTHESISED.sub("", text[:end]) + text[end:]
    return text


def _spelled_out(text: str, seen: frozenset[str]) -> str:
    """Titles and contractions in full; the order of the stages is that of the original."""
    if not _WHOLE_WORDS.keys().isdisjoint(seen):
        text = _WHOLE_WORD.sub(lambda match: _WHOLE_WORDS[match[0]], text)
    if "'" in text:
        text = _CONTRACTION.sub(lambda match: _CONTRACTIONS[match[0]], text)
        text = _PERFECT.sub(lambda match: " had" if match[0] == "'d" else " has", text)
        text = _NEGATION.sub(" not", text)
        text = _ENDING.sub(lambda match: _ENDINGS[match[0]], text)
    return text


def _words(text: str) -> list[str]:
    """The runs of letters, digits and underscores that the word patterns look at."""
    if text.isascii():
        return text.translate(_ASCII_WORDS).split()
    return _WORD.findall(text)


def _without_symbols_and_diacritics(text: str) -> str:
    if text.isascii():
        return text.translate(_ASCII_BARE)
    return unicodedata.normalize("NFKD", text).translate(_BARE)


def _without_loose_symbols(text: str) -> str:
    """Symbols of numbers stay only beside a number; words come with single blanks."""
    before = text
    if any(symbol in text for symbol in _PREFIXES):
        text = _SYMBOL_NOT_BEFORE_DIGIT.sub(r" \1", text)
    if "%" in text:
        text = _PERCENT_NOT_AFTER_DIGIT.sub(r"\1 ", text)
    return text if text == before else _with_single_blanks(text)


def _with_single_blanks(text: str) -> str:
    """Each run of white space as one blank, at the ends too."""
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"


@functools.cache
def _american_spelling() -> dict[str, str]:
    text = Path(__file__).with_name("english_spelling.json").read_text("utf-8")
    spelling: dict[str, str] = json.loads(text)
    return spelling


class _Bare(dict[int, str]):
    """A translate table: marks dropped, symbols as blanks but for those of numbers."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _UNDECOMPOSED:
            self[code] = _UNDECOMPOSED[character]
        elif category == "Mn":
            self[code] = ""
        else:
            symbol = category[0] in "MSP" and character not in _NUMERIC_SYMBOLS
            self[code] = " " if symbol else character
        return self[code]


class _Plain(dict[int, str]):
    """A translate table: marks, symbols and punctuation as blanks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = " " if unicodedata.category(character)[0] in "MSP" else character
        return self[code]


_BARE, _PLAIN = _Bare(), _Plain()
# str.translate is fastest on ASCII text with a plain dict of single ASCII characters.
_ASCII_BARE = {code: _BARE[code] for code in range(128)}
_ASCII_PLAIN = {code: _PLAIN[code] for code in range(128)}
_ASCII_WORDS = {code: chr(code) if _WORD.match(chr(code)) else " " for code in range(128)}
