"""Rows that are already in memory, or come one by one from a program, to records.

*Conventions*: values stay the objects they are, but NaN, NaT and NA are absent, hence null, in
objects at any depth. Of a frame NumPy scalars are Python values, and a float column that holds
whole numbers and missing values is one of integers again, which is said: pandas has no other
place for them. A record's place is its position: ``list[3]``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import EarmarkWarning
from .headers import check_unique
from .records import Record
from .scalars import plain, without_absent

_ROWS_AT_ONCE = 1024  # a frame's values are made into Python objects in steps


def is_frame(source: Any) -> bool:
    """Whether this is a pandas DataFrame, told by its shape: pandas is not imported."""
    return all(hasattr(source, name) for name in ("iloc", "columns", "isna"))


def read_list(source: Iterable[Any]) -> Iterator[Record]:
    """The records of any iterable, which may be endless."""
    for i, value in enumerate(source):
        yield Record(without_absent(value), f"list[{i}]", size=held_bytes(value))


def read_frame(frame: Any) -> Iterator[Record]:
    """The rows of a pandas DataFrame; its index is not read.

    Raises:
        DataError: two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    check_unique(names, "DataFrame")
    whole = {i for i in range(len(names)) if _was_whole(frame.iloc[:, i])}
    if whole:
        called = ", ".join(repr(names[i]) for i in sorted(whole))
        message = f"DataFrame: whole numbers beside missing values are integers again in {called}"
        warnings.warn(message, EarmarkWarning, stacklevel=4)  # who reads the rows
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        columns = [_values(part.iloc[:, i], i in whole) for i in range(len(names))]
        for i in range(len(part)):
            value = {name: column[i] for name, column in zip(names, columns, strict=True)}
            yield Record(value, f"DataFrame[{start + i}]")


def _was_whole(column: Any) -> bool:
    """Whether a float column holds missing values and, beside them, whole numbers only."""
    if getattr(column.dtype, "kind", "") != "f" or not column.isna().any():
        return False
    numbers = column.dropna()
    return bool(len(numbers)) and all(map(float.is_integer, map(float, numbers)))


def _values(column: Any, whole: bool) -> list[Any]:
    values = [without_absent(plain(value)) for value in column.tolist()]
    return [None if value is None else int(value) for value in values] if whole else values


def held_bytes(value: Any) -> int:
    """The bytes that a value holds as texts, bytes, arrays and numbers, at any depth.

    >>> held_bytes({"messages": [{"content": [{"data": "UklG"}]}], "array": [0.5, 0.25]})
    20
    """
    if isinstance(value, Mapping):
        return sum(map(held_bytes, value.values()))
    if isinstance(value, list | tuple):  # samples may be a list of numbers, never looked at singly
        numbers = {*map(type, value)} <= {int, float}
        return 8 * len(value) if numbers else sum(map(held_bytes, value))
    if isinstance(value, str | bytes | bytearray):
        return len(value)
    return int(getattr(value, "nbytes", 0))
