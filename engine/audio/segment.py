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


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a segment begins, and how long it is; up to the end where ``duration`` is None."""

    offset: float
    duration: float | None = None

    def cut(
        self, samples: npt.NDArray[np.float32], rate: int
    ) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
        """The samples of the segment, [channels, frames], and a note where some are missing.

        Raises:
            AudioError: it begins behind the end, or holds not one frame.

        >>> Segment(0.25, 0.5).cut(np.arange(4, dtype=np.float32)[None], 4)
        (array([[1., 2.]], dtype=float32), ())
        """
        there = samples.shape[1] / rate
        start = round(min(self.offset, there + 1) * rate)
        if start >= samples.shape[1]:
            raise AudioError(f"an offset of {self.offset:g} s in {there:.3f} s of audio")
        if self.duration is None:
            return samples[:, start:].copy(), ()  # a view would keep all of it in memory
        end = round(min(self.offset + self.duration, there + 1) * rate)
        if end <= start:
            raise AudioError(f"a duration of {self.duration:g} s at {rate} Hz is not one frame")
        note = ""
        if self.offset + self.duration > there + _ROUNDING_S:
            note = (
                f"a segment of {self.duration:g} s from {self.offset:g} s on runs past the end: "
                f"{there - self.offset:.3f} s are there"
            )
        return samples[:, start:end].copy(), (note,) if note else ()


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
