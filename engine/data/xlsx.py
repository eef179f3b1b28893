"""Excel books to records: the first visible sheet, whose first row names the fields.

*Conventions*: text is text, numbers are numbers as they are stored, dates and times are ISO 8601
text, an empty cell is null. A formula is the value that was saved with it. A cell that shows an
error (``#N/A``), or a formula without a saved value, is null, and a warning counts them. Rows
without a value are no records. A record's line is its row in the sheet. Nothing of a book is
executed; one whose parts are over ``MAX_EXPANDED`` bytes unpacked is refused.

*Reference*: ECMA-376 (Office Open XML).
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice, repeat, zip_longest
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from ..errors import DataError, EarmarkWarning, MissingExtra
from ..types import Rejection
from .addresses import shown
from .headers import column_names
from .opening import open_bytes
from .records import Record

MAX_EXPANDED = 2**30

_MAX_ROWS = 2**20  # of a sheet; a row of a higher number is no row, but a loop that never ends
_ROWS_AT_ONCE = 256
_BLOCK = 2**20
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# What openpyxl and zipfile raise on books that are none, encrypted or damaged.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    RuntimeError,
)


def read_xlsx(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The rows of a book's first visible sheet, and what could not be read, in their order.

    Raises:
        DataError: the file cannot be opened, is no book, is too large, or its header is unusable.
        MissingExtra: openpyxl is not installed.
    """
    file = shown(os.fspath(path))
    with open_bytes(path) as stream, _sheet(stream, file) as sheet:
        if not _has_formulas(stream):
            yield from _records(_rows(sheet, repeat(()), file), sheet.title, file)
            return
        with _sheet(stream, file, values=False) as formulas:
            rows = _rows(sheet, _cells(formulas, file), file)
            yield from _records(rows, sheet.title, file)


@contextlib.contextmanager
def _sheet(stream: IO[bytes], file: str, values: bool = True) -> Iterator[Any]:
    """The first visible sheet, with the values of its formulas or the formulas themselves."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingExtra("openpyxl", "tables", f"reading {file}") from error
    try:
        _check_size(stream, file)
        with warnings.catch_warnings():  # about styles and the like, which no record holds
            warnings.simplefilter("ignore")
            book = load_workbook(stream, read_only=True, data_only=values, keep_links=False)
        sheet, *others = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
    except DataError:
        raise
    except _BROKEN as error:
        raise DataError(
            f"{file}: it is no Excel book (.xlsx), or is encrypted or damaged ({_cause(error)}); "
            f"save it again as .xlsx, without a password"
        ) from error
    if others and values:
        named = ", ".join(repr(other.title) for other in others)
        message = f"{file}: the sheet {sheet.title!r} is read, not {named}"
        warnings.warn(message, EarmarkWarning, stacklevel=2)
    with contextlib.closing(book):
        sheet.reset_dimensions()  # some exporters write wrong ones, and rows would be cut to them
        yield sheet


def _check_size(stream: IO[bytes], file: str) -> None:
    """Refuse a book that would unpack to too much; zipfile unpacks no more than is said there."""
    with zipfile.ZipFile(stream) as book:
        size = sum(part.file_size for part in book.infolist())
    if size > MAX_EXPANDED:
        raise DataError(
            f"{file}: its parts are {size:,} bytes unpacked, more than the {MAX_EXPANDED:,} that "
            f"are read; save the sheet as CSV"
        )


def _has_formulas(stream: IO[bytes]) -> bool:
    """Whether a formula stands in any sheet."""
    with zipfile.ZipFile(stream) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        for name in sheets:
            tail = b""
            with book.open(name) as part:
                while block := part.read(_BLOCK):
                    if _FORMULA.search(tail + block):
                        return True
                    tail = block[-32:]
    return False


def _cells(sheet: Any, file: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet as openpyxl's cells.

    Raises:
        DataError: the sheet is damaged here.
    """
    rows = islice(sheet.rows, _MAX_ROWS)
    some: list[tuple[Any, ...]] = [()]
    while some:
        some, broken = [], None
        with warnings.catch_warnings():  # never across a yield: they hold for everybody
            warnings.simplefilter("ignore")
            try:
                for row in islice(rows, _ROWS_AT_ONCE):
                    some.append(row)
            except _BROKEN as error:
                broken = error
        yield from some
        if broken:
            raise DataError(f"{file}: the sheet is damaged here ({_cause(broken)})") from broken


def _rows(
    sheet: Any, formulas: Iterable[tuple[Any, ...]], file: str
) -> Iterator[tuple[int, list[Any]]]:
    """The rows that hold a value, with their numbers."""
    for number, (cells, beside) in enumerate(zip(_cells(sheet, file), formulas, strict=False), 1):
        values = [_value(*pair) for pair in zip_longest(cells, beside)]
        while values and values[-1] is None:
            values.pop()
        if values:
            yield number, values


class _Null(NamedTuple):
    """A cell without a value where one seems to stand: its name, and what it has instead."""

    cell: str
    why: str


def _value(cell: Any, formula: Any) -> Any:
    """What a cell holds, with the same cell of the sheet of formulas where there is one."""
    value = cell.value
    if cell.data_type == "e":
        return _Null(cell.coordinate, "an error as its value")
    if value is None and formula is not None and formula.data_type == "f":
        return _Null(
            cell.coordinate, "a formula without a saved value (open and save the book in Excel)"
        )
    if isinstance(value, datetime.datetime):
        from openpyxl.styles.numbers import is_datetime

        day = is_datetime(cell.number_format) == "date"
        return (value.date() if day else value).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


def _records(
    rows: Iterator[tuple[int, list[Any]]], title: str, file: str
) -> Iterator[Record | Rejection]:
    names = _header(*next(rows, (0, [])), file)
    if not names:
        raise DataError(f"{file}: the sheet {title!r} is empty; no record is in it")
    nulls: dict[str, tuple[str, int]] = {}  # why -> the first cell, and how many there are
    for number, values in rows:
        if len(values) > len(names):
            reason = f"{len(values)} cells, but the header names {len(names)} columns"
            yield Rejection("", file, reason, number)
            continue
        for i, value in enumerate(values):
            if isinstance(value, _Null):
                first, count = nulls.get(value.why, (value.cell, 0))
                nulls[value.why] = first, count + 1
                values[i] = None
        yield Record(dict(zip_longest(names, values)), file, number)
    for why, (first, count) in nulls.items():
        more = f" and {count - 1} more" if count > 1 else ""
        message = f"{file}: {first}{more}: {why}, read as null"
        warnings.warn(message, EarmarkWarning, stacklevel=3)


def _header(number: int, values: list[Any], file: str) -> list[str]:
    """The names of the columns; none where the sheet holds nothing."""
    other = next((value for value in values if not isinstance(value, str | None)), None)
    if other is not None:
        what = other.cell if isinstance(other, _Null) else repr(other)
        raise DataError(
            f"{file}:{number}: the first row must name the columns, and {what} is no text; put a "
            f"row with their names above it"
        )
    return column_names([value or "" for value in values], file, number)


def _cause(error: BaseException) -> str:
    """The cause in one line: openpyxl writes several, and the reason into what it came from."""
    deepest = error.__cause__ or error
    return f"{type(deepest).__name__}: {str(deepest).partition(chr(10))[0]}"
