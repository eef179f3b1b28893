"""One measurement as flat numbers, from what the clocks said."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import OURS, STAGED, Entry
from .stages import STAGES
from .subjects import Subject, Target
from .timing import Times, rates

Clock = dict[str, float]  # stage -> seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """One measurement: clips of one input format to one target.

    Attributes:
        way: ``earmark``, or the peer that did it.
        input: the format that the clips come in.
        rate: Hz asked for; None: as it is.
        channels: 1, or None: as they are.
        loudness: LUFS asked for; None: as it is.
        workers: threads.
        clips: different ones that were measured.
        rounds: how often.
        clips_per_s: the median round's.
        clips_per_s_low: the slowest round's.
        clips_per_s_high: the fastest round's.
        audio_s_per_s: seconds of audio per second, the median round's.
        input_mb_per_s: megabytes (10^6 bytes) of input per second, the median round's.
        base64_per_input: bytes after base64 per byte of input; None for a peer.
        base64_kb_per_audio_s: kilobytes (10^3 bytes) after base64 per second of audio; None for
            a peer.
        processors_used: seconds of processor time per second, over all rounds.
        earmark_is: how many times as fast as this peer one worker of ours is, the median of the
            rounds' own ratios; None for earmark.
        shares: stage -> share of the time, by one worker; in all 1. None for a peer.
        distance: from the reference (see `peers`), the worst of up to six clips; None: not
            compared.
    """

    way: str
    input: str
    rate: int | None
    channels: int | None
    loudness: float | None
    workers: int
    clips: int
    rounds: int
    clips_per_s: float
    clips_per_s_low: float
    clips_per_s_high: float
    audio_s_per_s: float
    input_mb_per_s: float
    base64_per_input: float | None
    base64_kb_per_audio_s: float | None
    processors_used: float
    earmark_is: float | None
    shares: Mapping[str, float] | None
    distance: float | None

    @property
    def target(self) -> Target:
        """What was asked of the clips."""
        return Target(self.rate, self.loudness)

    def to_dict(self) -> dict[str, Any]:
        """The same, flat: ``shares`` becomes ``share_decode``, ``share_resample``, ..."""
        flat = dataclasses.asdict(self)
        shares = flat.pop("shares") or {}
        return flat | {f"share_{stage}": shares.get(stage) for stage in STAGES}


@dataclass(frozen=True, slots=True)
class Timed:
    """What was timed, how often a round went over the clips, and what came of it."""

    entry: Entry
    subjects: Sequence[Subject]
    passes: int
    times: Times
    clock: Clock
    distance: float | None

    @property
    def per_pass(self) -> list[float]:
        """Seconds for the clips once, round by round."""
        return [wall / self.passes for wall in self.times.wall]


def encodings(input: str, timed: Sequence[Timed]) -> list[Encoding]:
    """The measurements of one input format; every target was timed with one worker of ours."""
    alone = {t.entry.target: t for t in timed if t.entry == Entry(OURS, t.entry.target)}
    return [
        _encoding(input, one, alone[one.entry.target]) for one in timed if one.entry.way != STAGED
    ]


def _encoding(input: str, one: Timed, alone: Timed) -> Encoding:
    entry, subjects, n = one.entry, one.subjects, len(one.subjects)
    audio = sum(subject.seconds for subject in subjects)
    size = sum(subject.bytes for subject in subjects)
    text = sum(4 * -(-subject.sizes[entry.target] // 3) for subject in subjects)
    is_ours = entry.way == OURS
    ratios = [theirs / ours for theirs, ours in zip(one.per_pass, alone.per_pass, strict=True)]
    speed = rates(one.passes * n, one.times.wall)
    return Encoding(
        way=entry.way,
        input=input,
        rate=entry.target.rate,
        channels=entry.target.channels,
        loudness=entry.target.loudness,
        workers=entry.workers,
        clips=n,
        rounds=len(one.times.wall),
        clips_per_s=speed.median,
        clips_per_s_low=speed.low,
        clips_per_s_high=speed.high,
        audio_s_per_s=speed.median * audio / n,
        input_mb_per_s=speed.median * size / n / 1e6,
        base64_per_input=text / size if is_ours else None,
        base64_kb_per_audio_s=text / audio / 1e3 if is_ours else None,
        processors_used=sum(one.times.cpu) / sum(one.times.wall),
        earmark_is=None if is_ours else statistics.median(ratios),
        shares=_shares(one.clock) if is_ours else None,
        distance=one.distance,
    )


def _shares(clock: Clock) -> dict[str, float]:
    total = sum(clock.values())
    return {stage: seconds / total for stage, seconds in clock.items()}
