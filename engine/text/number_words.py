"""Spelled-out English numbers as digits: the number stage of `whisper_english`.

*Conventions*: words come in lower case with symbols already removed, but for ``. % $ ¢ € £``.
A number under construction is an int while it can still grow by adding ("twenty" + "one"),
and a string once digits are only appended ("one oh one", "3.", decimals, leading zeros).

*Reference*: the number rules of openai-whisper 20250625, ``EnglishNumberNormalizer``. The
output equals its own, oddities included: "1.5" becomes "one.5", and a "point" before "and" is
dropped.
"""

from __future__ import annotations

import re
from fractions import Fraction

_ZEROS = frozenset({"o", "oh", "zero"})
_ONES = {
    word: value
    for value, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(),
        start=1,
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_MULTIPLIERS = {"hundred": 100} | {
    word: 1000**power
    for power, word in enumerate(
        "thousand million billion trillion quadrillion quintillion sextillion septillion octillion "
        "nonillion decillion".split(),
        start=1,
    )
}
_IRREGULAR = {
    "zeroth": (0, "th"),
    "first": (1, "st"),
    "second": (2, "nd"),
    "third": (3, "rd"),
    "fifth": (5, "th"),
    "eighth": (8, "th"),
    "twelfth": (12, "th"),
    "sixes": (6, "s"),
}
_SIGNS = {"minus": "-", "negative": "-", "plus": "+", "positive": "+"}
_CURRENCIES = {
    "pound": "£",
    "pounds": "£",
    "euro": "€",
    "euros": "€",
    "dollar": "$",
    "dollars": "$",
    "cent": "¢",
    "cents": "¢",
}
_CURRENCY_SYMBOLS = frozenset(_CURRENCIES.values())


def _suffixed() -> dict[str, tuple[int, str]]:
    """Plurals and ordinals: "fours", "fourth", "twenties", "twentieth", "millionth"."""
    found: dict[str, tuple[int, str]] = {}
    for word, value in _ONES.items():
        found[word + "s"] = value, "s"
        found[word + "th"] = value, "th"
    for word, value in _TENS.items():
        found[word[:-1] + "ies"] = value, "s"
        found[word[:-1] + "ieth"] = value, "th"
    for wrong in ("sixs", "oneth", "twoth", "threeth", "fiveth", "eightth", "twelveth"):
        del found[wrong]
    return found | _IRREGULAR


# word -> value and ending: what is added to a number, and what multiplies it
_ADDED = {word: (value, "") for word, value in (_ONES | _TENS).items()} | _suffixed()
_MULTIPLIED = {
    word + ending: (value, ending)
    for word, value in _MULTIPLIERS.items()
    for ending in ("", "s", "th")
}
_REPEATS = {"double": 2, "triple": 3}
_SPECIALS = frozenset({"and", "point", *_REPEATS})
_WORDS = frozenset(
    {*_ZEROS, *_ADDED, *_MULTIPLIED, *_SIGNS, *_CURRENCIES, "per", "percent", *_SPECIALS}
)
_DECIMALS = frozenset({*_ZEROS, *_ONES, *_TENS})

# Without a digit or one of these, a text goes through unchanged: the other words of _WORDS do
# something only beside a number, after "point", or after a sign.
_TRIGGERS = frozenset({*_ZEROS, *_ADDED, *_MULTIPLIED, *_SIGNS, "point"})

_DIGIT = re.compile(r"\d")
_NUMERIC = re.compile(r"\d+(\.\d+)?")
# int() and str() refuse numbers of more than 4300 digits; a number that long stays a string.
_MOST_DIGITS = 4000

_AND_A_HALF = re.compile(r"\band\s+a\s+half\b")
_DIGIT_AFTER_LETTER = re.compile(r"[0-9](?<=[a-z][0-9])")
_DIGIT_BEFORE_LETTER = re.compile(r"[0-9](?=[a-z])")
_SPACED_ENDING = re.compile(r"([0-9])\s+(st|nd|rd|th|s)\b")
_WITH_CENTS = re.compile(r"([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})\b")
_ONLY_CENTS = re.compile(r"[€£$]0.([0-9]{1,2})\b")
_LONE_ONE = re.compile(r"\b1(s?)\b")


def numbers_as_digits(text: str) -> list[str]:
    """The words of the text, its spelled-out numbers, currencies and percentages as digits.

    >>> numbers_as_digits("two hundred and twenty first for thirty dollars and five cents")
    ['221st', 'for', '$30.05']
    """
    words = text.split()
    has_digit, has_half = _DIGIT.search(text), "half" in text
    if not has_digit and not has_half and _TRIGGERS.isdisjoint(words):
        return words
    if has_half:
        text = _halves_as_points(text)
    if has_digit:
        text = _DIGIT_AFTER_LETTER.sub(r" \g<0>", text)
        text = _DIGIT_BEFORE_LETTER.sub(r"\g<0> ", text)
        text = _SPACED_ENDING.sub(r"\1\2", text)
    text = " ".join(_Reader().read(text.split()))
    if "¢" in text:
        text = _WITH_CENTS.sub(lambda m: f"{m[1]}{m[2]}.{int(m[3]):02d}", text)
    text = _ONLY_CENTS.sub(lambda m: f"¢{int(m[1])}", text)
    return _LONE_ONE.sub(r"one\1", text).split()


def _halves_as_points(text: str) -> str:
    """Reads "three and a half" as "three point five"; blank segments are left out."""
    *segments, last = _AND_A_HALF.split(text)
    parts: list[str] = []
    for segment in segments:
        if segment.strip():
            word = segment.rsplit(maxsplit=2)[-1]
            numeric = word in _DECIMALS or word in _MULTIPLIERS
            parts += [segment, "point five" if numeric else "and a half"]
    return " ".join([*parts, last])


def _is_numeric(word: str) -> bool:
    return _NUMERIC.fullmatch(word) is not None


class _Reader:
    """Reads words one by one, holding the number under construction and its sign or currency."""

    __slots__ = ("following", "number", "previous", "skip", "symbol", "written")

    def __init__(self) -> None:
        self.written: list[str] = []
        self.number: int | str | None = None
        self.symbol = ""
        self.previous = self.following = ""
        self.skip = False  # the word that follows was read along with this one

    def read(self, words: list[str]) -> list[str]:
        """The words with numbers as digits."""
        for word, following in zip(words, [*words, ""][1:], strict=True):
            self.following = following
            if self.skip:
                self.skip = False
            elif word in _WORDS:
                self._read_number_word(word)
            elif word.isalpha():  # nearly always: spares the regex
                self._write_number()
                self._write(word)
            else:
                self._read_other(word)
            self.previous = word
        self._write_number()
        return self.written

    def _write(self, word: str) -> None:
        self.written.append(self.symbol + word)
        self.symbol = ""

    def _write_number(self, ending: str = "") -> None:
        if self.number is not None:
            self._write(f"{self.number}{ending}")
            self.number = None

    def _read_other(self, word: str) -> None:
        symbol = word[0] if word[0] in _CURRENCY_SYMBOLS else ""
        digits = word[len(symbol) :]
        if not _is_numeric(digits):
            self._write_number()
            self._write(word)
        elif isinstance(self.number, str) and self.number.endswith("."):
            self.number += word  # decimals, or the next part of an address
        else:
            self._write_number()
            self.symbol = symbol or self.symbol
            whole, _, decimals = digits.partition(".")
            countable = len(digits) <= _MOST_DIGITS and not int(decimals or 0)
            self.number = int(whole) if countable else digits

    def _read_number_word(self, word: str) -> None:
        if word in _ADDED:
            value, ending = _ADDED[word]
            self.number = self._with_added(value)
            if ending:
                self._write_number(ending)
        elif word in _MULTIPLIED:
            self._multiply(*_MULTIPLIED[word])
        elif word in _ZEROS:
            self.number = f"{self.number or ''}0"
        elif word in _SIGNS:
            self._write_number()
            if self._followed_by_number_word():
                self.symbol = _SIGNS[word]
            else:
                self._write(word)
        elif word in _SPECIALS:
            self._read_special(word)
        elif self.number is None:  # a currency or a percentage of nothing
            self._write(word)
        elif word in _CURRENCIES:
            self.symbol = _CURRENCIES[word]
            self._write_number()
        else:
            self._read_percent(word)

    def _followed_by_number_word(self) -> bool:
        return self.following in _WORDS or _is_numeric(self.following)

    def _with_added(self, value: int) -> int | str:
        """Twenty + one = 21; one + one = "11"; hundred + twenty = 120; "0.20" + one = "0.21"."""
        number = self.number
        if number is None:
            return value
        if isinstance(number, str):
            replaces_zero = self.previous in _TENS and value < 10
            return f"{number[:-1] if replaces_zero else number}{value}"
        if self.previous in _ONES or number % (10 if value < 10 else 100):
            return f"{number}{value}"
        return number + value

    def _multiply(self, multiplier: int, ending: str) -> None:
        number = self.number
        if isinstance(number, str):
            product = _product(number, multiplier)
            if product is None:
                self._write_number()
            self.number = multiplier if product is None else product
        elif number is None:
            self.number = multiplier
        else:  # "two million five hundred thousand": only what is below 1000 is multiplied
            self.number = number // 1000 * 1000 + number % 1000 * multiplier
        if ending:
            self._write_number(ending)

    def _read_special(self, word: str) -> None:
        digit = "0" if self.following in _ZEROS else str(_ONES.get(self.following, ""))
        if word == "and" and self.previous in _MULTIPLIERS and self._followed_by_number_word():
            return  # "two hundred and five"
        if word in _REPEATS and digit:
            self.number = f"{self.number or ''}{digit * _REPEATS[word]}"
            self.skip = True
        elif word == "point" and self._followed_by_number_word():
            if self.following in _DECIMALS or _is_numeric(self.following):
                self.number = f"{self.number or ''}."
        else:
            self._write_number()
            self._write(word)

    def _read_percent(self, word: str) -> None:
        self.skip = word == "per" and self.following == "cent"
        if word == "percent" or self.skip:
            self._write_number("%")
        else:
            self._write_number()
            self._write(word)


def _product(number: str, multiplier: int) -> int | None:
    """The product where it is whole, or None: also for "." and for addresses like "1.2.3"."""
    if len(number) > _MOST_DIGITS:
        return None
    try:
        product = Fraction(number) * multiplier
    except ValueError:
        return None
    return product.numerator if product.denominator == 1 else None
