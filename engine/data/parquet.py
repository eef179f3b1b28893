"""Parquet to records: rows in batches, of values as ``arrow.py`` makes them.

*Conventions*: batches are bounded in rows and in bytes; what memory holds is one of them and the
pages that it comes from. A record's place is its position: ``rows.parquet[3]``. Damage in a row
group costs the rest of that group alone.

*Reference*: Apache Parquet format.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import DataError, MissingExtra
from ..types import Rejection
from .addresses import shown
from .arrow import batch_records
from .headers import check_unique
from .opening import open_bytes
from .records import Record

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_BATCH_ROWS = 1024
_BATCH_BYTES = 8 * 2**20
_BUFFER = 2**18  # read ahead in each column, in place of whole columns


def read_parquet(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The rows of a Parquet file, and what could not be read, in the file's order.

    Raises:
        DataError: the file cannot be opened, is no Parquet, or two of its columns have one name.
        MissingExtra: pyarrow is not installed.
    """
    file = shown(os.fspath(path))
    with _opened(os.fspath(path)) as table:
        check_unique(table.schema_arrow.names, file)
        start = 0
        for group in range(table.num_row_groups):
            yield from _read_group(table, group, start, file)
            start += table.metadata.row_group(group).num_rows


def count_rows(path: str) -> int | None:
    """How many rows a Parquet file says that it has; None where it cannot be asked."""
    try:
        with _opened(path) as table:
            return int(table.metadata.num_rows)
    except (DataError, MissingExtra):
        return None


@contextlib.contextmanager
def _opened(path: str) -> Iterator[ParquetFile]:
    file = shown(path)
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtra("pyarrow", "tables", f"reading {file}") from error
    with open_bytes(path) as stream:
        try:
            # pre_buffer would hold all of a row group's columns: of audio, 10x the memory
            table = ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER)
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(
                f"{file}: it is no Parquet file, or is cut off ({_first_line(error)}); fetch or "
                f"write it again"
            ) from error
        yield table


def _read_group(
    table: ParquetFile, group: int, start: int, file: str
) -> Iterator[Record | Rejection]:
    """The rows of one row group, the first of which is row ``start`` of the file."""
    import pyarrow

    about = table.metadata.row_group(group)
    size = about.total_byte_size // max(about.num_rows, 1)
    rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(size, 1)))
    at = start
    try:
        for batch in table.iter_batches(rows, row_groups=[group], use_threads=False):
            yield from batch_records(batch, at, size, file)
            at += batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        last = start + about.num_rows - 1
        lost = f"rows {at} to {last}" if last > at else f"row {at}"
        reason = f"{lost} cannot be read: the file is damaged here ({_first_line(error)})"
        yield Rejection("", f"{file}[{at}]", reason)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
