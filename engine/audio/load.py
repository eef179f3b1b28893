"""Any audio value to a clip: what can be decoded is decoded, and what was lost is said.

*Conventions*: samples are float32 [channels, frames], full scale = 1. Files are decoded from
bytes in blocks, so a header that claims two thousand million frames costs nothing.
"""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile

from ..errors import AudioError, EarmarkWarning
from . import mpeg, ogg, riff
from .clip import Clip
from .limits import LIMITS, Limits, fault
from .sniff import agrees, container, looks_like, missing_end
from .value import Encoded, file_name, open_value

NonFinite = Literal["error", "zero"]

_BLOCK_FRAMES = 1 << 17
_SMALL_BLOCK_FRAMES = 4096
# what libsndfile cannot read, and what to do about it
_UNREADABLE = {
    "m4a": "M4A/MP4 (AAC)",
    "aac": "AAC",
    "webm": "WebM or Matroska",
    "amr": "AMR",
    "wma": "Windows Media Audio",
}


def load_audio(
    value: Any,
    rate: int | None = None,
    *,
    nonfinite: NonFinite = "error",
    limits: Limits = LIMITS,
) -> Clip:
    """Decode any audio value.

    Args:
        value: a path, data URI, bytes, binary file, ``{"path"}``, ``{"bytes"}``, ``{"array",
            "sampling_rate"}``, ``{"data", "format"}`` or the ``input_audio`` part around it,
            ``(array, rate)``, a Hugging Face audio value, an array or tensor with ``rate``, or
            a pydub segment.
        rate: the rate in Hz of a bare array or tensor.
        nonfinite: what to do with NaN and infinity: ``error``, or ``zero`` with a warning.
        limits: what is refused.

    Returns:
        The clip. What was lost on the way is an `EarmarkWarning` each, and in ``clip.notes``.

    Raises:
        AudioError: nothing can be decoded, or a limit is passed; also a ValueError.

    >>> load_audio(([0.0, 0.5, -0.5], 16_000)).peak_dbfs
    -6.02...
    """
    name = file_name(value)
    try:
        clip = decode(value, rate, nonfinite=nonfinite, limits=limits)
    except AudioError as error:
        if not name or name in str(error):
            raise
        raise AudioError(f"{name}: {error}") from None
    for note in clip.notes:
        warnings.warn(f"{name}: {note}" if name else note, EarmarkWarning, stacklevel=2)
    return clip


def decode(
    value: Any,
    rate: int | None = None,
    *,
    nonfinite: NonFinite = "error",
    limits: Limits = LIMITS,
) -> Clip:
    """As `load_audio`, with what was lost only in ``clip.notes``: many clips at once need it."""
    source = open_value(value, rate, limits=limits)
    if isinstance(source, Encoded):
        return decode_bytes(source, nonfinite, limits)
    limits.check_shape(source.rate, len(source.samples))
    limits.check_frames(source.samples.shape[1], source.rate, len(source.samples))
    return _checked(source.samples, source.rate, (), "samples", nonfinite)


def decode_bytes(source: Encoded, nonfinite: NonFinite = "error", limits: Limits = LIMITS) -> Clip:
    """The clip in a file's bytes."""
    kind = recognise(source)
    notes = claim_notes(source, kind)
    if kind == "wav":
        samples, rate, lost = _decode_wav(source.data, limits)
    else:
        samples, rate, lost = _decode_soundfile(source.data, kind, limits)
    return _checked(samples, rate, (*notes, *lost), kind, nonfinite)


def recognise(source: Encoded) -> str:
    """The container of these bytes.

    Raises:
        AudioError: none that can be decoded, with what the bytes look like.
    """
    kind = container(source.data)
    if kind is None:
        raise AudioError(f"no audio: this is {looks_like(source.data)}")
    if kind in _UNREADABLE:
        raise AudioError(
            f"{_UNREADABLE[kind]} cannot be decoded here; convert it first, for example "
            "`ffmpeg -i clip.m4a clip.wav`"
        )
    return kind


def claim_notes(source: Encoded, kind: str) -> tuple[str, ...]:
    """A note where the extension or declared format names another container."""
    if source.claim and not agrees(source.claim, kind):
        return (f"called {source.claim!r}, but the content is {kind}",)
    return ()


def _checked(
    samples: npt.NDArray[np.float32],
    rate: int,
    notes: tuple[str, ...],
    source: str,
    nonfinite: NonFinite,
) -> Clip:
    if samples.shape[1] == 0:
        raise AudioError("no audio: there is not one frame in it")
    if found := fault(samples, rate):
        if nonfinite != "zero":
            raise AudioError(f"{found.what}; mend the source, or pass nonfinite='zero'")
        samples = np.where(found.mask, np.float32(0), samples)
        notes = (*notes, f"{found.what}; set to zero")
    return Clip(samples, rate, notes, source)


def _decode_wav(
    data: bytes | memoryview, limits: Limits
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    wave = riff.parse(data)
    limits.check_shape(wave.rate, wave.channels)
    if wave.size == 0:
        raise AudioError("no audio: the WAV has a header and not one frame")
    if not wave.is_linear:
        samples, rate, lost = _decode_soundfile(riff.repaired(data, wave), "wav", limits)
        return samples, rate, (*wave.notes, *lost)
    limits.check_frames(wave.frames, wave.rate, wave.channels)
    return riff.samples(data, wave), wave.rate, wave.notes


def _decode_soundfile(
    data: bytes | memoryview, kind: str, limits: Limits
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
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
