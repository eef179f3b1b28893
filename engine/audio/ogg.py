"""OGG pages, walked without decoding: how much audio the stream says it holds.

*Reference*: RFC 3533, section 6 (pages); Vorbis I, A.2, and RFC 7845, section 4 (granules).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_HEADER = struct.Struct("<4sBBqIIIB")  # magic, version, flags, granule, serial, page, crc, segments
_FIRST, _LAST = 2, 4
_TOLERANCE_S = 0.05  # an encoder's delay may be counted in


def missing(data: bytes | memoryview, seconds: float, rate: int) -> str:
    """What an OGG promises beyond what was decoded, as a note; nothing where all is well.

    libsndfile stops at damage, and behind the first of several streams, without a word.

    Args:
        data: the whole file.
        seconds: of audio decoded.
        rate: the stream's rate in Hz.
    """
    streams, end, ended, whole = 0, 0.0, False, True
    ticks = rate
    for flags, granule, body, whole in _pages(memoryview(data)):
        if flags & _FIRST:
            streams += 1
            ticks = 48_000 if body[:8] == b"OpusHead" else rate  # Opus counts at 48 kHz
        if streams == 1:
            end, ended = max(end, granule / ticks), ended or bool(flags & _LAST)
    if streams > 1:
        return f"{streams} OGG streams one behind the other: only the first was read"
    if not (ended and whole):
        return "truncated: the OGG stream has no whole last page"
    if end > seconds + _TOLERANCE_S:
        return f"damaged: the OGG stream promises {end:.2f} s, {seconds:.2f} s were decoded"
    return ""


def _pages(view: memoryview) -> Iterator[tuple[int, int, bytes, bool]]:
    """(flags, granule, first bytes of the body, whether it is whole) of each page."""
    position = 0
    while position + _HEADER.size <= len(view):
        magic, _, flags, granule, *_, segments = _HEADER.unpack_from(view, position)
        if magic != b"OggS":  # damage: on to the next page
            behind = bytes(view[position + 1 : position + 1 + 131_072]).find(b"OggS")
            position += 131_072 - 4 if behind < 0 else behind + 1
            continue
        body = position + _HEADER.size + segments
        end = body + sum(view[position + _HEADER.size : body])
        yield flags, max(granule, 0), bytes(view[body : body + 8]), end <= len(view)
        position = end
