"""NeMo manifests: JSON Lines in which an item may be a piece of a longer clip.

*Conventions*: where a manifest's item has an ``offset``, its ``audio_filepath`` becomes the audio
value of that piece, ``{"path", "offset", "duration"}`` in seconds (without a duration: up to the
end). Everything else stays as it is. A file is a manifest where the item read first has an
``audio_filepath``.

*Reference*: NVIDIA NeMo, ASR datasets, "Preparing Custom ASR Data".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

from ..types import Rejection
from . import jsonl
from .records import Block, Record, one_by_one

_FIELD = "audio_filepath"


def read_manifest(path: str | os.PathLike[str]) -> Iterator[Record | Rejection]:
    """The records of a JSON Lines file, which may be a manifest.

    Raises:
        DataError: the file cannot be opened, or is no UTF-8 text at all.
    """
    return with_cuts(jsonl.read_jsonl(path))


def with_cuts(records: Iterator[Record | Rejection]) -> Iterator[Record | Rejection]:
    """The records, with each clip cut as its item says where they are those of a manifest."""
    for record in records:
        if isinstance(record, Record):
            together = chain([record], records)
            yield from map(_cut, together) if is_manifest(record.value) else together
        else:
            yield record


def read_blocks(path: str | os.PathLike[str]) -> Iterator[Block | Record | Rejection]:
    """What `read_manifest` gives, in blocks of lines where it is no manifest.

    Raises:
        DataError: the file cannot be opened, or is no UTF-8 text at all.
    """
    blocks = jsonl.read_blocks(path)
    for block in blocks:
        if isinstance(block, Rejection):
            yield block
            continue
        together = chain([block], blocks)
        first = block.values[0] if isinstance(block, Block) else block.value
        yield from with_cuts(one_by_one(together)) if is_manifest(first) else together


def is_manifest(item: Any) -> bool:
    """Whether this is an item of a manifest."""
    return isinstance(item, dict) and _FIELD in item


def _cut(record: Record | Rejection) -> Record | Rejection:
    if isinstance(record, Rejection) or not is_manifest(record.value):
        return record
    item = record.value
    if not isinstance(item[_FIELD], str) or item.get("offset") is None:
        return record
    piece = {"path": item[_FIELD], "offset": item["offset"]}
    if item.get("duration") is not None:
        piece["duration"] = item["duration"]
    return record._replace(value={**item, _FIELD: piece})
