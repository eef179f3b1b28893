"""Batches of Arrow, which Parquet and Hugging Face data sets give, to records.

*Conventions*: structs are objects, lists are lists, maps whose keys are text are objects. Times
are ISO 8601 text, durations are seconds; a decimal is a number where a number is exactly it, else
text. NaN is absent, hence null. Bytes stay bytes: the audio value of Hugging Face
(``{"bytes", "path"}``) is one of ours as it stands. A row with a value that cannot be had (text
that is no UTF-8, a date beyond the year 9999) is refused alone.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..types import Rejection
from .records import Record
from .scalars import without_absent

if TYPE_CHECKING:
    from pyarrow import RecordBatch


def batch_records(
    batch: RecordBatch, start: int, size: int, file: str
) -> Iterator[Record | Rejection]:
    """The rows of a batch, each with its position as its place.

    Args:
        batch: the rows; each column has a name of its own.
        start: the position of the first row in the whole.
        size: the bytes of a row, about.
        file: what the whole is called.
    """
    names = batch.schema.names
    columns = [_values(column) for column in batch.columns]
    for i in range(batch.num_rows):
        value = {name: column[i] for name, column in zip(names, columns, strict=True)}
        place = f"{file}[{start + i}]"
        bad = [name for name, found in value.items() if isinstance(found, _Unreadable)]
        if bad:
            reasons = "; ".join(f"{name!r} cannot be had: {value[name]}" for name in bad)
            yield Rejection("", place, reasons)
        else:
            yield Record(without_absent(value), place, size=size)


class _Unreadable(str):
    """Why one value cannot be made a Python value."""


def _values(column: Any) -> list[Any]:
    try:
        return [as_json(value, column.type) for value in column.to_pylist()]
    except (ValueError, OverflowError):  # one of them cannot be had: text that is no UTF-8, ...
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    try:
        return as_json(scalar.as_py(), scalar.type)
    except (ValueError, OverflowError) as error:
        return _Unreadable(error)


def as_json(value: Any, kind: Any) -> Any:
    """A Python value out of Arrow as JSON would have it; bytes stay bytes.

    Args:
        value: what Arrow gives.
        kind: its Arrow type.
    """
    if value is None or isinstance(value, str | bytes | int | float):
        return value
    from pyarrow import types

    kind = getattr(kind, "storage_type", kind)  # of an extension type
    if types.is_map(kind):
        pairs = [(as_json(k, kind.key_type), as_json(v, kind.item_type)) for k, v in value]
        return dict(pairs) if all(isinstance(k, str) for k, _ in pairs) else list(map(list, pairs))
    if isinstance(value, dict):
        return {name: as_json(part, kind.field(name).type) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(part, kind.value_type) for part in value]
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float | str:
    """A decimal as the number that is exactly it; as text where none is.

    >>> _number(Decimal("12")), _number(Decimal("0.10")), _number(Decimal("0.12345678901234567891"))
    (12, 0.1, '0.12345678901234567891')
    """
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)
