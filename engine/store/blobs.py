"""Bytes under the hash of what they are: the same audio is kept once, whoever brings it.

*Conventions*: a digest is SHA-256 in hex, and the only name a blob has: ``blobs/ab/abcdef...``.
What lies there is whole: it was written under another name, synced, and renamed. Blobs are never
changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..data.write import sync_folder
from ..errors import StoreError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """A folder of blobs; it is made with the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where a blob lies, or would lie.

        Raises:
            StoreError: this is no digest; what comes from data must not name another file.
        """
        if not _DIGEST.fullmatch(digest):
            raise StoreError(f"{digest!r:.80} is no SHA-256 in hex, so no blob has this name")
        return self.folder / digest[:2] / digest

    def put(self, data: bytes) -> str:
        """Keep these bytes; their digest.

        Raises:
            StoreError: they cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        if not self.path(digest).exists():
            with self.writer() as blob:
                blob.write(data)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a blob.

        Raises:
            StoreError: it is not there.
        """
        path = self.path(digest)
        try:
            return path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{path}: this part of a run is missing ({error.strerror}); was the store copied "
                f"without its blobs?"
            ) from error

    @contextlib.contextmanager
    def writer(self) -> Iterator[BlobWriter]:
        """A blob of unknown length, kept under its ``digest`` when the block ends well.

        Raises:
            StoreError: it cannot be written; nothing is left of it then.
        """
        temporary = self.folder / f".{secrets.token_hex(8)}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _removed_after(temporary):
                with open(temporary, "xb") as file:
                    blob = BlobWriter(file)
                    yield blob
                    file.flush()
                    os.fsync(file.fileno())
                target = self.path(blob.digest)
                target.parent.mkdir(exist_ok=True)
                os.replace(temporary, target)
                sync_folder(target.parent)
        except OSError as error:
            raise StoreError(
                f"{self.folder}: cannot be written: {error.strerror}; what was there before is "
                f"unharmed. Make room or the folder writable, or name another with EARMARK_STORE"
            ) from error


class BlobWriter:
    """An open blob: what is written is hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        """Add these bytes."""
        self._hash.update(data)
        self._file.write(data)

    @property
    def digest(self) -> str:
        """The digest of what has been written so far."""
        return self._hash.hexdigest()


@contextlib.contextmanager
def _removed_after(temporary: Path) -> Iterator[None]:
    try:
        yield
    finally:  # where all went well it has its other name by now
        temporary.unlink(missing_ok=True)
