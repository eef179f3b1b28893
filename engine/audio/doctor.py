"""The doctor: what each clip really is, and a verdict with its cause.

*Conventions*: everything is measured on the source as it came, nothing is resampled or mixed:
its loudness is not that of what `earmark.prepare` writes at another rate. Shares are of 1.

`error`: cannot be decoded, no frame, NaN or infinity, or beyond a limit (rate, channels, 6 h).
`warn`: truncated or a header that lies, content against its name, and what `WARNINGS` lists.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import AudioError
from ..report.progress import line_for
from ..types import Rejection
from .clip import Clip
from .clips import Say, SourceClip, clips
from .load import decode_source
from .pool import in_order
from .sniff import container
from .transform import decibels, peak
from .value import Encoded, open_value

Verdict = Literal["ok", "warn", "error"]

_WAV_HEADER = 44  # bytes
_SILENT_BLOCK_S = 0.02
_SILENT_DBFS = -60.0
_FULL_SCALE = 1 - 1 / 32768  # 32767 of 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipReport:
    """What the doctor found in one clip; None where there was nothing to measure.

    Attributes:
        file: where the clip lies, or where its row stands.
        id: the item's id.
        verdict: ``ok``, ``warn`` or ``error``.
        reasons: why, in plain words.
        format: the real container, or ``samples``.
        rate: Hz.
        channels: how many.
        duration: seconds.
        peak_dbfs: dBFS, -inf for digital silence.
        lufs: integrated loudness of the source, -inf for silence.
        silence: share of 20 ms blocks whose RMS is under -60 dBFS.
        clipped: share of samples at full scale.
        dc_offset: the mean of the worst channel, full scale = 1.
        bytes: of the file; None for samples.
        base64_bytes: its size after base64; of a segment that of the WAV which it becomes.
    """

    file: str
    id: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    format: str | None = None
    rate: int | None = None
    channels: int | None = None
    duration: float | None = None
    peak_dbfs: float | None = None
    lufs: float | None = None
    silence: float | None = None
    clipped: float | None = None
    dc_offset: float | None = None
    bytes: int | None = None
    base64_bytes: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values; an infinite level is null."""
        found = asdict(self) | {"reasons": list(self.reasons)}
        return {k: None if v in (math.inf, -math.inf) else v for k, v in found.items()}


# a measure and its bound -> the reason to warn; in the order they are told
WARNINGS: tuple[tuple[Callable[[ClipReport], bool], str], ...] = (
    (lambda r: _of(r.silence) > 0.9, "{r.silence:.0%} of it is silence (20 ms under -60 dBFS)"),
    (lambda r: _of(r.peak_dbfs) < -40, "very quiet: its peak is {r.peak_dbfs:.1f} dBFS"),
    (
        lambda r: _of(r.peak_dbfs) > 6,
        "its peak is {r.peak_dbfs:+.0f} dBFS: are these integers that were not scaled to [-1, 1]?",
    ),
    (lambda r: _of(r.clipped) > 0.001, "{r.clipped:.2%} of its samples are at full scale: clipped"),
    (lambda r: abs(_of(r.dc_offset)) > 0.01, "a DC offset of {r.dc_offset:+.3f}"),
    (lambda r: _of(r.duration) < 0.1, "only {r.duration:.3f} s long"),
    (
        lambda r: _of(r.duration) > 25 * 60,
        "{r.duration:,.0f} s is longer than common models take (25 min)",
    ),
)


def check(
    source: Any,
    *,
    audio_field: str | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] | bool | None = None,
    say: Say | None = None,
) -> list[ClipReport]:
    """Examine every clip of a source.

    Args:
        source: a clip, a folder, a glob, a JSONL or CSV with an audio field, a list of dicts, a
            DataFrame.
        audio_field: the field that holds the audio; guessed when left out.
        workers: threads; as many as there are processors when left out.
        progress: a function that is called with the number of clips examined so far; or whether
            there is a line that says it: None, in notebooks only; True, at a terminal too.
        say: told which field holds the audio, and why.

    Returns:
        One report a clip, in the source's order; a record that could not be read is one too,
        before the clips that were read together with it.

    Raises:
        DataError: the source cannot be read, or has no field with audio.
    """
    reports: list[ClipReport] = []
    with line_for(progress, source) as told:
        for report in in_order(_examined, clips(source, audio_field, say=say), workers):
            reports.append(report)
            told(len(reports))
            if callable(progress):
                progress(len(reports))
    return reports


def examine(value: Any, *, file: str = "", id: str = "", base: str = "") -> ClipReport:
    """Examine one audio value.

    >>> examine(([0.0] * 16_000, 16_000)).reasons
    ('100% of it is silence (20 ms under -60 dBFS)', 'very quiet: its peak is -inf dBFS')
    """
    found: dict[str, Any] = {}
    try:
        source = open_value(value, base=base)
        if isinstance(source, Encoded):
            size = len(source.data)
            kind = container(source.data)
            found = {"format": kind, "bytes": size, "base64_bytes": _base64_size(size)}
        clip = decode_source(source)
        if source.segment:  # it goes out as a 16-bit WAV of its own
            found["base64_bytes"] = _base64_size(_WAV_HEADER + 2 * clip.samples.size)
    except AudioError as error:
        return ClipReport(file=file, id=id, verdict="error", reasons=(str(error),), **found)
    report = ClipReport(file=file, id=id, verdict="ok", **found | _measured(clip))
    reasons = clip.notes + tuple(text.format(r=report) for past, text in WARNINGS if past(report))
    if not reasons:
        return report
    return replace(report, verdict="warn", reasons=reasons)


def _base64_size(size: int) -> int:
    return 4 * -(-size // 3)


def _examined(clip: SourceClip | Rejection) -> ClipReport:
    if isinstance(clip, Rejection):
        return ClipReport(file=clip.place, id=clip.id, verdict="error", reasons=(clip.reason,))
    try:
        value = clip.value
    except AudioError as error:
        return ClipReport(file=clip.file, id=clip.id, verdict="error", reasons=(str(error),))
    return examine(value, file=clip.file, id=clip.id, base=clip.base)


def _measured(clip: Clip) -> dict[str, Any]:
    samples = clip.samples
    return {
        "format": clip.source,
        "rate": clip.rate,
        "channels": clip.channels,
        "duration": clip.duration,
        "peak_dbfs": decibels(peak(samples)),
        "lufs": clip.lufs,
        "silence": _silent_share(samples, clip.rate),
        "clipped": float(np.count_nonzero(np.abs(samples) >= _FULL_SCALE) / samples.size),
        "dc_offset": float(max(samples.mean(axis=1, dtype=np.float64), key=abs)),
    }


def _silent_share(samples: npt.NDArray[np.float32], rate: int) -> float:
    block = max(round(_SILENT_BLOCK_S * rate), 1)
    starts = np.arange(0, samples.shape[1], block)
    energy = np.square(samples).mean(axis=0)
    sums = np.add.reduceat(energy, starts, dtype=np.float64)
    lengths = np.diff(np.append(starts, samples.shape[1]))
    threshold = 10 ** (_SILENT_DBFS / 10)
    return float(np.mean(sums / lengths < threshold))


def _of(measure: float | None) -> float:
    assert measure is not None  # only clips that were measured are held against the bounds
    return measure
