"""Files to samples by libsndfile, which reads them in blocks: what it stops at is told.

*Conventions*: samples are float32 [channels, frames], full scale = 1.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from ..errors import AudioError
from . import mpeg, ogg
from .limits import Limits
from .segment import Segment
from .sniff import missing_end

_BLOCK_FRAMES = 1 << 17
_SMALL_BLOCK_FRAMES = 4096
# each frame stands for itself, so that a seek is exact; an MP3 frame, Vorbis and Opus lean on
# what was decoded before them, and libsndfile finds some frames of Vorbis in the wrong place
_SOUGHT_KINDS = ("flac", "aiff", "au", "caf", "w64", "rf64", "wav")
_SOUGHT_SUBTYPES = (
    *("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"),
)


class _Part(NamedTuple):
    """What was decoded.

    Attributes:
        blocks: [frames, channels] each.
        first, end: the frame that they begin with, and the one behind the last.
        rate, promised: Hz and frames, as the header has them.
        damage: what stopped the decoder early, may be empty.
        is_whole: whether nothing behind the end was left unread.
    """

    blocks: list[npt.NDArray[np.float32]]
    first: int
    end: int
    rate: int
    promised: int
    damage: str
    is_whole: bool


def read(
    data: bytes | memoryview, kind: str, limits: Limits, segment: Segment | None = None
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    """Decode a file of this container, or no more of it than a segment needs.

    Returns:
        Samples, their rate in Hz, and what was lost.

    Raises:
        AudioError: libsndfile cannot read it, or a limit is passed.
    """
    data, notes = mpeg.mended(data) if kind == "mp3" else (data, ())
    try:
        part = _sought(data, kind, limits, segment) if segment else None
        if part is None:
            may_stop = segment and not notes and _tells_gaps(data, kind)
            part = _from_the_beginning(data, limits, segment if may_stop else None)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{kind} that cannot be decoded: {error.error_string}") from None
    if part.end == 0:
        raise AudioError(f"no audio: not one frame of this {kind} can be decoded")
    notes = notes or tuple(filter(None, (_lost(data, kind, part),)))
    start, end, missing = segment.within(part.end, part.rate) if segment else (0, part.end, ())
    samples = (part.blocks[0] if len(part.blocks) == 1 else np.concatenate(part.blocks)).T
    if (start, end) != (part.first, part.end):  # a view would keep all of it in memory
        samples = samples[:, start - part.first : end - part.first].copy()
    return samples, part.rate, (*notes, *missing)


def _sought(data: bytes | memoryview, kind: str, limits: Limits, segment: Segment) -> _Part | None:
    """The frames of the segment alone; None where they cannot be had, or not be relied on."""
    if kind not in _SOUGHT_KINDS:
        return None
    with contextlib.suppress(soundfile.LibsndfileError), _Stream(_File(data)) as file:
        start, stop = segment.span(file.samplerate)
        stop = file.frames if stop is None else min(stop, file.frames)
        if file.subtype not in _SOUGHT_SUBTYPES or start >= stop or file.seek(start) != start:
            return None
        part = _read_blocks(file, _BLOCK_FRAMES, limits, (start, stop), position=start)
        return part if part.end == stop else None
    return None


def _from_the_beginning(data: bytes | memoryview, limits: Limits, segment: Segment | None) -> _Part:
    """All frames up to the end of a segment, or of the file."""
    for size in (_BLOCK_FRAMES, _SMALL_BLOCK_FRAMES):
        with _in_memory(data) as source, _Stream(source) as file:
            span = segment.span(file.samplerate) if segment else (0, None)
            part = _read_blocks(file, size, limits, span)
        if not part.damage:  # else once more in small steps: a block that fails is lost as a whole
            break
    return part


def _tells_gaps(data: bytes | memoryview, kind: str) -> bool:
    """Whether what may be missing before a segment is known without decoding what is behind it.

    Where a gap is skipped in silence, only the length of the whole tells that all behind it
    comes too early.
    """
    if kind != "mp3":
        return kind != "ogg"
    try:
        return not mpeg.walk(data).notes
    except AudioError:
        return False


def _read_blocks(
    file: soundfile.SoundFile,
    size: int,
    limits: Limits,
    span: tuple[int, int | None],
    position: int = 0,
) -> _Part:
    """Read on from where the file stands up to the end of the span, and keep what touches it."""
    start, stop = span
    blocks: list[npt.NDArray[np.float32]] = []
    rate, channels, damage = file.samplerate, file.channels, ""
    limits.check_shape(rate, channels)
    first = end = position
    while stop is None or end < stop:
        try:
            count = size if stop is None else min(size, stop - end)
            block = file.read(count, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            damage = error.error_string
            break
        if len(block) == 0:
            break
        end += len(block)
        limits.check_frames(end - position, rate, channels)
        if end > start:
            blocks.append(block)
        else:
            first = end
    return _Part(blocks, first, end, rate, file.frames, damage, stop is None or end < stop)


def _lost(data: bytes | memoryview, kind: str, part: _Part) -> str:
    """A note on what was lost; of what lies behind a segment, only what headers tell."""
    seconds = part.end / part.rate
    if part.damage:
        return f"truncated or damaged: decoding stopped after {seconds:.3f} s ({part.damage})"
    if part.is_whole and part.end < part.promised:
        return f"truncated: the header promises {part.promised:,} frames, {part.end:,} are there"
    if kind == "ogg":
        return ogg.missing(data, seconds if part.is_whole else math.inf, part.rate)
    return missing_end(data, kind)


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from its beginning to its end.

    After each read of a seekable file soundfile seeks to where it already is. That costs a
    fifth of the time, and in an MP3 the bits that a frame borrows from those before it: what
    follows each block comes out wrong, by -48 dBFS as measured.
    """

    def __init__(self, source: int | _File) -> None:
        super().__init__(source, closefd=False)

    def seekable(self) -> bool:
        """Never, whatever the file can do."""
        return False


class _File(io.RawIOBase):
    """Bytes as a file, not copied, in which a seek to nowhere stays where it is.

    soundfile prints what a seek raises.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self._view = memoryview(data)
        self._position = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go there, if that is in the file or behind it."""
        place = offset + (0, self._position, len(self._view))[whence]
        if place >= 0:
            self._position = place
        return self._position

    def tell(self) -> int:
        """Where it is."""
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, as far as there are bytes."""
        part = self._view[self._position : self._position + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)


@contextlib.contextmanager
def _in_memory(data: bytes | memoryview) -> Iterator[int | _File]:
    """The bytes as something soundfile opens.

    A file in memory, where the system has such, is read by libsndfile itself; a file of
    Python's takes the interpreter's lock for every few kilobytes, and two threads then do 1.6
    times the work of one instead of 1.9.
    """
    if not hasattr(os, "memfd_create"):
        yield _File(data)
        return
    handle = os.memfd_create("clip")
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(data)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)
