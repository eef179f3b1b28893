"""The bytes of a data file, wherever it lies and however it is packed.

*Conventions*: a path is a file on this machine or an address (``s3://bucket/rows.jsonl``). What
is named ``.gz`` or ``.zst`` is unpacked as it is read, in memory that does not grow with it.
Where a packed stream is cut off or damaged, all that could be unpacked is handed out first;
only then does reading raise DataError.

*Reference*: RFC 1952 (gzip), RFC 8878 (Zstandard).
"""

from __future__ import annotations

import contextlib
import io
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import DataError, MissingExtra
from .addresses import is_address, packed_as, shown

_BLOCK = 2**20
# Unpacked at once: at deflate's limit of 1032:1, or 128 KiB for each 4 bytes of zstd, a piece
# gives 17 or 32 MiB at most, so that a bomb is no larger than that in memory.
_GZIP_PIECE, _ZSTD_PIECE = 2**14, 2**10


class _Unpacker(Protocol):
    """What unpacks one gzip member or one zstd frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Packing:
    """A way of packing; ``copied`` gives an unpacker in the same state, where that can be had."""

    name: str
    piece: int
    unpacker: Callable[[], _Unpacker]
    copied: Callable[[Any], _Unpacker | None]
    error: type[Exception]


def open_bytes(path: str | os.PathLike[str]) -> io.BufferedReader:
    """The bytes of a data file, unpacked; they can be sought in where it is not packed.

    Raises:
        DataError: it cannot be opened.
        MissingExtra: what unpacks it is not installed.
    """
    name = os.fspath(path)
    shown_as, suffix = shown(name), packed_as(name)
    packing = {".gz": _gzip, ".zst": _zstd}[suffix](shown_as) if suffix else None
    try:
        stream = _open_remote(name) if is_address(name) else _open_local(name)
    except OSError as error:
        raise DataError(f"{shown_as}: cannot be opened: {error.strerror or error}") from error
    return io.BufferedReader(_Unpacked(stream, shown_as, packing), _BLOCK) if packing else stream


def _open_remote(name: str) -> io.BufferedReader:
    from .remote import open_remote  # most files lie here, and start sooner without it

    return open_remote(name)


def _open_local(name: str) -> io.BufferedReader:
    return io.BufferedReader(_File(name), _BLOCK)


class _File(io.FileIO):
    """A file on this machine; a DataError says what goes wrong while it is read."""

    def readinto(self, buffer: Any) -> int | None:
        """Fill the buffer as far as there is anything.

        Raises:
            DataError: the disk, the network or the system refuses.
        """
        with self._reading():
            return super().readinto(buffer)

    def readall(self) -> bytes:
        """What is left of the file.

        Raises:
            DataError: as above.
        """
        with self._reading():
            return super().readall()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or error
            raise DataError(f"{self.name}: reading failed: {why}") from error


def _gzip(name: str) -> _Packing:
    def new() -> _Unpacker:
        return zlib.decompressobj(zlib.MAX_WBITS | 16)  # behind a gzip header

    return _Packing("gzip", _GZIP_PIECE, new, lambda unpacker: unpacker.copy(), zlib.error)


def _zstd(name: str) -> _Packing:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("zstandard", "tables", f"unpacking {name}") from error

    def new() -> _Unpacker:
        return zstandard.ZstdDecompressor().decompressobj()

    return _Packing("zstd", _ZSTD_PIECE, new, lambda unpacker: None, zstandard.ZstdError)


class _Unpacked(io.RawIOBase):
    """What a packed stream holds, over all its members or frames."""

    def __init__(self, packed: io.BufferedReader, name: str, packing: _Packing) -> None:
        self.packed = packed
        self.file = name
        self.packing = packing
        self.unpacker: _Unpacker | None = None  # of the member under way
        self.members = 0
        self.waiting = b""  # read from the file, not unpacked yet
        self.held = memoryview(b"")  # unpacked, not handed out yet
        self.given = False  # whether anything was handed out
        self.damage = ""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.packed.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or as much of it as there is; 0 at the end.

        Raises:
            DataError: the stream is cut off or damaged here.
        """
        filled = 0
        while filled < len(buffer) and (self.held or self._next()):
            count = min(len(buffer) - filled, len(self.held))
            buffer[filled : filled + count] = self.held[:count]
            self.held = self.held[count:]
            filled += count
            self.given = True
        if self.damage and not filled:
            raise DataError(f"{self.file}: {self.damage}")
        return filled

    def _next(self) -> bool:
        """Unpack what comes next; whether there is any."""
        while not self.held and not self.damage:
            piece = self.waiting or self.packed.read(self.packing.piece)
            self.waiting = b""
            if piece:
                self.held = memoryview(self._unpack(piece))
            elif self.unpacker is None and self.members:
                return False
            else:
                self.damage = self._cut_off()
        return bool(self.held)

    def _unpack(self, piece: bytes) -> bytes:
        if self.unpacker is None:
            if self.members and not piece.strip(b"\0"):
                return b""  # zeros that fill up a block of a tape or a disk
            self.unpacker = self.packing.unpacker()
            self.members += 1
        unpacker = self.unpacker
        before = self.packing.copied(unpacker)
        try:
            unpacked = unpacker.decompress(piece)
        except self.packing.error as error:
            unpacked = self._rescued(before, piece) if before else b""
            self.damage = self._damaged(piece, error, bool(unpacked))
            return unpacked
        if unpacker.eof:
            self.waiting, self.unpacker = unpacker.unused_data, None
        return unpacked

    def _rescued(self, unpacker: _Unpacker, piece: bytes) -> bytes:
        """What comes out of a piece before its damage: of a failed call nothing does."""
        found: list[bytes] = []
        try:
            for i in range(len(piece)):
                found.append(unpacker.decompress(piece[i : i + 1]))
        except self.packing.error:
            return b"".join(found)
        return b"".join(found)

    def _damaged(self, piece: bytes, error: Exception, rescued: bool) -> str:
        name, cause = self.packing.name, str(error).rpartition(": ")[2]
        if self.given or rescued:
            return (
                f"the {name} stream is damaged here ({cause}), and what was read before may be "
                f"wrong too; fetch or pack the file again"
            )
        return (
            f"it is named {packed_as(self.file)}, but is no {name} stream ({cause}): it begins "
            f"with {piece[:12]!r}; give it the name of what it is"
        )

    def _cut_off(self) -> str:
        if not self.members:
            return f"the file is empty: not even the head of a {self.packing.name} stream is in it"
        return (
            f"the {self.packing.name} stream ends early: the file is cut off or still being "
            f"written; fetch or pack it again"
        )
