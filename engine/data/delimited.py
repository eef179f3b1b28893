r"""CSV to records: a header line, then one record a row.

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
from collections import Counter, deque
from collections.abc import Iterator

from ..errors import DataError, EarmarkWarning
from ..types import Rejection
from .lines import MAX_LINE, TOO_LONG, bad_utf8, lines, open_text
from .records import Record

_QUOTED = re.compile(rb'"[^"]*"')
_DELIMITERS = {b";": "semicolons", b"\t": "tabs"}


def read_csv(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a CSV file, and what could not be read, in the file's order.

    The limit of Python's csv module on a cell holds for the whole process; it is raised here, and
    stays raised, so that a cell can hold audio in base64.

    Raises:
        DataError: the file cannot be opened, is no UTF-8 text, or its header is unusable.
    """
    file = os.fspath(path)
    # a few seconds of audio in base64 pass csv's own limit; the cap on a line stays
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))
    with open_text(path) as stream:
        table = _Table(lines(stream))
        if table.delimiter in _DELIMITERS:
            named = _DELIMITERS[table.delimiter]
            message = f"{file}: the header is divided by {named}, so the rows are read that way"
            warnings.warn(message, EarmarkWarning, stacklevel=2)
        header = _header(table, file)
        while header:
            try:
                cells = table.next_record()
            except StopIteration:
                return
            except (DataError, csv.Error) as error:
                yield Rejection("", file, _cause(error, table), table.start)
                table.resume()
                continue
            if cells:
                yield _record(header, cells, table, file)


class _Table:
    """csv.reader over bytes, with the place of each record and a way on after a broken one."""

    def __init__(self, source: Iterator[bytes | None]) -> None:
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
        self.delimiter = _delimiter(self.waiting[0] or b"" if self.waiting else b"")
        self.rows = csv.reader(self, delimiter=self.delimiter.decode(), strict=True)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self.waiting.popleft() if self.waiting else next(self.source)
        self.line += 1
        self.used.append(raw)
        if raw is None:
            raise DataError(TOO_LONG)
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


def _delimiter(header: bytes) -> bytes:
    r"""What divides the names: a comma, unless there is none and something else stands there.

    >>> _delimiter(b'id;"question, in full"')
    b';'
    """
    bare = _QUOTED.sub(b"", header)
    others = [mark for mark in _DELIMITERS if mark in bare]
    return others[0] if others and b"," not in bare else b","


def _header(table: _Table, file: str) -> list[str]:
    """The names of the columns; none where the file holds nothing."""
    try:
        names = [name.strip() for name in table.next_record()]
    except StopIteration:
        return []
    except (DataError, csv.Error) as error:
        raise DataError(f"{file}:{table.start}: the header: {_cause(error, table)}") from error
    if table.fault:
        raise DataError(f"{file}:{table.start}: the header: {table.fault}")
    unnamed = [i for i, name in enumerate(names) if not name]
    for i in unnamed:
        names[i] = f"column {i + 1}"
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{file}:{table.start}: {', '.join(map(repr, twice))} names more than one column; "
            f"rename all but one"
        )
    if unnamed:
        called = ", ".join(repr(names[i]) for i in unnamed)
        message = f"{file}: a column without a name in the header is called {called}"
        warnings.warn(message, EarmarkWarning, stacklevel=3)
    return names


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
