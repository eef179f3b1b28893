"""The rows of a run as one blob of JSON Lines, and back.

*Conventions*: a line is a row as it is exported, ``{"item", "sample", "repeat"}``, with its audio
set apart. A file of plain JSON Lines that has no audio inside is kept as it stands: its lines are
hashed and copied, and never written anew, which is what lets a hundred thousand rows be saved
while they are graded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..data.filling import Filling
from ..data.jsonl import read_jsonl
from ..data.read import BATCH_BYTES
from ..data.records import Record
from ..data.tables import held_bytes
from ..data.write import json_line
from ..errors import DataError
from ..types import FileState, Rejection, Rows
from .apart import LEAST, MARK, put_back, set_apart
from .blobs import Blobs, BlobWriter

_BLOCK = 2**20
_BLANK, _QUOTE = ord(" "), ord('"')
_LONG_RUN = re.compile(rb"[A-Za-z0-9+/_\\-]{%d}" % LEAST)  # JSON may write / as \/


@dataclass(frozen=True, slots=True)
class Kept:
    """Where rows lie.

    Attributes:
        digest: of the blob with their lines.
        apart: whether audio of theirs lies in other blobs.
    """

    digest: str
    apart: bool


def keep_file(blobs: Blobs, file: FileState) -> Kept | None:
    """Keep a file of plain JSON Lines as it stands; None where it must be written anew.

    That is so where audio stands in it, and where it is not the file any more that was read.
    """
    digest = hashlib.sha256()
    end = b""
    with open(file.path, "rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            if may_hold_audio(end + block):
                return None
            end = block[-LEAST:]
    kept = Kept(digest.hexdigest(), False)
    if not blobs.path(kept.digest).exists():
        with open(file.path, "rb") as source, blobs.writer() as blob:
            while block := source.read(_BLOCK):
                blob.write(block)
        if blob.digest != kept.digest:
            return None
    return kept if file == FileState.of(file.path) else None


def may_hold_audio(block: bytes) -> bool:
    """Whether so long a run of base64 stands in a block that it may be audio, or our own mark.

    Between two blanks or quotes of a text there are a few letters, which NumPy sees at 500 MB/s
    and without the interpreter's lock; the expression, alone, would take five times as long.
    """
    if MARK.encode() in block:
        return True
    codes = np.frombuffer(block, np.uint8)
    breaks = np.flatnonzero((codes == _BLANK) | (codes == _QUOTE))
    edges = np.concatenate(([-1], breaks, [len(codes)]))
    for i in np.flatnonzero(np.diff(edges) > LEAST).tolist():
        if _LONG_RUN.search(block, int(edges[i]) + 1, int(edges[i + 1])):
            return True
    return False


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
        kept = set_apart(record, blobs)
        apart |= kept is not record
        try:
            blob.write(json_line(kept))
        except DataError as error:
            raise DataError(f"item {row.id}: cannot be saved: {error}") from error
    return apart


def keep_rows(blobs: Blobs, rows: Rows) -> Kept:
    """Keep rows, as the file that they are all of where that can be.

    Raises:
        DataError: a row holds what JSON cannot.
        StoreError: the disk is full, or the folder read-only.
    """
    if rows.file and (kept := keep_file(blobs, rows.file)):
        return kept
    with blobs.writer() as blob:
        apart = write_rows(blob, blobs, rows, 0)
    return Kept(blob.digest, apart)


def scan_lines(blobs: Blobs, kept: Kept, batch: int) -> Iterator[Rows]:
    """The rows of a blob in batches, their audio as it was.

    Raises:
        StoreError: a blob is missing.
    """
    path = blobs.path(kept.digest)
    if not path.exists():
        blobs.get(kept.digest)  # says so
    filling = Filling("skip")
    for record in read_jsonl(path):
        filling.add(_whole(record, blobs) if kept.apart else record)
        if filling.full(batch, BATCH_BYTES):
            yield filling.take("")
    if filling.full(1, 1):
        yield filling.take("")


def _whole(record: Record | Rejection, blobs: Blobs) -> Record | Rejection:
    if isinstance(record, Rejection):
        return record
    value = put_back(record.value, blobs)
    return record._replace(value=value, size=held_bytes(value))
