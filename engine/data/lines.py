"""Files of text as lines of bytes, read a block at a time.

*Conventions*: a line ends at LF and comes without it; a CR before it stays. A UTF-8 byte
order mark is skipped. A line over the cap is never held whole: None stands in its place.
A file that is something else under a text file's name (packed, UTF-16, a Git LFS pointer) is
refused with the name of what it is.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from itertools import chain

from ..errors import DataError
from .addresses import shown
from .opening import open_bytes

MAX_LINE = 64 * 2**20
TOO_LONG = f"the line is longer than {MAX_LINE // 2**20} MiB; keep such audio in a file of its own"

_BLOCK = 2**20
_UTF16 = "is UTF-16 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"
# how the file begins -> what it is, and the cure
_DISGUISES = {
    b"version https://git-lfs": "is a Git LFS pointer, not the data; fetch it (git lfs pull)",
    b"\x1f\x8b": "is gzip under another name; let its name end in .gz",
    b"\x28\xb5\x2f\xfd": "is zstd under another name; let its name end in .zst",
    b"PK\x03\x04": "is an Excel sheet or a zip archive; let its name end in .xlsx, or unpack it",
    b"PAR1": "is Parquet under another name; let its name end in .parquet",
    b"SQLite format 3\0": "is an SQLite database, not text",
    codecs.BOM_UTF32_LE: "is UTF-32 text; save it as UTF-8 (iconv -f UTF-32 -t UTF-8)",
    codecs.BOM_UTF32_BE: "is UTF-32 text; save it as UTF-8 (iconv -f UTF-32 -t UTF-8)",
    codecs.BOM_UTF16_LE: _UTF16,
    codecs.BOM_UTF16_BE: _UTF16,
}
_UTF16_WITHOUT_MARK = re.compile(rb"(?:[\t -~]\0){2}|(?:\0[\t -~]){2}")


def open_text(path: str | os.PathLike[str]) -> io.BufferedReader:
    """A text file opened for its bytes, behind the byte order mark.

    Raises:
        DataError: it cannot be opened, or its first bytes say that it is no UTF-8 text.
        MissingExtra: what unpacks it is not installed.
    """
    stream = open_bytes(path)
    try:
        head = stream.peek(32)
        disguise = next((what for start, what in _DISGUISES.items() if head.startswith(start)), "")
        if not disguise and _UTF16_WITHOUT_MARK.match(head):
            disguise = _UTF16
        if disguise:
            raise DataError(f"{shown(os.fspath(path))}: {disguise}")
        if head.startswith(codecs.BOM_UTF8):
            stream.read(len(codecs.BOM_UTF8))
    except BaseException:  # whoever is given no stream cannot close it
        stream.close()
        raise
    return stream


def lines(stream: io.BufferedIOBase, cap: int = MAX_LINE) -> Iterator[bytes | None]:
    r"""The lines of a stream; None for one of more than ``cap`` bytes.

    Holds at most ``cap`` bytes of a line that is too long, and twice a line that is not.

    >>> list(lines(io.BytesIO(b"one\n\ntwo, too long\nend"), cap=4))
    [b'one', b'', None, b'end']
    """
    return chain.from_iterable(line_blocks(stream, cap))


def line_blocks(stream: io.BufferedIOBase, cap: int = MAX_LINE) -> Iterator[list[bytes | None]]:
    """The `lines` of a stream, in one list those that end in what was read at once."""
    held: list[bytes] = []
    size = 0
    block_size = min(_BLOCK, cap)  # a line inside one block is never over the cap
    # read1: what came before the damage of a packed stream comes before the error that says so
    while block := stream.read1(block_size):
        first, *complete = block.split(b"\n")
        size = _hold(held, first, size, cap)
        if complete:
            rest = complete.pop()
            yield [None if size > cap else b"".join(held), *complete]
            held.clear()
            size = _hold(held, rest, 0, cap)
    if size:
        yield [None if size > cap else b"".join(held)]


def bad_utf8(raw: bytes) -> str | None:
    r"""Which byte of a line is no UTF-8, in words; None where all of it is.

    >>> bad_utf8(b"caf\xe9")
    'byte 4 is not UTF-8 (0xe9); save the file as UTF-8'
    """
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        value = raw[error.start]
        return f"byte {error.start + 1} is not UTF-8 (0x{value:02x}); save the file as UTF-8"
    return None


def _hold(held: list[bytes], piece: bytes, size: int, cap: int) -> int:
    """Keep a piece of the line, or let go of all once the line is too long; its size so far."""
    size += len(piece)
    if size > cap:
        held.clear()
    else:
        held.append(piece)
    return size
