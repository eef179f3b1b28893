"""Hugging Face datasets that are already loaded, to records.

*Conventions*: values are as they are stored: audio, images and video are never decoded (an Audio
value is ``{"bytes": ..., "path": ...}``, which is decoded here, at its own rate), and a format
such as ``with_format("torch")`` is undone. A transform of the user's own (``set_transform``) is
kept. A ClassLabel is the *name* of its class, as the hub shows it and as graders compare it; -1,
which says "no label", is null; ``cast_column(name, Value("int64"))`` keeps the numbers. A record's
place is its position: ``Dataset[3]``. The library is told by its shapes, and is not imported.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import DataError
from ..types import Rejection
from .arrow import as_json, batch_records
from .in_memory import held_bytes
from .records import Record
from .scalars import without_absent

_ROWS_AT_ONCE, _BYTES_AT_ONCE = 1024, 8 * 2**20
_UNLABELLED = -1

Naming = Callable[[Any], Any]


def is_dataset(source: Any) -> bool:
    """Whether this is a Dataset or an IterableDataset, or a dict of them by split."""
    if isinstance(source, Mapping):
        return bool(source) and all(map(_is_one, source.values()))
    return _is_one(source)


def dataset_name(source: Any) -> str:
    """What a dataset is, for people: where it comes from, its split, its fingerprint."""
    if isinstance(source, Mapping):
        return type(source).__name__
    info = source.info
    addresses = getattr(info, "download_checksums", None) or ()
    origin = next((str(name) for name in addresses if str(name).startswith("hf://")), "")
    origin = "/".join(origin.split("/", 5)[:5])  # hf://datasets/owner/name@commit
    fields = {
        "from": origin or getattr(info, "dataset_name", None) or info.builder_name,
        "config": info.config_name,
        "split": getattr(source, "split", None),
        "fingerprint": getattr(source, "_fingerprint", None),
    }
    known = ", ".join(f"{name} {value}" for name, value in fields.items() if value)
    return f"{type(source).__name__} ({known})" if known else type(source).__name__


def read_dataset(source: Any) -> Iterator[Record | Rejection]:
    """The rows of a Dataset or an IterableDataset.

    Raises:
        DataError: it is a dict of splits, or a row cannot be produced, which ends the dataset.
    """
    if isinstance(source, Mapping):
        kind, first = type(source).__name__, next(iter(source))
        splits = ", ".join(map(repr, source))
        raise DataError(f"a {kind} has several splits ({splits}); pass one, as in data[{first!r}]")
    return records(source, type(source).__name__)


def records(source: Any, name: str) -> Iterator[Record | Rejection]:
    """The rows of a dataset, whose places are ``name[0]``, ``name[1]``, ...

    Raises:
        DataError: a row cannot be produced; the ones behind it are lost with it.
    """
    naming = _naming(source.features)
    stored = _of_table(source, name) if _is_table(source) else _one_by_one(source, name)
    i = 0
    while True:
        try:
            record = next(stored)
        except StopIteration:
            return
        except Exception as error:  # of a generator, a map or a transform of the user's
            why = f"{type(error).__name__}: {error}"
            raise DataError(f"{name}[{i}]: the dataset failed to give this row: {why}") from error
        yield _named(record, naming) if naming and isinstance(record, Record) else record
        i += 1


def _is_one(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("cast_column", "features", "info"))


def _is_table(source: Any) -> bool:
    return hasattr(source, "num_rows") and source.format["type"] != "custom"


def _of_table(source: Any, name: str) -> Iterator[Record | Rejection]:
    """The rows of a Dataset, straight from its table: nothing is decoded or formatted."""
    size = source.data.nbytes // max(source.data.num_rows, 1)
    rows = max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(size, 1)))
    stored = source.with_format("arrow")
    for start in range(0, len(source), rows):
        at = start
        for batch in stored[start : start + rows].to_batches():
            yield from batch_records(batch, at, size, name)
            at += batch.num_rows


def _one_by_one(source: Any, name: str) -> Iterator[Record]:
    """The rows of an IterableDataset, or of a Dataset with a transform."""
    types = {}
    if not hasattr(source, "num_rows"):
        if source.features:
            types = {field.name: field.type for field in source.features.arrow_schema}
        source = _as_made(source.with_format(None))
    for i, row in enumerate(source):
        value = {
            key: as_json(part, types[key]) if key in types else part for key, part in row.items()
        }
        yield Record(without_absent(value), f"{name}[{i}]", size=held_bytes(value))


def _as_made(source: Any) -> Any:
    """The stream without its features: with them each Audio is encoded anew, by torchcodec.

    There is no public way to take them off.
    """
    bare = copy.copy(source)
    bare._info = source.info.copy()
    bare._info.features = None
    return bare


def _named(record: Record, naming: Naming) -> Record | Rejection:
    try:
        return record._replace(value=naming(record.value))
    except DataError as error:
        return Rejection("", record.file, str(error))


def _naming(feature: Any) -> Naming | None:
    """What gives the labels in a value their names; None where there are none."""
    if type(feature).__name__ == "ClassLabel":
        names = list(feature.names)
        return None if names == list(map(str, range(len(names)))) else _label(names)
    if isinstance(feature, Mapping):
        parts = {key: naming for key, part in feature.items() if (naming := _naming(part))}
        return _object(parts) if parts else None
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    naming = _naming(inner) if inner is not None else None
    return _each(naming) if naming else None


def _label(names: list[str]) -> Naming:
    def name(value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        if value == _UNLABELLED:
            return None
        if not 0 <= value < len(names):
            raise DataError(f"the label {value} is none of the {len(names)} that its feature names")
        return names[value]

    return name


def _object(parts: Mapping[str, Naming]) -> Naming:
    def name(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {**value, **{key: part(value[key]) for key, part in parts.items() if key in value}}

    return name


def _each(part: Naming) -> Naming:
    return lambda value: value if value is None else [part(element) for element in value]
