"""A segment of a clip: from an offset on, for a duration, as manifests of long recordings have it.

*Conventions*: offset and duration are in seconds, and cut at the nearest frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import AudioError

_ROUNDING_S = 0.01  # manifests round to two decimals or more: so much beyond the end is no lack
_BEYOND_S = 1e9  # behind the end of any clip; the largest floats times a rate are infinite


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a segment begins, and how long it is; up to the end where ``duration`` is None."""

    offset: float
    duration: float | None = None

    def span(self, rate: int) -> tuple[int, int | None]:
        """Its first frame, and the one behind its last; None where it goes on up to the end.

        Raises:
            AudioError: it holds not one frame.

        >>> Segment(0.25, 0.5).span(16_000)
        (4000, 12000)
        """
        start = round(min(self.offset, _BEYOND_S) * rate)
        if self.duration is None:
            return start, None
        end = round(min(self.offset + self.duration, _BEYOND_S) * rate)
        if end <= start < _BEYOND_S * rate:
            raise AudioError(f"a duration of {self.duration:g} s at {rate} Hz is not one frame")
        return start, end

    def within(self, frames: int, rate: int) -> tuple[int, int, tuple[str, ...]]:
        """Its first frame of so many, the one behind its last, and a note where some are missing.

        Raises:
            AudioError: it begins behind the end, or holds not one frame.

        >>> Segment(0.25, 0.5).within(4, 4)
        (1, 3, ())
        """
        there = frames / rate
        start, end = self.span(rate)
        if start >= frames:
            raise AudioError(f"an offset of {self.offset:g} s in {there:.3f} s of audio")
        if self.duration is None or end is None:
            return start, frames, ()
        if self.offset + self.duration <= there + _ROUNDING_S:
            return start, min(end, frames), ()
        note = (
            f"a segment of {self.duration:g} s from {self.offset:g} s on runs past the end: "
            f"{there - self.offset:.3f} s are there"
        )
        return start, min(end, frames), (note,)

    def cut(
        self, samples: npt.NDArray[np.float32], rate: int
    ) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
        """The samples of the segment, [channels, frames], and a note where some are missing.

        Raises:
            AudioError: as `within`.

        >>> Segment(0.25, 0.5).cut(np.arange(4, dtype=np.float32)[None], 4)
        (array([[1., 2.]], dtype=float32), ())
        """
        start, end, notes = self.within(samples.shape[1], rate)
        return samples[:, start:end].copy(), notes  # a view would keep all of it in memory


def segment_of(value: Mapping[str, Any]) -> Segment | None:
    """The segment that an audio value asks for by its key ``offset``; None for the whole.

    A ``duration`` without an ``offset`` cuts nothing: many data sets say so how long a clip is.

    Raises:
        AudioError: an offset or duration that is no number of seconds.

    >>> segment_of({"path": "a.wav", "offset": 1.5, "duration": 2})
    Segment(offset=1.5, duration=2.0)
    >>> segment_of({"path": "a.wav", "duration": 2}) is None
    True
    """
    if value.get("offset") is None:
        return None
    duration = value.get("duration")
    return Segment(
        _seconds(value["offset"], "offset"),
        None if duration is None else _seconds(duration, "duration"),
    )


def _seconds(value: Any, key: str) -> float:
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise AudioError(f"{key}={value!r}: it is in seconds, 0 or more, as in {key}=1.5")
    return seconds
