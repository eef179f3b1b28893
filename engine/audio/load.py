"""Any audio value to a clip: what can be decoded is decoded, and what was lost is said.

*Conventions*: samples are float32 [channels, frames], full scale = 1. Files are decoded from
bytes in blocks, so a header that claims two thousand million frames costs nothing.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, EarmarkWarning
from . import pyav, riff, sndfile
from .arrays import Samples
from .clip import Clip
from .limits import LIMITS, Limits, fault
from .segment import Segment
from .sniff import agrees, container, looks_like
from .value import Encoded, file_name, open_value

NonFinite = Literal["error", "zero"]


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
            a pydub segment. A dict may have an ``offset`` and a ``duration`` in seconds.
        rate: the rate in Hz of a bare array or tensor.
        nonfinite: what to do with NaN and infinity: ``error``, or ``zero`` with a warning.
        limits: what is refused.

    Returns:
        The clip. What was lost on the way is an `EarmarkWarning` each, and in ``clip.notes``.

    Raises:
        AudioError: nothing can be decoded, or a limit is passed; also a ValueError. M4A, AAC,
            AMR, WMA and video containers need the extra ``av``.

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
    return decode_source(open_value(value, rate, limits=limits), nonfinite, limits)


def decode_source(
    source: Encoded | Samples, nonfinite: NonFinite = "error", limits: Limits = LIMITS
) -> Clip:
    """The clip in a file's bytes, or of samples; where a segment is meant, no more than that.

    Limits hold for what is decoded: some formats must be from their beginning up to the segment.
    """
    notes: tuple[str, ...] = ()
    if isinstance(source, Samples):
        samples, rate, kind = source.samples, source.rate, "samples"
        limits.check_shape(rate, len(samples))
        limits.check_frames(samples.shape[1], rate, len(samples))
        if source.segment:
            samples, notes = source.segment.cut(samples, rate)
    else:
        kind = recognise(source)
        samples, rate, lost = _decode_file(source, kind, limits)
        notes = (*claim_notes(source, kind), *lost)
    return _checked(samples, rate, notes, kind, nonfinite)


def recognise(source: Encoded) -> str:
    """The container of these bytes.

    Raises:
        AudioError: none that can be decoded, with what the bytes look like.
    """
    kind = container(source.data)
    if kind is None:
        raise AudioError(f"no audio: this is {looks_like(source.data)}")
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


def _decode_file(
    source: Encoded, kind: str, limits: Limits
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    if kind == "wav":
        return _decode_wav(source.data, limits, source.segment)
    if kind in pyav.DEMUXERS:
        return pyav.read(source.data, kind, limits, source.segment)
    return sndfile.read(source.data, kind, limits, source.segment)


def _decode_wav(
    data: bytes | memoryview, limits: Limits, segment: Segment | None
) -> tuple[npt.NDArray[np.float32], int, tuple[str, ...]]:
    wave = riff.parse(data)
    limits.check_shape(wave.rate, wave.channels)
    if wave.size == 0:
        raise AudioError("no audio: the WAV has a header and not one frame")
    if not wave.is_linear:
        samples, rate, lost = sndfile.read(riff.repaired(data, wave), "wav", limits, segment)
        return samples, rate, (*wave.notes, *lost)
    first, end, lost = 0, wave.frames, ()
    if segment:
        first, end, lost = segment.within(wave.frames, wave.rate)
    limits.check_frames(end - first, wave.rate, wave.channels)
    return riff.samples(data, wave, first, end), wave.rate, (*wave.notes, *lost)
