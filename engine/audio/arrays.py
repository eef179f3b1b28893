"""Somebody's array as samples: arrays, tensors, decoders and segments, known by their shape.

*Conventions*: samples are float32 [channels, frames], full scale = 1. Integers are scaled by
their type's full scale; floats are taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import AudioError
from .limits import LIMITS
from .segment import Segment


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples as somebody's array.

    Attributes:
        samples: float32 [channels, frames].
        rate: Hz.
        segment: the part of them that is meant; None for the whole.
    """

    samples: npt.NDArray[np.float32]
    rate: int
    segment: Segment | None = None


def as_planar(array: Any) -> npt.NDArray[np.float32]:
    """Somebody's array as float32 [channels, frames], full scale = 1.

    Two dimensions are [channels, frames], with more frames than channels; [frames, channels] is
    taken where only that can be meant: more than 32 in one direction, at most 32 in the other.

    Raises:
        AudioError: another number of dimensions, two that could be read both ways, or a type
            without a full scale.
    """
    for step in ("detach", "cpu"):  # a torch tensor, perhaps on a device
        if hasattr(array, step):
            array = getattr(array, step)()
    if str(getattr(array, "dtype", "")) == "torch.bfloat16":  # NumPy has no such type
        array = array.float()
    try:
        samples = np.asarray(array)
    except (TypeError, ValueError) as error:  # a type NumPy lacks; lists of different lengths
        raise AudioError(f"the samples form no array: {error}") from None
    if samples.ndim == 1:
        samples = samples[np.newaxis]
    if samples.ndim != 2:
        raise AudioError(
            f"an array of shape {samples.shape}: one clip is [frames] or [channels, frames]"
        )
    return unit_scale(_channels_first(samples))


def _channels_first(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    rows, columns = samples.shape
    if rows == 1 or (rows < columns and rows <= LIMITS.max_channels):
        return samples
    if columns == 1 or (columns <= LIMITS.max_channels < rows):
        return samples.T
    raise AudioError(
        f"an array of shape {samples.shape} could be [channels, frames] or [frames, channels]: "
        "at most 32 in one direction and more than 32 in the other can be told apart"
    )


def unit_scale(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Samples of any common type as float32, full scale = 1.

    Raises:
        AudioError: a type without a full scale.

    >>> unit_scale(np.array([[-32768, 16384]], np.int16)).tolist()
    [[-1.0, 0.5]]
    """
    kind, width = samples.dtype.kind, samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinite, and is refused
            return np.ascontiguousarray(samples, np.float32)
    if kind == "i" and width <= 4:
        scale = np.float32(2.0 ** (1 - 8 * width))
        return np.ascontiguousarray(samples, np.float32) * scale
    if samples.dtype == np.uint8:  # as in 8-bit WAV, 128 is zero
        return (np.ascontiguousarray(samples, np.float32) - 128) / np.float32(128)
    raise AudioError(
        f"samples of type {samples.dtype} have no full scale: give floats in [-1, 1], or "
        "integers of 8, 16 or 32 bits, for example array.astype('int16')"
    )


def whole_rate(rate: Any) -> int:
    """A rate in Hz as the integer it is; text of digits is taken too.

    Raises:
        AudioError: it is no whole number.
    """
    try:
        whole = int(rate)
    except (TypeError, ValueError, OverflowError):
        raise AudioError(f"{rate!r} is no sampling rate; give it in Hz, as in 16000") from None
    if not isinstance(rate, str) and whole != rate:
        raise AudioError(f"a sampling rate of {rate!r} Hz is no whole number")
    return whole


def from_decoder(decoder: Any) -> Samples:
    """A torchcodec AudioDecoder, as Hugging Face's datasets give it."""
    decoded = decoder.get_all_samples()
    return Samples(as_planar(decoded.data), whole_rate(decoded.sample_rate))


def from_segment(segment: Any) -> Samples:
    """A pydub AudioSegment: interleaved integers of ``sample_width`` bytes."""
    interleaved = np.array(segment.get_array_of_samples())
    scale = np.float32(2.0 ** (1 - 8 * segment.sample_width))
    planar = np.ascontiguousarray(interleaved.reshape(-1, segment.channels).T, np.float32)
    return Samples(planar * scale, whole_rate(segment.frame_rate))
