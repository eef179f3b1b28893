"""Parquet files that are whole or not there, written some rows at a time.

*Conventions*: a column has one of five kinds, and each becomes one type of Parquet. Null and NaN
are null. In a column of kind ``json`` every value is JSON text, a text too (in quotes), so that
nothing in it can be taken for something else.

*Reference*: Apache Parquet, "Logical Types".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import DataError, MissingExtra
from .scalars import absent, plain
from .write import atomic, json_text

# kind -> the name of its Arrow type, and what a value becomes
_KINDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "text": ("string", plain),
    "truth": ("bool_", plain),
    "whole": ("int64", plain),
    "number": ("float64", float),
    "json": ("string", json_text),
}


def write_parquet(
    path: str | os.PathLike[str],
    columns: Mapping[str, str],
    parts: Iterable[Sequence[Sequence[Any]]],
) -> int:
    """Write a table, atomically; how many rows it has.

    Args:
        path: the file.
        columns: the columns' names and kinds: ``text``, ``truth``, ``whole`` (64 bits),
            ``number`` (float64) or ``json``.
        parts: some rows at a time, as one sequence of values for each column.

    Raises:
        MissingExtra: pyarrow is not installed.
        DataError: the file cannot be written, or a value is not of its column's kind.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("pyarrow", "tables", "writing Parquet") from error

    schema = pa.schema([(name, getattr(pa, _KINDS[kind][0])()) for name, kind in columns.items()])
    count = 0
    with atomic(path) as file, pq.ParquetWriter(file, schema) as writer:
        for part in parts:
            arrays = [
                _array(pa, values, field.type, columns[field.name], f"{path}: {field.name}")
                for field, values in zip(schema, part, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(arrays[0])
    return count


def _array(pa: Any, values: Sequence[Any], type: Any, kind: str, place: str) -> Any:
    become = _KINDS[kind][1]
    try:
        return pa.array([None if absent(v) else become(v) for v in values], type=type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{place}: cannot be written as Parquet: {error}") from error
