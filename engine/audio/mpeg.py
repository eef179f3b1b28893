"""MPEG audio (MP3) frames, walked without decoding: how much audio is really there.

*Reference*: ISO/IEC 11172-3, 2.4.2.3 (header) and 2.4.3.1 (frame length); 13818-3 for the
lower rates; the Xing/Info tag as LAME writes it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..errors import AudioError

_RATES = (44_100, 48_000, 32_000)  # MPEG-1; halved for MPEG-2, quartered for 2.5
_KBPS = {  # (is MPEG-1, layer) -> kbit/s by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_TAGS = (b"TAG", b"APE", b"LYR", b"ID3")  # what may follow the last frame
_SEARCH = 65_536


@dataclass(frozen=True, slots=True)
class Mpeg:
    """What an MP3 holds: rate in Hz, channels, samples a channel, and what does not add up."""

    rate: int
    channels: int
    frames: int
    notes: tuple[str, ...]


def walk(data: bytes | memoryview) -> Mpeg:
    """Hop from header to header.

    ``frames`` counts decoded samples a channel (1152 or fewer an MPEG frame), with the few
    hundred of encoder delay that decoders may trim.

    Raises:
        AudioError: there is not one whole MPEG frame.
    """
    view = memoryview(data)
    position = first = _first_frame(view)
    head = _parse(view, position)
    assert head is not None  # _first_frame found it
    _, per_frame, rate, channels = head
    promised = _promised(view, first)
    total = -per_frame if promised is not None else 0  # the tag's own frame holds no audio
    notes: list[str] = []
    while (head := _parse(view, position)) is not None:
        if position + head[0] > len(view):
            notes.append("truncated: the last MPEG frame is cut")
            break
        total += head[1]
        position += head[0]
    else:
        rest = bytes(view[position : position + 3])
        if any(rest) and rest not in _TAGS:
            notes.append(f"{len(view) - position:,} bytes after the last MPEG frame are no audio")
    if total <= 0:
        raise AudioError("no audio: not one whole MPEG frame is in this mp3")
    if promised is not None and total < promised * per_frame and not notes:
        notes.append(f"truncated: the header promises {promised:,} MPEG frames, fewer are there")
    return Mpeg(rate, channels, total, tuple(notes))


def mended(data: bytes | memoryview) -> tuple[bytes | memoryview, tuple[str, ...]]:
    """The data with a Xing/Info tag that is true, and what does not add up.

    libsndfile takes the length of an MP3 from that tag. Where there is none it guesses from the
    first frames and reads no further than that, so one is put in front; where the size in it is
    wrong, as after truncation, mpg123 writes to stderr.
    """
    view = memoryview(data)
    try:
        first = _first_frame(view)
    except AudioError:
        return data, ()
    place, flags = _tag(view, first) or (0, 0)
    if not place and view[first + 1] >> 1 & 3 == 1:  # layer III, which alone has such tags
        found = walk(view[first:])
        return _tagged(view[first:], found.frames), found.notes
    field = place + (12 if flags & 1 else 8)  # behind the number of frames
    if not flags & 2 or struct.unpack_from(">I", view, field)[0] == len(view) - first:
        return data, ()
    copy = bytearray(data)
    struct.pack_into(">I", copy, field, len(view) - first)
    return bytes(copy), ()


def _tagged(view: memoryview, frames: int) -> bytes:
    """These MPEG frames behind one of the same kind with a Xing tag: frames and bytes.

    The tag stands where a frame's first data bit would, behind the header and the side
    information. The highest bit rate makes the frame long enough for it.
    """
    header = memoryview(bytes((0xFF, view[1] | 1, 0xE0 | view[2] & 0x0C, view[3])))
    head = _parse(header, 0)
    assert head is not None  # the header of a frame that was found, at another bit rate
    size, per_frame, _, channels = head
    side = {(1152, 2): 32, (1152, 1): 17, (576, 2): 17, (576, 1): 9}[per_frame, channels]
    tag = struct.pack(">4sIII", b"Xing", 3, frames // per_frame, size + len(view))
    return (bytes(header) + bytes(side) + tag).ljust(size, b"\0") + bytes(view)


def _first_frame(view: memoryview) -> int:
    """Behind an ID3 tag and junk: a header that another one follows, or that ends the data."""
    start = 0
    if bytes(view[:3]) == b"ID3" and len(view) > 10:
        size = view[6] << 21 | view[7] << 14 | view[8] << 7 | view[9]
        start = 10 + size
    for position in range(start, min(start + _SEARCH, len(view) - 4)):
        head = _parse(view, position)
        if head is not None:
            behind = position + head[0]
            if behind >= len(view) - 4 or _parse(view, behind) is not None:
                return position
    raise AudioError("no audio: not one MPEG frame is in this mp3")


def _parse(view: memoryview, position: int) -> tuple[int, int, int, int] | None:
    """(bytes, samples, rate, channels) of the frame whose header stands here, or None."""
    if position + 4 > len(view) or view[position] != 0xFF or view[position + 1] & 0xE0 != 0xE0:
        return None
    second, third = view[position + 1], view[position + 2]
    version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)  # version 3: MPEG-1, 2: 2, 0: 2.5
    index, rate_index, padding = third >> 4, third >> 2 & 3, third >> 1 & 1
    if version == 1 or layer == 4 or index in (0, 15) or rate_index == 3:
        return None
    is_first = version == 3
    kbps = _KBPS[(is_first, layer if is_first else min(layer, 2))][index]
    rate = _RATES[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 384 if layer == 1 else 1152 if is_first or layer == 2 else 576
    slot = 4 if layer == 1 else 1
    size = (samples // 8 * kbps * 1000 // rate // slot + padding) * slot
    return size, samples, rate, 1 if view[position + 3] >> 6 == 3 else 2


def _promised(view: memoryview, first: int) -> int | None:
    """How many MPEG frames the Xing/Info tag in the first frame promises; None without one."""
    tag = _tag(view, first)
    if tag is None:
        return None
    place, flags = tag
    return int(struct.unpack_from(">I", view, place + 8)[0]) if flags & 1 else 0


def _tag(view: memoryview, first: int) -> tuple[int, int] | None:
    """Where the Xing/Info tag in the first frame begins, and the flags of the fields it has."""
    head = bytes(view[first : first + 64])
    for name in (b"Xing", b"Info"):
        place = first + head.find(name, 4)
        if place > first and place + 16 <= len(view):
            return place, struct.unpack_from(">I", view, place + 4)[0]
    return None
