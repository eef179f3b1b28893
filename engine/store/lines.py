"""The rows of a run as one blob of JSON Lines, and back.

*Conventions*: a line is a row as it is exported, ``{"item", "sample", "repeat"}``, with its audio
set apart. A file of plain JSON Lines that has no audio inside can be kept as it stands, by whom its
rows belong to alone, so that nobody changed them since: its lines are hashed and copied, and never
written anew, which is what lets a hundred thousand rows be saved while they are graded. Which of
its lines are no rows is remembered, and never asked again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.in_memory import held_bytes
from ..data.jsonl import parse_line, read_jsonl
from ..data.lines import MAX_LINE, TOO_LONG
from ..data.read import BATCH_BYTES
from ..data.records import Parts, to_parts
from ..data.write import json_line
from ..errors import DataError, StoreError
from ..types import FileState, Rejection, Rows
from .apart import LEAST, put_back, set_apart
from .blobs import Blobs, BlobWriter

# Each call that gives up the interpreter's lock waits 5 ms for it where another thread computes:
# the fewer of them, the sooner all is kept beside rows that are being graded.
_BLOCK = 2**24
_WINDOW = LEAST // 2
_FIRST, _LAST = ord("+"), ord("z")  # of the characters of base64, url-safe or escaped too
_LONG_RUN = re.compile(rb"[A-Za-z0-9+/_\\-]{%d}" % LEAST)  # \ for \/, \n and \u002b in JSON


@dataclass(frozen=True, slots=True)
class Kept:
    """Where rows lie.

    Attributes:
        digest: of the blob with their lines.
        apart: whether audio of theirs lies in other blobs.
        verbatim: whether the blob is the file that they were read from, with what is no row.
    """

    digest: str
    apart: bool
    verbatim: bool = False


def keep_file(blobs: Blobs, file: FileState) -> Kept | None:
    """Keep a file of plain JSON Lines as it stands; None where its rows must be written anew.

    That is so where audio stands in it, and where it is not the file any more that was read.

    Raises:
        StoreError: the disk is full, or the folder read-only.
    """
    try:
        digest = _digest_of_plain(file.path)
        if digest is None:
            return None
        if not blobs.holds(digest, file.size):
            with blobs.writer() as blob:
                for block in _blocks(file.path):
                    blob.write(block)
            if blob.digest != digest:
                return None
        return Kept(digest, False, True) if file == FileState.of(file.path) else None
    except (OSError, DataError):  # it was moved or removed, and the rows are in memory
        return None


def keep_rows(blobs: Blobs, rows: Rows) -> Kept:
    """Keep rows, as they stand in memory.

    Raises:
        DataError: a row holds what JSON cannot, or two rows are the same repeat of one item.
        StoreError: the disk is full, or the folder read-only.
    """
    _check_distinct(rows)
    with blobs.writer() as blob:
        apart = write_rows(blob, blobs, rows, 0)
    return Kept(blob.digest, apart)


def write_rows(blob: BlobWriter, blobs: Blobs, rows: Rows, first: int) -> bool:
    """Write rows to an open blob; whether audio was set apart.

    Args:
        blob: what is written to.
        blobs: where audio goes.
        rows: what is written.
        first: the number of rows that stand before them.

    Raises:
        DataError: a row holds what JSON cannot.
        StoreError: the disk is full, or the folder read-only.
    """
    apart = False
    for i, row in enumerate(rows, first):
        record = row.record(i)
        try:
            kept = set_apart(record, blobs)
            blob.write(_line(kept, i))
        except (DataError, RecursionError) as error:
            raise DataError(f"item {row.id}: cannot be saved: {error}") from error
        apart |= kept is not record
    return apart


def scan_lines(
    blobs: Blobs, kept: Kept, batch: int, refused: Collection[int] = ()
) -> Iterator[Rows]:
    """The rows of a blob in batches, their audio as it was.

    A batch ends after ``batch`` rows, or sooner where they are large (16 MiB).

    Args:
        blobs: where they lie.
        kept: which they are.
        batch: how many rows at most.
        refused: the lines, from 1, that are no rows.

    Raises:
        StoreError: a blob is missing or was changed, or a line can no longer be read.
    """
    path = blobs.checked(kept.digest)
    parts: list[Parts] = []
    size = 0
    for number, record in enumerate(read_jsonl(path)):
        if record.line in refused:
            continue
        if isinstance(record, Rejection):
            raise StoreError(f"{record}; when this was saved it was a row: use the earmark of then")
        value = put_back(record.value, blobs) if kept.apart else record.value
        size += held_bytes(value) if kept.apart else record.size
        parts.append(to_parts(value, number))
        if len(parts) >= batch or size >= BATCH_BYTES:
            yield _rows(parts)
            parts, size = [], 0
    if parts:
        yield _rows(parts)


def may_hold_audio(block: bytes) -> bool:
    """Whether so long a run of base64 stands in a block that it may be audio.

    Such a run covers a window of half its length, in which then is no blank and no quote, nor
    another character before "+" or behind "z": windows are looked through by NumPy, without the
    interpreter's lock and ten times as fast as by the expression alone.
    """
    codes = np.frombuffer(block, np.uint8)[: len(block) // _WINDOW * _WINDOW]
    windows = codes.reshape(-1, _WINDOW)
    unbroken = np.flatnonzero(windows.min(axis=1) >= _FIRST)
    unbroken = unbroken[windows[unbroken].max(axis=1) <= _LAST]
    return any(
        _LONG_RUN.search(block, max(0, start - _WINDOW), start + 2 * _WINDOW)
        for start in (unbroken * _WINDOW).tolist()
    )


def _line(record: Mapping[str, Any], number: int) -> bytes:
    """A record as a line that was read again: not all that can be written can be read.

    Raises:
        DataError: it cannot be written or read.
    """
    line = json_line(record)
    if len(line) > MAX_LINE:
        raise DataError(TOO_LONG)
    to_parts(parse_line(line), number)
    return line


def _check_distinct(rows: Rows) -> None:
    seen: set[tuple[str, int]] = set()
    for key in zip(rows.ids, rows.repeats, strict=True):
        if key in seen:
            raise DataError(f"item {key[0]}, repeat {key[1]}: stands twice among the rows")
        seen.add(key)


def _rows(parts: list[Parts]) -> Rows:
    ids, items, samples, repeats = map(list, zip(*parts, strict=True))
    return Rows(ids, items, samples, repeats)


def _digest_of_plain(path: str) -> str | None:
    """The digest of a file; None where audio may stand in it.

    Raises:
        DataError: it cannot be read.
    """
    digest = hashlib.sha256()
    end = b""
    for block in _blocks(path):
        digest.update(block)
        if may_hold_audio(end + block[:LEAST]) or may_hold_audio(block):
            return None
        end = block[-LEAST:]
    return digest.hexdigest()


def _blocks(path: str) -> Iterator[bytes]:
    """The bytes of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with open(path, "rb") as source:
            while block := source.read(_BLOCK):
                yield block
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
