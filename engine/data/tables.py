"""Rows that are already in memory, or come one by one from a program, to records.

*Conventions*: values stay the objects they are. In a frame NaN, NaT and NA are absent, hence
null, and NumPy scalars are Python values. A record's place is its position: ``list[3]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import DataError
from ..types import plain
from .records import Record

_ROWS_AT_ONCE = 1024  # a frame's values are made into Python objects in steps


def is_frame(source: Any) -> bool:
    """Whether this is a pandas DataFrame, told by its shape: pandas is not imported."""
    return all(hasattr(source, name) for name in ("iloc", "columns", "isna"))


def read_list(source: Iterable[Any]) -> Iterator[Record]:
    """The records of any iterable, which may be endless."""
    for i, value in enumerate(source):
        yield Record(value, f"list[{i}]", size=_size(value))


def read_frame(frame: Any) -> Iterator[Record]:
    """The rows of a pandas DataFrame; its index is not read.

    Raises:
        DataError: two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"DataFrame: {', '.join(map(repr, twice))} names more than one column")
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        columns = [_values(part.iloc[:, i]) for i in range(len(names))]
        for i in range(len(part)):
            value = {name: column[i] for name, column in zip(names, columns, strict=True)}
            yield Record(value, f"DataFrame[{start + i}]")


def _values(column: Any) -> list[Any]:
    absent = column.isna().tolist()
    return [
        None if gone else plain(value) for value, gone in zip(column.tolist(), absent, strict=True)
    ]


def _size(value: Any) -> int:
    """The bytes that a record holds as texts, bytes and arrays in its objects."""
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, str | bytes | bytearray):
        return len(value)
    return int(getattr(value, "nbytes", 0))
