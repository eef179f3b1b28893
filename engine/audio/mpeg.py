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
    """What an MP3 holds.

    Attributes:
        rate: Hz.
        channels: 1 or 2.
        frames: samples a channel, without the encoder's delay and padding where a tag tells.
        count: MPEG frames, without one that holds only a tag.
        notes: what does not add up.
    """

    rate: int
    channels: int
    frames: int
    count: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tag:
    """A Xing/Info tag: what it promises, where it says so, and the samples to be trimmed."""

    promised: int | None
    count_at: int | None
    size_at: int | None
    trimmed: int


def walk(data: bytes | memoryview) -> Mpeg:
    """Hop from header to header, over what is no audio between them.

    Raises:
        AudioError: there is not one whole MPEG frame.
    """
    view = memoryview(data)
    position = first = _first_frame(view)
    head = _parse(view, first)
    assert head is not None  # _first_frame found it
    _, per_frame, rate, channels = head
    samples, count, lost, is_cut = 0, 0, 0, False
    while position + 4 <= len(view):
        head = _parse(view, position)
        if head is None:
            behind = _resync(view, position)
            lost += 0 if _is_tag(view[position:behind]) else behind - position
            position = behind
        elif position + head[0] > len(view):
            is_cut = True
            break
        else:
            samples, count, position = samples + head[1], count + 1, position + head[0]
    tag = _tag(view, first)
    if tag is not None:  # the tag's own frame holds no audio
        samples, count = samples - per_frame - tag.trimmed, count - 1
    if samples <= 0:
        raise AudioError("no audio: not one whole MPEG frame is in this mp3")
    notes = _notes(tag.promised if tag else None, count, lost, is_cut)
    return Mpeg(rate, channels, samples, count, notes)


def mended(data: bytes | memoryview) -> tuple[bytes | memoryview, tuple[str, ...]]:
    """The data with a Xing/Info tag that is true, and what does not add up.

    libsndfile takes the length of an MP3 from that tag. Where there is none it guesses from the
    first frames and reads no further than that, so one is put in front; where it promises less
    than there is, as in files put one behind the other, the rest would be lost; where the size
    in it is wrong, mpg123 writes to stderr.
    """
    view = memoryview(data)
    try:
        first = _first_frame(view)
    except AudioError:
        return data, ()
    tag = _tag(view, first)
    if tag is None and view[first + 1] >> 1 & 3 == 1:  # layer III, which alone has such tags
        found = walk(view[first:])
        return _tagged(view[first:], found.count), found.notes
    if tag is None or tag.size_at is None:
        return data, ()
    size = len(view) - first
    if struct.unpack_from(">I", view, tag.size_at)[0] == size or size > 0xFFFFFFFF:
        return data, ()
    found = walk(view)
    copy = bytearray(data)
    struct.pack_into(">I", copy, tag.size_at, size)
    if tag.count_at is not None and found.count > (tag.promised or 0):
        struct.pack_into(">I", copy, tag.count_at, found.count)
    return bytes(copy), found.notes


def _notes(promised: int | None, count: int, lost: int, is_cut: bool) -> tuple[str, ...]:
    notes = []
    if is_cut:
        notes.append("truncated: the last MPEG frame is cut")
    elif promised is not None and count < promised:
        notes.append(
            f"truncated: the header promises {promised:,} MPEG frames, {count:,} are there"
        )
    if promised is not None and count > promised:
        notes.append(f"the header promises {promised:,} MPEG frames, {count:,} are there")
    if lost:
        notes.append(f"{lost:,} bytes between or behind the MPEG frames are no audio")
    return tuple(notes)


def _is_tag(gap: memoryview) -> bool:
    """Whether what stands between frames is a player's tag, or nothing but zeros."""
    return bytes(gap[:3]) in _TAGS or not any(gap)


def _resync(view: memoryview, position: int) -> int:
    """Where the next MPEG frame stands that another one follows; the end where there is none."""
    while position < len(view):
        window = bytes(view[position : position + _SEARCH])
        place = window.find(b"\xff")
        while place >= 0:
            head = _parse(view, position + place)
            if head is not None and _parse(view, position + place + head[0]) is not None:
                return position + place
            place = window.find(b"\xff", place + 1)
        position += len(window)
    return len(view)


def _tagged(view: memoryview, count: int) -> bytes:
    """These MPEG frames behind one of the same kind with a Xing tag: frames and bytes.

    The tag stands where a frame's first data bit would, behind the header and the side
    information. The highest bit rate makes the frame long enough for it.
    """
    header = memoryview(bytes((0xFF, view[1] | 1, 0xE0 | view[2] & 0x0C, view[3])))
    head = _parse(header, 0)
    assert head is not None  # the header of a frame that was found, at another bit rate
    size, per_frame, _, channels = head
    side = {(1152, 2): 32, (1152, 1): 17, (576, 2): 17, (576, 1): 9}[per_frame, channels]
    tag = struct.pack(">4sIII", b"Xing", 3, count, size + len(view))
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


def _tag(view: memoryview, first: int) -> _Tag | None:
    """The Xing/Info tag in the first frame; LAME's part of it tells delay and padding."""
    head = bytes(view[first : first + 64])
    for name in (b"Xing", b"Info"):
        start = first + head.find(name, 4)
        if start <= first or start + 16 > len(view):
            continue
        (flags,) = struct.unpack_from(">I", view, start + 4)
        has_count, has_size = flags & 1, flags >> 1 & 1
        promised = struct.unpack_from(">I", view, start + 8)[0] if has_count else None
        lame = start + 8 + 4 * has_count + 4 * has_size + 100 * (flags >> 2 & 1) + (flags & 8) // 2
        gaps = bytes(view[lame + 21 : lame + 24])  # 12 bits of delay, 12 of padding
        trimmed = 0
        if bytes(view[lame : lame + 4]) in (b"LAME", b"Lavc", b"Lavf") and len(gaps) == 3:
            trimmed = (gaps[0] << 4 | gaps[1] >> 4) + ((gaps[1] & 15) << 8 | gaps[2])
        return _Tag(
            promised,
            start + 8 if has_count else None,
            start + 8 + 4 * has_count if has_size else None,
            trimmed,
        )
    return None
