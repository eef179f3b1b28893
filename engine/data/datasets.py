"""Hugging Face datasets that are already loaded, to records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .records import Record


def is_dataset(source: Any) -> bool:
    """Whether this is a Dataset or an IterableDataset, told by its shape."""
    return all(hasattr(source, name) for name in ("cast_column", "features", "info"))


def read_dataset(source: Any) -> Iterator[Record]:
    """The rows of a Dataset or an IterableDataset."""
    for i, value in enumerate(source):
        yield Record(value, f"Dataset[{i}]")
