"""A clip: decoded audio, and what can be done with it. Each step gives a new clip.

*Conventions*: samples are float32 [channels, frames], full scale = 1; a rate is in Hz,
durations in seconds, levels in dBFS (0 = full-scale peak), loudness in LUFS.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, EarmarkWarning


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Decoded audio.

    Attributes:
        samples: float32 [channels, frames], full scale = 1.
        rate: Hz.
        notes: what was lost or limited on the way here, in plain words.
        source: the container that it came in, or ``samples``.
    """

    samples: npt.NDArray[np.float32]
    rate: int
    notes: tuple[str, ...] = ()
    source: str = "samples"

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or 0 in self.samples.shape or self.rate < 1:
            raise AudioError(
                f"a clip of shape {self.samples.shape} at {self.rate} Hz: it takes [channels, "
                "frames] of at least one frame"
            )

    def __repr__(self) -> str:
        return (
            f"Clip({self.duration:.3f} s, {self.rate} Hz, {self.channels} channel"
            f"{'s' * (self.channels != 1)}, from {self.source})"
        )

    def _repr_html_(self) -> str:
        from ..report.player import clip_card

        return clip_card(self)

    @property
    def channels(self) -> int:
        """How many channels."""
        return len(self.samples)

    @property
    def frames(self) -> int:
        """How many samples each channel has."""
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.rate

    @property
    def peak_dbfs(self) -> float:
        """The largest sample's level in dBFS; -inf for digital silence."""
        from .transform import decibels, peak

        return decibels(peak(self.samples))

    @property
    def rms_dbfs(self) -> float:
        """The root mean square in dBFS; a full-scale sine is at -3.01."""
        from .transform import decibels, rms

        return decibels(rms(self.samples))

    @property
    def lufs(self) -> float:
        """Integrated loudness by EBU R128; -inf for silence. See `loudness.integrated`."""
        from .loudness import integrated

        return integrated(self.samples, self.rate)

    def to_mono(self) -> Clip:
        """The mean of the channels."""
        from .transform import mixed_down

        return mixed_down(self)

    def resample(self, rate: int) -> Clip:
        """At another rate in Hz, by soxr HQ.

        Raises:
            AudioError: a rate outside the limits.
        """
        from .transform import resampled

        return resampled(self, rate)

    def normalise(
        self,
        *,
        lufs: float | None = None,
        peak_dbfs: float | None = None,
        rms_dbfs: float | None = None,
    ) -> Clip:
        """With the level changed so that it meets one target; never clips.

        Args:
            lufs: integrated loudness in LUFS.
            peak_dbfs: peak in dBFS, at most 0.
            rms_dbfs: root mean square in dBFS.

        The gain for a loudness or RMS target stops where the peak reaches -1 dBFS, with a
        warning; silence stays as it is, with a warning.

        Raises:
            ValueError: none or several targets, or one that cannot be meant.
        """
        from .transform import Level, normalised

        clip = normalised(self, Level(lufs=lufs, peak_dbfs=peak_dbfs, rms_dbfs=rms_dbfs))
        for note in clip.notes[len(self.notes) :]:
            warnings.warn(note, EarmarkWarning, stacklevel=2)
        return clip

    def pcm16(self) -> bytes:
        """Interleaved 16-bit samples, little-endian, rounded; clipping is warned of."""
        from .encode import quantised

        data = quantised(self).tobytes()
        _warn_of_clipping(self)
        return data

    def encode(self, format: str = "wav") -> bytes:
        """The bytes of a ``wav`` (PCM16), ``flac`` or ``mp3`` file; clipping is warned of.

        Raises:
            AudioError: another format, or what the format cannot hold.
        """
        from .encode import encoded

        data = encoded(self, format)
        _warn_of_clipping(self)
        return data

    def base64(self, format: str = "wav") -> str:
        """The same bytes as base64 text."""
        from .encode import as_base64

        return as_base64(self.encode(format))


def _warn_of_clipping(clip: Clip) -> None:
    from .encode import clipping_note

    if note := clipping_note(clip):
        warnings.warn(note, EarmarkWarning, stacklevel=3)
