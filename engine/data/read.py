"""Sources to Rows, whole or in batches.

*Conventions*: every record comes out as a row or in ``rejected``; rows of a file carry its
folder as ``base``. What can be read: ``sources.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..errors import ConfigError
from ..types import FileState, Rows
from .filling import Filling
from .nemo import is_manifest
from .records import one_by_one
from .sources import Opened, Records, opened

BATCH_BYTES = 16 * 2**20  # a batch ends here too: 1024 lines of base64 audio can be 2 GB


def read_rows(source: Any, limit: int | None = None, on_error: str = "skip") -> Rows:
    """All rows of a source.

    Args:
        source: a path to JSON Lines, JSON, CSV or TSV (also as ``.gz`` or ``.zst``), XLSX,
            Parquet, a transcript of LibriSpeech or an audio file; a folder of clips, of
            LibriSpeech or an audiofolder; a glob; an address of such a file (``s3://``,
            ``https://``, ...) or of a data set (``hf://owner/name@revision?split=train``); a
            pandas DataFrame; a Hugging Face data set; any iterable of dicts; or Rows, which are
            returned as they are.
        limit: stop after so many good rows.
        on_error: what a record becomes that cannot be taken: ``skip`` (it is listed in
            ``Rows.rejected``), ``keep`` (a row with an empty item, whose sample is the error),
            or ``fail``.

    Raises:
        DataError: the source cannot be read, or a record of it with ``on_error="fail"``.
        ConfigError: an argument has an unknown value.
        MissingExtra: what reads this kind of source is not installed.

    >>> rows = read_rows([{"id": 1, "official_answer": "valid", "output_text": "It is valid."}])
    >>> rows.ids, rows.column("{{ sample.output_text }}")
    (['1'], ['It is valid.'])
    """
    _at_least(limit, 0, "limit")
    filling = Filling(on_error)
    if isinstance(source, Rows):
        return source if limit is None else source.take(range(min(limit, len(source))))
    found = opened(source)
    state = FileState.of_rows(source) if limit is None and on_error == "skip" else None
    _fill(filling, found.records, limit)
    filling.warn(found.name)
    rows = filling.take(found.base, found.name)
    is_whole = state is not None and state == FileState.of_rows(source)
    return replace(rows, file=state) if is_whole and _as_it_stands(found, rows) else rows


def scan_rows(source: Any, batch: int = 1024, on_error: str = "skip") -> Iterator[Rows]:
    """The rows of a source in batches, in memory that does not grow with the source.

    A batch ends after ``batch`` records, or sooner where they are large (16 MiB read). Between
    batches only the ids are remembered. See ``read_rows`` for the arguments and what is raised.
    """
    _at_least(batch, 1, "batch")
    filling = Filling(on_error)
    if isinstance(source, Rows):
        return _slices(source, batch)
    return batches(opened(source), filling, batch)


def batches(found: Opened, filling: Filling, batch: int) -> Iterator[Rows]:
    """The rows of an open source in batches, through what holds one of them."""
    for record in one_by_one(found.records):
        filling.add(record)
        if filling.full(batch, BATCH_BYTES):
            yield filling.take(found.base, found.name)
    filling.warn(found.name)
    if filling.full(1, BATCH_BYTES):
        yield filling.take(found.base, found.name)


def _fill(filling: Filling, records: Records, limit: int | None) -> None:
    """Add the records, until as many good ones as wanted have been taken."""
    if limit == 0:
        return
    for record in records if limit is None else one_by_one(records):
        filling.add(record)
        if filling.good == limit:
            return


def _slices(rows: Rows, batch: int) -> Iterator[Rows]:
    for start in range(0, len(rows) or bool(rows.rejected), batch):
        part = rows.take(range(start, min(start + batch, len(rows))))
        yield replace(part, rejected=()) if start else part  # each rejection comes once


def _as_it_stands(found: Opened, rows: Rows) -> bool:
    """Whether these rows of JSON Lines are what its lines say, and not what a layout makes."""
    return found.kind in (".jsonl", ".ndjson") and not any(map(is_manifest, rows.items))


def _at_least(value: int | None, least: int, name: str) -> None:
    if value is not None and value < least:
        raise ConfigError(f"{name} is {value}, it must be at least {least}")
