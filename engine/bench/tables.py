"""What was measured, as tables that can be pasted into a report."""

from __future__ import annotations

from collections.abc import Sequence

from ..audio.transform import decibels
from ..report.terminal import Cell, say, table
from .machine import Machine
from .plan import OURS
from .results import Encoding
from .stages import STAGES
from .subjects import Target


def show_machine(machine: Machine) -> None:
    """Print what was measured on."""
    say(f"earmark {machine.earmark} on {machine.system}; {machine.short}")
    say(", ".join(f"{name} {number}" for name, number in machine.packages.items()))
    if machine.load is not None:
        say(f"load average before: {machine.load:.2f}")


def show_encoding(encodings: Sequence[Encoding], machine: Machine) -> None:
    """Print the grid, the stages and the comparison."""
    ours = [one for one in encodings if one.way == OURS]
    rounds = encodings[0].rounds
    headed(
        "Clips to base64 JSONL, as `earmark prepare`; a rate is mono; the disk is not waited for",
        f"median and range of {rounds} rounds; {machine.short}",
        ["input", "to", "workers", "clips/s", "range", "audio-s/s", "MB/s in", "base64/in"],
        [_in_grid(one) for one in ours if one.loudness is None],
    )
    headed(
        "Share of each stage, and ms for a second of audio",
        f"one worker, sums over {rounds} rounds; {machine.short}",
        ["input", "to", "LUFS", "ms", *STAGES],
        [_in_stages(one) for one in ours if one.workers == 1],
    )
    compared = [one for one in encodings if one.distance is not None and one.workers == 1]
    if any(one.way != OURS for one in compared):
        headed(
            "Beside others; distance: RMS against float64 and soxr VHQ, dBFS; -inf: identical",
            f"one worker, median and range of {rounds} rounds; {machine.short}",
            ["input", "to", "way", "audio-s/s", "range", "earmark is", "distance"],
            [_beside(one) for one in sorted(compared, key=lambda e: e.rate or 0)],
        )


def headed(title: str, how: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print a table under what it shows and how it was measured."""
    say("")
    say(title)
    say(f"({how})")
    table("", columns, rows)


def per_second(value: float) -> str:
    """A speed, with as many digits as say something.

    >>> per_second(12345.6), per_second(3.21)
    ('12,346', '3.2')
    """
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def between(low: float, high: float) -> str:
    """A range of speeds.

    >>> between(3.2, 1300.4)
    '3.2-1,300'
    """
    return f"{per_second(low)}-{per_second(high)}"


def _in_grid(one: Encoding) -> list[Cell]:
    return [
        one.input,
        str(one.target),
        one.workers,
        per_second(one.clips_per_s),
        between(one.clips_per_s_low, one.clips_per_s_high),
        per_second(one.audio_s_per_s),
        per_second(one.input_mb_per_s),
        None if one.base64_per_input is None else f"{one.base64_per_input:.2f}",
    ]


def _in_stages(one: Encoding) -> list[Cell]:
    shares = one.shares or {}
    milliseconds = f"{1000 / one.audio_s_per_s:.2f}"
    level = None if one.loudness is None else f"{one.loudness:g}"
    named = [one.input, str(Target(one.rate)), level, milliseconds]
    return [*named, *(f"{shares[stage]:.0%}" for stage in STAGES)]


def _beside(one: Encoding) -> list[Cell]:
    per_clip = one.audio_s_per_s / one.clips_per_s
    assert one.distance is not None  # it is among those that were compared
    return [
        one.input,
        str(one.target),
        one.way,
        per_second(one.audio_s_per_s),
        between(one.clips_per_s_low * per_clip, one.clips_per_s_high * per_clip),
        None if one.earmark_is is None else f"{one.earmark_is:.1f}x",
        f"{decibels(one.distance):.1f}",
    ]
