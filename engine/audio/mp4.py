"""The boxes of MP4, M4A, MOV and 3GP, walked without decoding: what they claim, held to the bytes.

*Reference*: ISO/IEC 14496-12, 4.2 (boxes), 8.7.3 (sample sizes) and 8.8.8 (track fragment runs).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import AudioError

_HOLD_BOXES = frozenset(b"moov trak mdia minf stbl edts udta mvex moof traf".split())
# where a box says how many packets it lists
_COUNT_AT = {b"stsz": 8, b"stz2": 8, b"trun": 4}
_PER_BYTE = 16  # QuickTime counts samples, not packets, where sound is compressed 8 to 1
_MAX_BOXES = 500_000  # six hours in fragments of a second have a third of that


class _Box(NamedTuple):
    """A box: its name, where its body begins, and where it says it ends."""

    name: bytes
    body: int
    end: int


def missing_end(data: bytes | memoryview) -> str:
    """A note where the file is shorter than its outermost boxes say, else nothing.

    Raises:
        AudioError: there is no index, or it claims more packets than the bytes can hold: FFmpeg
            sets memory aside for each, gigabytes for a file of a few hundred bytes.
    """
    view = memoryview(data)
    promised, packets, has_index = 0, 0, False
    for count, box in enumerate(_boxes(view)):
        promised = max(promised, box.end)
        has_index |= box.name == b"moov"
        at = box.body + _COUNT_AT.get(box.name, len(view))
        if at + 4 <= len(view):
            packets += struct.unpack_from(">I", view, at)[0]
        if packets > _PER_BYTE * len(view) or count > _MAX_BOXES:
            raise AudioError(
                f"an index that claims {packets:,} packets in {count:,} boxes: truncated or "
                f"damaged, for there are {len(view):,} bytes"
            )
    if not has_index:
        why = "truncated before it" if promised > len(view) else "was it cut, or never finished?"
        raise AudioError(f"no audio can be found without the file's index (its moov box): {why}")
    if promised <= len(view):
        return ""
    return f"truncated: the header promises {promised:,} bytes, {len(view):,} are there"


def _boxes(view: memoryview) -> Iterator[_Box]:
    """The outermost boxes, then those that they hold, and so on; of one that is cut, the rest."""
    pending = [(0, len(view))]
    while pending:
        start, end = pending.pop()
        while start + 8 <= end:
            box = _box(view, start, end)
            if box.end < box.body:  # a size that is none
                break
            yield box
            if box.name in _HOLD_BOXES:
                pending.append((box.body, min(box.end, end)))
            start = box.end


def _box(view: memoryview, start: int, end: int) -> _Box:
    size, name = struct.unpack_from(">I4s", view, start)
    if size == 1 and start + 16 <= end:  # a size of 64 bits follows
        (size,) = struct.unpack_from(">Q", view, start + 8)
        return _Box(name, start + 16, start + size)
    return _Box(name, start + 8, start + size if size else end)  # 0: up to the end
