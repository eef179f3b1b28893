"""Bytes under the hash of what they are: the same audio is kept once, whoever brings it.

*Conventions*: a digest is SHA-256 in hex, and the only name a blob has: ``blobs/ab/abcdef...``.
What lies there is whole: it was written under another name, synced, and renamed. Blobs are never
changed; that they were not is seen each time one is read. When one was put last is the time of its
file. A ``.tmp`` beside them is what a stopped program left.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ..data.write import sync_folder
from ..errors import StoreError
from .folders import make_folder, make_store_folder

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LEFT_AFTER_S = 24 * 3600.0  # no blob is being written for so long


class Blobs:
    """The folder ``blobs`` of a store; it is made with the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._swept = False

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
        if not self.holds(digest, len(data)):
            with self.writer() as blob:
                blob.write(data)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a blob.

        Raises:
            StoreError: it is not there, or was changed.
        """
        path = self.path(digest)
        with _readable(path):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreError(_changed(path))
        return data

    def checked(self, digest: str) -> Path:
        """Where a blob lies that is too large to be held: it was read through, and is unchanged.

        Raises:
            StoreError: it is not there, or was changed.
        """
        path = self.path(digest)
        with _readable(path), open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest:
            raise StoreError(_changed(path))
        return path

    def holds(self, digest: str, size: int) -> bool:
        """Whether a blob lies here in its full size, so that it need not be written again.

        It counts as put now, then.
        """
        path = self.path(digest)
        try:
            if path.stat().st_size != size:
                return False
            os.utime(path)
            sync_folder(path.parent)  # another program may have renamed it, and not synced yet
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def writer(self) -> Iterator[BlobWriter]:
        """A blob of unknown size, kept under its ``digest`` when the block ends well.

        An OSError in the block is taken for one of writing.

        Raises:
            StoreError: it cannot be written; nothing is left of it then.
        """
        make_store_folder(self.folder.parent)
        temporary = self.folder / f".{secrets.token_hex(8)}.tmp"
        try:
            self._make_folder()
            with _removed_after(temporary):
                with open(temporary, "xb") as file:
                    blob = BlobWriter(file)
                    yield blob
                    file.flush()
                    os.fsync(file.fileno())
                target = self.path(blob.digest)
                make_folder(target.parent)
                os.replace(temporary, target)
                sync_folder(target.parent)
        except OSError as error:
            raise StoreError(
                f"{self.folder}: cannot be written: {error.strerror}; nothing of this was saved, "
                f"and what was there before is unharmed. Make room, or the folder writable, or "
                f"name another with EARMARK_STORE"
            ) from error

    def sweep(self, used: Collection[str], before: float) -> Swept:
        """Remove the blobs that nobody uses and nobody has put since a time.

        Args:
            used: the digests of those that are used.
            before: the time, in seconds since 1970.

        Raises:
            StoreError: one cannot be removed.
        """
        count = size = spared = 0
        for path in self.folder.glob("??/*"):
            if _DIGEST.fullmatch(path.name) and path.name not in used:
                try:
                    its_size = path.stat().st_size
                    removed = self._remove(path, before)
                except FileNotFoundError:  # somebody else sweeps, too
                    continue
                except OSError as error:
                    raise StoreError(f"{path}: cannot be removed: {error.strerror}") from error
                count += removed
                size += its_size * removed
                spared += its_size * (not removed)
        return Swept(count, size, spared)

    def _remove(self, path: Path, before: float) -> bool:
        """Remove a blob, unless somebody puts it at this very moment, and counts on it then."""
        if path.stat().st_mtime >= before:
            return False
        aside = self.folder / f".{secrets.token_hex(8)}.tmp"
        os.replace(path, aside)
        if aside.stat().st_mtime >= before:
            os.replace(aside, path)
            return False
        aside.unlink()
        return True

    def _make_folder(self) -> None:
        """The folder, once without what programs left in it that were killed long ago."""
        make_folder(self.folder)
        if not self._swept:
            self._swept = True
            for left in self.folder.glob(".*.tmp"):
                with contextlib.suppress(OSError):  # somebody else sweeps too, or it is not ours
                    if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                        left.unlink()


class Swept(NamedTuple):
    """What was removed of the blobs that nobody uses.

    Attributes:
        files: how many were removed.
        size: their bytes.
        spared: the bytes of those that were put too lately.
    """

    files: int
    size: int
    spared: int


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


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: this part of a run cannot be read: {error.strerror}; was the store copied "
            f"without its blobs?"
        ) from error


def _changed(path: Path) -> str:
    return (
        f"{path}: this part of a run is not what was saved: the file was changed or damaged. Put "
        f"back a copy of it, or remove it and save the same rows again"
    )
