r"""A ``.json`` file to records: an array of objects, or JSON Lines under this name.

*Conventions*: an array is read element by element, so that memory holds one of them and not the
file, and a bad element costs itself alone; only where the brackets do not fit is the rest lost.
Elements are as strict as lines of JSON Lines. A record's place is its position: ``rows.json[3]``;
what is wrong with it comes with its line. A file that begins with an object is JSON Lines (NeMo's
manifests are named so), or one record alone. An object that only wraps the records is refused
with the way to take them out.

*Reference*: RFC 8259.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from typing import Any

from ..errors import DataError
from ..types import Rejection
from .addresses import shown
from .jsonl import parse_line
from .lines import MAX_LINE, lines, open_text
from .nemo import read_manifest, with_cuts
from .records import Record

_BLOCK = 2**20
_WRAPPERS = ("data", "rows")  # pandas' orient="table", SQuAD, lists of APIs; the hub's viewer
_TOO_LARGE = (
    f"this element is larger than {MAX_LINE // 2**20} MiB, or a bracket or a quote in it never "
    f"closes; nothing behind it can be read"
)

# Up to the next bracket (or comma) outside of strings. Possessive: a string of megabytes whose
# end is not there yet must not be tried again from each of its characters.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|%b)*+[\[\]{}]' % _STRING, re.DOTALL)
_TO_COMMA = re.compile(rb'(?:[^"\[\]{},]++|%b)*+[\[\]{},]' % _STRING, re.DOTALL)


def read_json(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a JSON file, and what could not be read, in the file's order.

    Raises:
        DataError: the file cannot be opened, is no UTF-8 text, or holds neither an array nor
            objects.
    """
    with open_text(path) as stream:
        blocks = iter(lambda: stream.read1(_BLOCK), b"")
        start = next((block.lstrip() for block in blocks if not block.isspace()), b"")
    if start.startswith(b"["):  # not by lines: the whole array may be one
        return with_cuts(_read_array(os.fspath(path)))
    with open_text(path) as stream:
        texts = (line.strip() for line in lines(stream) if line and not line.isspace())
        first, second = next(texts, b""), next(texts, b"")
    if first and not first.startswith(b"{"):
        raise DataError(
            f"{shown(os.fspath(path))}: neither an array nor an object begins here: "
            f"{first[:40].decode(errors='replace')!r}; write a list of objects"
        )
    if second.startswith(b"{") or (second and _is_json(first)) or not first:
        return read_manifest(path)
    return _read_object(os.fspath(path), first, bool(second))


def elements(stream: io.BufferedIOBase, file: str = "") -> Iterator[tuple[int, bytes]]:
    r"""The elements of the array in a stream as bytes, each with the line that it begins on.

    Raises:
        DataError: an element or the array has no end, or more stands behind it.

    >>> list(elements(io.BytesIO(b'[{"a": "]"},\n {"b": [1, 2]}]')))
    [(1, b'{"a": "]"}'), (2, b'{"b": [1, 2]}')]
    """
    text = b""
    start = at = depth = 0  # of the element under way; behind the last bracket or comma
    line, is_first = 1, True
    while True:
        found = (_TO_COMMA if depth == 1 else _TO_BRACKET).match(text, at)
        if not found:
            if len(text) - start > MAX_LINE:
                raise DataError(f"{file}: line {line}: {_TOO_LARGE}")
            more = stream.read1(max(_BLOCK, len(text)))  # doubled: it is scanned again from `at`
            if not more:
                break
            text, at, start = text[start:] + more, at - start, 0
            continue
        at = found.end()
        mark = text[at - 1]
        depth += (mark in b"[{") - (mark in b"]}")
        if (mark == ord(",") and depth == 1) or depth == 0:
            raw = text[start : at - 1]
            if depth or raw.strip() or not is_first:
                yield _placed(raw, line)
        elif depth > 1 or mark in b"]}":
            continue
        line += text.count(b"\n", start, at)
        is_first, start = depth == 1 and mark == ord("["), at
        if depth == 0:
            return _nothing_behind(text[at:], stream, f"{file}: line {line}")
    if depth == 1 and text[start:].strip():
        yield _placed(text[start:], line)
    raise DataError(f"{file}: the file ends inside the array: it is cut off or still being written")


def _placed(raw: bytes, line: int) -> tuple[int, bytes]:
    return line + raw[: len(raw) - len(raw.lstrip())].count(b"\n"), raw.strip()


def _nothing_behind(text: bytes, stream: io.BufferedIOBase, place: str) -> None:
    while not text or text.isspace():
        text = stream.read1(_BLOCK)
        if not text:
            return
    more = text.strip()[:40].decode(errors="replace")
    raise DataError(f"{place}: behind the array stands {more!r}; a JSON file holds one value")


def _read_array(path: str) -> Iterator[Record | Rejection]:
    file = shown(path)
    with open_text(path) as stream:
        for i, (line, raw) in enumerate(elements(stream, file)):
            place = f"{file}[{i}]"
            if not raw:
                reason = f"line {line}: no element stands here, only a comma beside it"
                yield Rejection("", place, reason)
                continue
            try:
                yield Record(parse_line(raw), place, size=len(raw))
            except DataError as error:
                yield Rejection("", place, f"line {line}: {error}")


def _read_object(path: str, first: bytes, on_lines: bool) -> Iterator[Record | Rejection]:
    """The one object of a file, which may stand on many lines."""
    if not on_lines:
        text = first
    else:
        with open_text(path) as stream:
            text = stream.read(MAX_LINE)
    file = shown(path)
    try:
        value = parse_line(text)
    except DataError as error:
        if not on_lines:
            return read_manifest(path)
        raise DataError(
            f"{file}: it begins with an object over many lines, and is not that alone ({error}); "
            f"write one object a line: jq -c . {file} > {os.path.splitext(file)[0]}.jsonl"
        ) from None
    _check_wrapper(file, value)
    return with_cuts(iter([Record(value, f"{file}[0]", size=len(text))]))


def _check_wrapper(file: str, value: dict[str, Any]) -> None:
    for key in _WRAPPERS:
        inner = value.get(key)
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            raise DataError(
                f"{file}: one object whose {key!r} holds {len(inner)} objects, not a list of "
                f"records; take them out: jq -c '.{key}[]' {file} > {key}.jsonl"
            )


def _is_json(raw: bytes) -> bool:
    try:
        parse_line(raw)
    except DataError:
        return False
    return True
