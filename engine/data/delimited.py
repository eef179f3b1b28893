r"""Delimited text, CSV above all, to records: a header line, then one record a row.

*Conventions*: cells are text and stay text; an empty cell is "". Only ``repeat`` is read as an
integer where it is one, since it is a count of ours and not data. A row with more or fewer
cells than the header is refused, never shifted or filled. Quoted cells may hold line breaks;
a record's line is its first. A quote that never closes costs its own line only.

*Reference*: RFC 4180.
"""

from __future__ import annotations

import csv
import os
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ..errors import DataError, EarmarkWarning
from ..types import Rejection
from .addresses import shown
from .headers import column_names
from .lines import MAX_LINE, TOO_LONG, bad_utf8, lines, open_text
from .records import Record

_QUOTED = re.compile(rb'"[^"]*"')
_DELIMITERS = {b",": "commas", b"\t": "tabs", b";": "semicolons"}


class Dialect(NamedTuple):
    """How a file is divided, and whether its quotes are marks around cells or plain text."""

    delimiter: bytes
    quoted: bool = True


def read_csv(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a CSV file, and what could not be read, in the file's order.

    Raises:
        DataError: the file cannot be opened, is no UTF-8 text, or its header is unusable.
    """
    return read_delimited(path, b",")


def read_delimited(
    path: str | os.PathLike[str],
    usual: bytes,
    dialect: Callable[[bytes], Dialect | None] = lambda header: None,
) -> Iterator[Record | Rejection]:
    """The records of a file of delimited text.

    The limit of Python's csv module on a cell holds for the whole process; it is raised here, and
    stays raised, so that a cell can hold audio in base64.

    Args:
        path: the file.
        usual: what divides the cells, unless the header is without it and another stands there.
        dialect: how files with this header line are written, where that is known.

    Raises:
        DataError: the file cannot be opened, is no UTF-8 text, or its header is unusable.
    """
    file = shown(os.fspath(path))
    # a few seconds of audio in base64 pass csv's own limit; the cap on a line stays
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    with open_text(path) as stream:
        table = _Table(lines(stream), lambda head: dialect(head) or Dialect(delimiter(head, usual)))
        if table.delimiter != usual:
            named = _DELIMITERS[table.delimiter]
            message = f"{file}: the header is divided by {named}, so the rows are read that way"
            warnings.warn(message, EarmarkWarning, stacklevel=2)
        header = _header(table, file)
        while header:
            try:
                cells = table.next_record()
            except StopIteration:
                return
            except csv.Error as error:
                yield Rejection("", file, _cause(error, table), table.start)
                table.resume()
                continue
            if cells:
                yield _record(header, cells, table, file)


class _Table:
    """csv.reader over bytes, with the place of each record and a way on after a broken one."""

    def __init__(self, source: Iterator[bytes | None], dialect: Callable[[bytes], Dialect]) -> None:
        self.source = source
        self.line = 0  # of the line read last, 1-based
        self.start = 0  # of the first line of the record read last
        self.fault = ""  # what is wrong with the text of the record read last
        self.used: list[bytes | None] = []
        self.waiting: deque[bytes | None] = deque()
        for first in source:
            if first is None or (first and not first.isspace()):
                self.waiting.append(first)
                break
            self.line += 1
        self.delimiter, quoted = dialect(self.waiting[0] or b"" if self.waiting else b"")
        mark = self.delimiter.decode()
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        self.rows = csv.reader(self, delimiter=mark, quoting=quoting, strict=True)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self.waiting.popleft() if self.waiting else next(self.source)
        self.line += 1
        self.used.append(raw)
        if raw is None:
            raise csv.Error(TOO_LONG)
        fault = bad_utf8(raw)
        if not fault and b"\0" in raw:
            fault = f"byte {raw.index(0) + 1} is NUL, which is no text"
        if fault and not self.fault:
            self.fault = fault if self.line == self.start else f"line {self.line}, {fault}"
        return raw.decode(errors="surrogateescape") + "\n"

    def next_record(self) -> list[str]:
        """The cells of the next record; none for a blank line."""
        self.used.clear()
        self.fault = ""
        self.start = self.line + 1
        return next(self.rows)

    def resume(self) -> None:
        """Go on behind the first line of the record that was broken."""
        self.waiting.extendleft(reversed(self.used[1:]))
        self.line = self.start

    @property
    def size(self) -> int:
        """Bytes of the record read last."""
        return sum(len(raw) for raw in self.used if raw)


def delimiter(header: bytes, usual: bytes) -> bytes:
    r"""What divides the names: the usual, unless there is none and another stands there.

    >>> delimiter(b'id;"question, in full"', b",")
    b';'
    """
    bare = _QUOTED.sub(b"", header)
    found = [mark for mark in _DELIMITERS if mark in bare]
    return usual if usual in bare or not found else found[0]


def _header(table: _Table, file: str) -> list[str]:
    """The names of the columns; none where the file holds nothing."""
    try:
        names = table.next_record()
    except StopIteration:
        return []
    except csv.Error as error:
        raise DataError(f"{file}:{table.start}: the header: {_cause(error, table)}") from error
    if table.fault:
        raise DataError(f"{file}:{table.start}: the header: {table.fault}")
    return column_names(names, file, table.start)


def _record(header: list[str], cells: list[str], table: _Table, file: str) -> Record | Rejection:
    if table.fault:
        return Rejection("", file, table.fault, table.start)
    value: dict[str, str | int] = dict(zip(header, cells, strict=False))
    if len(cells) != len(header):
        reason = f"{len(cells)} cells, but the header names {len(header)} columns"
        return Rejection(str(value.get("id", "")), file, reason, table.start)
    repeat = value.get("repeat", "")
    if isinstance(repeat, str) and repeat.isascii() and repeat.isdigit() and len(repeat) < 10:
        value["repeat"] = int(repeat)
    return Record(value, file, table.start, table.size)


def _cause(error: Exception, table: _Table) -> str:
    """The cause in a reader's words, from those of the csv module."""
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote opens a cell here and never closes"
    if "new-line character" in text:
        return "a carriage return stands inside an unquoted cell"
    if "expected after" in text:
        return (
            f"a quoted cell is followed by other text before the next {table.delimiter.decode()!r}"
        )
    return text
