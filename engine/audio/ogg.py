"""OGG pages, walked without decoding: how much audio the stream says it holds.

*Reference*: RFC 3533, section 6 (pages); Vorbis I, A.2, and RFC 7845, section 4 (granules).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = struct.Struct("<4sBBqIIIB")  # magic, version, flags, granule, serial, page, crc, segments
_FIRST, _LAST = 2, 4
_SEARCH = 131_072
_TOLERANCE_S = 0.05  # an encoder's delay may be counted in


class _Page(NamedTuple):
    """A page: its flags, its time in ticks, how its body begins, and whether it is all there."""

    flags: int
    granule: int
    body: bytes
    whole: bool


def missing(data: bytes | memoryview, seconds: float, rate: int) -> str:
    """What an OGG promises beyond what was decoded, as a note; nothing where all is well.

    libsndfile stops at damage, and behind the first of several streams, without a word.

    Args:
        data: the whole file.
        seconds: of audio decoded.
        rate: the stream's rate in Hz.
    """
    pages = list(_pages(memoryview(data)))
    streams = sum(bool(page.flags & _FIRST) for page in pages)
    if streams > 1:
        return f"{streams} OGG streams in one file: only the first was read"
    if not (pages and pages[-1].whole and any(page.flags & _LAST for page in pages)):
        return "truncated: the OGG stream has no whole last page"
    ticks = 48_000 if pages[0].body == b"OpusHead" else rate  # Opus counts at 48 kHz
    promised = max(page.granule for page in pages) / ticks
    if promised > seconds + _TOLERANCE_S:
        return f"damaged: the OGG stream promises {promised:.2f} s, {seconds:.2f} s were decoded"
    return ""


def _pages(view: memoryview) -> Iterator[_Page]:
    position = 0
    while position + _HEADER.size <= len(view):
        magic, _, flags, granule, *_, segments = _HEADER.unpack_from(view, position)
        if magic != b"OggS":  # damage: on to the next page
            behind = bytes(view[position + 1 : position + 1 + _SEARCH]).find(b"OggS")
            position += _SEARCH - 4 if behind < 0 else behind + 1
            continue
        body = position + _HEADER.size + segments
        end = body + sum(view[position + _HEADER.size : body])
        yield _Page(flags, granule, bytes(view[body : body + 8]), end <= len(view))
        position = end
