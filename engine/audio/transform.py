"""Mix down, resample, change the level: what is asked for, and nothing else.

*Conventions*: pure functions from clip to clip; what they could not do is in ``notes``.
Mixing comes before resampling: both are linear, so the result is the same, and two channels
cost the resampler twice as much as one (benchmarks/RESULTS.md).

*Reference*: soxr's HQ recipe: pass band to 0.913 of Nyquist, images below -120 dB.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import soxr

from ..errors import AudioError, ConfigError
from .arrays import whole_rate
from .clip import Clip
from .limits import LIMITS
from .loudness import integrated

CEILING_DBFS = -1.0


@dataclass(frozen=True, slots=True)
class Level:
    """One target for the level of a clip.

    Raises:
        ConfigError: none or several targets, one that is not finite, or a peak above 0 dBFS.
    """

    lufs: float | None = None
    peak_dbfs: float | None = None
    rms_dbfs: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.lufs, self.peak_dbfs, self.rms_dbfs) if v is not None]
        if len(given) != 1:
            raise ConfigError(
                f"{len(given)} targets: give one of lufs=, peak_dbfs= and rms_dbfs=, as in lufs=-23"
            )
        if not -100 <= given[0] <= 0:
            raise ConfigError(f"a target level of {given[0]} is outside -100 to 0 dB")


@dataclass(frozen=True, slots=True)
class Transform:
    """What is asked of every clip; an attribute of None leaves that as it is."""

    rate: int | None = None
    channels: int | None = None
    level: Level | None = None

    def __post_init__(self) -> None:
        if self.channels not in (None, 1):
            raise ConfigError(f"channels={self.channels}: 1 mixes down, or leave it out")
        if self.rate is not None:
            LIMITS.check_shape(whole_rate(self.rate), 1)

    @property
    def is_identity(self) -> bool:
        """Whether nothing was asked for."""
        return self == Transform()

    def __call__(self, clip: Clip) -> Clip:
        """The clip with everything done that was asked for."""
        if self.channels == 1:
            clip = mixed_down(clip)
        if self.rate is not None:
            clip = resampled(clip, self.rate)
        return normalised(clip, self.level) if self.level else clip


def mixed_down(clip: Clip) -> Clip:
    """The mean of the channels, [1, frames]; one channel is returned as it is."""
    if clip.channels == 1:
        return clip
    mono = clip.samples[0] + clip.samples[1]  # adding rows: 3 times as fast as .mean(0)
    for channel in clip.samples[2:]:
        mono += channel
    mono *= np.float32(1 / clip.channels)
    return replace(clip, samples=mono[np.newaxis])


def resampled(clip: Clip, rate: int) -> Clip:
    """At another rate, [channels, round(frames * rate / clip.rate)]."""
    rate = whole_rate(rate)
    LIMITS.check_shape(rate, clip.channels)
    if rate == clip.rate:
        return clip
    if clip.channels == 1:
        out = soxr.resample(clip.samples[0], clip.rate, rate, quality="HQ")[np.newaxis]
    else:
        out = soxr.resample(clip.samples.T, clip.rate, rate, quality="HQ").T
    if out.shape[1] == 0:
        raise AudioError(f"{clip.frames} frames at {clip.rate} Hz are none at {rate} Hz")
    return replace(clip, samples=np.ascontiguousarray(out, np.float32), rate=rate)


def normalised(clip: Clip, level: Level) -> Clip:
    """At a target level; the gain stops where the peak reaches -1 dBFS, and says so."""
    highest = peak(clip.samples)
    if level.peak_dbfs is not None:
        what, unit, target, now = "peak", "dBFS", level.peak_dbfs, decibels(highest)
    elif level.rms_dbfs is not None:
        what, unit, target, now = "RMS", "dBFS", level.rms_dbfs, decibels(rms(clip.samples))
    else:
        assert level.lufs is not None  # a Level has exactly one target
        what, unit, target = "loudness", "LUFS", level.lufs
        now = integrated(clip.samples, clip.rate)
    if now == -math.inf:
        return _noted(clip, f"silence has no {what} to bring to {target:g} {unit}; left as it is")
    gain = target - now
    if what != "peak":
        ceiling = CEILING_DBFS - decibels(highest)
        if gain > ceiling:
            clip = _noted(
                clip,
                f"{what} of {target:g} {unit} not reached: the gain stopped at {now + ceiling:.1f} "
                f"{unit}, where the peak is {CEILING_DBFS:g} dBFS",
            )
            gain = ceiling
    return replace(clip, samples=clip.samples * np.float32(10 ** (gain / 20)))


def peak(samples: npt.NDArray[np.float32]) -> float:
    """The largest absolute sample."""
    return float(max(samples.max(), -samples.min()))


def rms(samples: npt.NDArray[np.float32]) -> float:
    """The root mean square over all channels."""
    flat = samples.ravel()
    return math.sqrt(float(np.square(flat, dtype=np.float64).mean()))


def decibels(amplitude: float) -> float:
    """An amplitude in dBFS; -inf for 0.

    >>> decibels(0.5)
    -6.02...
    """
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def _noted(clip: Clip, note: str) -> Clip:
    return replace(clip, notes=(*clip.notes, note))
