"""Files to samples by libsndfile, which reads them in blocks: what it stops at is told.

*Conventions*: samples are float32 [channels, frames], full scale = 1.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import soundfile

from ..errors import AudioError
from . import mpeg, ogg
from .limits import Limits
from .sniff import missing_end

_BLOCK_FRAMES = 1 << 17
_SMALL_BLOCK_FRAMES = 4096


def read(
    data: bytes | memoryview, kind: str, limits: Limits
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    """Decode a file of this container.

    Returns:
        Samples, their rate in Hz, and what was lost.

    Raises:
        AudioError: libsndfile cannot read it, or a limit is passed.
    """
    data, notes = mpeg.mended(data) if kind == "mp3" else (data, ())
    try:
        blocks, damage, promised, rate, _ = _read_blocks(data, _BLOCK_FRAMES, limits)
        if damage:  # once more in small steps: a block that fails is lost as a whole
            blocks, damage, *_ = _read_blocks(data, _SMALL_BLOCK_FRAMES, limits)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{kind} that cannot be decoded: {error.error_string}") from None
    frames = sum(map(len, blocks))
    if frames == 0:
        raise AudioError(f"no audio: not one frame of this {kind} can be decoded")
    samples = (blocks[0] if len(blocks) == 1 else np.concatenate(blocks)).T
    if damage:
        lost = f"truncated or damaged: decoding stopped after {frames / rate:.3f} s ({damage})"
    elif frames < promised:
        lost = f"truncated: the header promises {promised:,} frames, {frames:,} are there"
    elif kind == "ogg":
        lost = ogg.missing(data, frames / rate, rate)
    else:
        lost = missing_end(data, kind)
    return samples, rate, notes or ((lost,) if lost else ())


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from its beginning to its end.

    After each read of a seekable file soundfile seeks to where it already is. That costs a
    fifth of the time, and in an MP3 the bits that a frame borrows from those before it: what
    follows each block comes out wrong, by -48 dBFS as measured.
    """

    def __init__(self, source: int | io.BytesIO) -> None:
        super().__init__(source, closefd=False)

    def seekable(self) -> bool:
        """Never, whatever the file can do."""
        return False


class _File(io.BytesIO):
    """Bytes in which a seek to nowhere stays where it is: soundfile prints what a seek raises."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return super().seek(offset, whence)
        except (OverflowError, ValueError):
            return self.tell()


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


def _read_blocks(
    data: bytes | memoryview, size: int, limits: Limits
) -> tuple[list[npt.NDArray[np.float32]], str, int, int, int]:
    """Blocks of [frames, channels], what stopped the decoder early, and the header's claims."""
    blocks: list[npt.NDArray[np.float32]] = []
    frames, damage = 0, ""
    with _in_memory(data) as source, _Stream(source) as file:
        rate, channels, promised = file.samplerate, file.channels, file.frames
        limits.check_shape(rate, channels)
        while True:
            try:
                block = file.read(size, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                damage = error.error_string
                break
            if len(block) == 0:
                break
            frames += len(block)
            limits.check_frames(frames, rate, channels)
            blocks.append(block)
    return blocks, damage, promised, rate, channels
