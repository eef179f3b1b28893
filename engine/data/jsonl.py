"""JSON Lines to records: one object a line.

*Conventions*: strict JSON: NaN, Infinity, numbers that no float64 holds, lone surrogates and
nesting over ``MAX_DEPTH`` are refused, each line by itself. Integers are exact up to 308 digits;
one that is larger than any float64 is refused too. Blank lines are no records. Of a duplicate key
the last one counts.

*Reference*: RFC 8259; jsonlines.org.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from ..errors import DataError
from ..types import Rejection
from .addresses import shown
from .lines import TOO_LONG, bad_utf8, line_blocks, lines, open_text
from .records import Block, Record

MAX_DEPTH = 200  # orjson writes 254 levels, and a record is wrapped in a few more

# Every digit becomes 0, so that one search finds a run of any digits: on 2 MB of base64
# 14x faster than the pattern \d{18}.
_DIGITS_AS_ZERO = bytes(ord("0") if chr(b).isdecimal() and b < 128 else b" "[0] for b in range(256))
_LONG_NUMBER = b"0" * 18
_PLAIN = frozenset({str, int, bool, type(None)})


def read_jsonl(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a JSON Lines file, and what could not be read, in the file's order.

    Raises:
        DataError: the file cannot be opened, or is no UTF-8 text at all.
    """
    file = shown(os.fspath(path))
    with open_text(path) as stream:
        yield from _records(lines(stream), file, 1)


def read_blocks(path: str | os.PathLike[str]) -> Iterator[Block | Record | Rejection]:
    """What `read_jsonl` gives, in blocks where all lines that were read at once have a value.

    Raises:
        DataError: the file cannot be opened, or is no UTF-8 text at all.
    """
    file = shown(os.fspath(path))
    first = 1
    with open_text(path) as stream:
        for together in line_blocks(stream):
            values = _values(together)
            if values is None:
                yield from _records(together, file, first)
            else:
                yield Block(values, file, first, sum(map(len, filter(None, together))))
            first += len(together)


def parse_line(raw: bytes) -> Any:
    """The value of one line.

    Raises:
        DataError: it is not strict JSON; the message says what stands where.

    >>> parse_line(b'{"id": 123456789012345678901234567890}')
    {'id': 123456789012345678901234567890}
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise DataError(_cause(raw, error)) from None
    if _is_plain(value):
        return value
    # As many brackets as levels at least: counting them is far cheaper than walking, and bytes
    # are without them sooner than `count` has counted.
    brackets = len(raw) - len(raw.replace(b"{", b"").replace(b"[", b""))
    if brackets > MAX_DEPTH and _too_deep(value, MAX_DEPTH):
        raise DataError(f"the JSON is nested more than {MAX_DEPTH} levels deep")
    if _has_long_number(raw):
        # orjson makes floats of integers over 64 bits. It has checked all else, and refuses
        # what overflows a float64 (309 digits), far below json's own limit of 4300 digits.
        return json.loads(raw)
    return value


def _records(
    together: Iterable[bytes | None], file: str, first: int
) -> Iterator[Record | Rejection]:
    for number, raw in enumerate(together, first):
        if raw is None:
            yield Rejection("", file, TOO_LONG, number)
        elif raw and not raw.isspace():
            try:
                yield Record(parse_line(raw), file, number, len(raw))
            except DataError as error:
                yield Rejection("", file, str(error), number)


def _values(together: Sequence[bytes | None]) -> list[Any] | None:
    """The values of lines; None where one has none, or is not to be had by orjson alone."""
    try:
        values = list(map(orjson.loads, together))  # type: ignore[arg-type]  # None is refused
    except orjson.JSONDecodeError:
        return None
    if all(map(_is_plain, values)):
        return values
    raw = b"\n".join(together)  # type: ignore[arg-type]  # none was None
    return None if _too_deep(values, MAX_DEPTH + 1) or _has_long_number(raw) else values


def _is_plain(value: Any) -> bool:
    """Whether it is an object of texts and integers, or of such objects, as most rows are.

    Then it is not deep, and no integer became a float: what can be said without a look at the
    bytes, of which audio has millions.
    """
    if type(value) is not dict:
        return False
    for part in value.values():
        if type(part) is dict:
            if not _PLAIN.issuperset(map(type, part.values())):
                return False
        elif type(part) not in _PLAIN:
            return False
    return True


def _cause(raw: bytes, error: orjson.JSONDecodeError) -> str:
    not_utf8 = bad_utf8(raw)
    if not_utf8:
        return not_utf8
    text = raw.decode()
    for word in ("NaN", "Infinity"):
        if text.startswith(word, error.pos):
            return f"{word} at character {error.pos + 1} is not JSON; write null"
    if error.msg == "no low surrogate in string":
        return f"a lone surrogate at character {error.pos + 1} is not text: {_excerpt(text, error)}"
    if error.msg.startswith("number is infinity"):
        return f"no float64 holds the number at character {error.pos + 1}: {_excerpt(text, error)}"
    if text.strip() in ("{", "["):
        return (
            "a bracket alone: this looks like one JSON document over many lines; write one object "
            "a line, for example with `jq -c '.[]'` (or `jq -c .`)"
        )
    if error.pos >= len(text.rstrip()):
        return f"the JSON ends too early ({error.msg}): {_excerpt(text, error)}"
    return f"not JSON: {error.msg} at character {error.pos + 1}: {_excerpt(text, error)}"


def _excerpt(text: str, error: orjson.JSONDecodeError) -> str:
    return repr(text[max(0, error.pos - 20) : error.pos + 20])


def _has_long_number(raw: bytes) -> bool:
    """Whether so many digits stand in a row that they may be an integer over 64 bits."""
    return raw.translate(_DIGITS_AS_ZERO).find(_LONG_NUMBER) >= 0  # half of the cost of `in`


def _too_deep(value: Any, depth: int) -> bool:
    """Whether containers are nested over a depth, found level by level, not by recursion."""
    level = [value]
    for _ in range(depth):
        if not level:
            return False
        level = [
            child
            for container in level
            if isinstance(container, dict | list)
            for child in (container.values() if isinstance(container, dict) else container)
        ]
    return any(isinstance(value, dict | list) for value in level)
