"""What is refused, whatever a library would accept: one table, checked against real bytes.

*Conventions*: a refusal names the limit and the value. Nothing is allocated, and no duration
reported, from what a header claims: 64 bytes can claim two thousand million frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import AudioError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a clip.

    Attributes:
        min_rate, max_rate: sampling rate in Hz.
        max_channels: channels.
        max_duration_s: seconds of audio.
        max_encoded_bytes: size of the file or the bytes as they came.
        max_decoded_bytes: size of the samples as float32.
    """

    min_rate: int = 1_000
    max_rate: int = 384_000
    max_channels: int = 32
    max_duration_s: float = 6 * 3600.0
    max_encoded_bytes: int = 2 * 1024**3
    max_decoded_bytes: int = 6 * 1024**3

    def check_encoded(self, size: int) -> None:
        """Refuse more encoded bytes than ``max_encoded_bytes``."""
        if size > self.max_encoded_bytes:
            raise AudioError(
                f"{size:,} bytes of encoded audio: the limit is {self.max_encoded_bytes:,}; "
                "cut the clip"
            )

    def check_shape(self, rate: int, channels: int) -> None:
        """Refuse a rate or a number of channels outside the bounds."""
        if not self.min_rate <= rate <= self.max_rate:
            raise AudioError(
                f"a sampling rate of {rate:,} Hz is outside {self.min_rate:,} to "
                f"{self.max_rate:,} Hz"
            )
        if not 1 <= channels <= self.max_channels:
            raise AudioError(f"{channels} channels: 1 to {self.max_channels} are taken")

    def check_frames(self, frames: int, rate: int, channels: int) -> None:
        """Refuse a length, in time or in decoded bytes, beyond the bounds."""
        if frames > self.max_duration_s * rate:
            raise AudioError(
                f"{frames / rate:,.0f} s of audio: the limit is {self.max_duration_s:,.0f} s; "
                "cut the clip"
            )
        if frames * channels * 4 > self.max_decoded_bytes:
            raise AudioError(
                f"{frames * channels * 4:,} bytes of decoded audio: the limit is "
                f"{self.max_decoded_bytes:,}; cut the clip, or lower its rate or channels"
            )


LIMITS = Limits()
_MAX_AMPLITUDE = 1e9  # far beyond any scale; its square still fits float32 everywhere below


@dataclass(frozen=True, slots=True)
class Fault:
    """Samples that are no sound: which ones, as a mask of their array, and a sentence on them."""

    mask: npt.NDArray[np.bool_]
    what: str


def fault(samples: npt.NDArray[np.float32], rate: int) -> Fault | None:
    """The samples that are NaN, infinite or over 1e9; None where there are none.

    Args:
        samples: float32 [channels, frames].
        rate: Hz, to say when.

    >>> print(fault(np.zeros((1, 4), np.float32), 16_000))
    None
    """
    # NaN passes through max and min, and fails both comparisons; no BLAS here, whose threads
    # spin on other processors for the sake of one sum
    if samples.max() <= _MAX_AMPLITUDE and samples.min() >= -_MAX_AMPLITUDE:
        return None
    with np.errstate(invalid="ignore"):
        mask = ~(np.abs(samples) <= _MAX_AMPLITUDE)
    if not mask.any():
        return None
    channel, frame = np.argwhere(mask)[0]
    return Fault(
        mask,
        f"{int(mask.sum()):,} samples are NaN or infinite (or over 1e9 times full scale), the "
        f"first, {samples[channel, frame]:g}, at frame {frame} ({frame / rate:.3f} s) of channel "
        f"{channel}",
    )
