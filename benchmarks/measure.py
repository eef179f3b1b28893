"""Timing beside a peer, honestly: interleaved rounds, medians with their range, one table.

*Conventions*: a candidate is timed as a user meets it: garbage collector on, warm after one
round that is not counted. Rounds go A B C A B C ..., so that a machine that drifts drifts for
all. Ratios are taken within a round. Equality is checked before the clock starts.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True)
class Times:
    """Seconds of one candidate, one entry a round."""

    wall: list[float]
    cpu: list[float]


def interleaved(
    candidates: Mapping[str, Callable[[], object]], rounds: int = 5
) -> dict[str, Times]:
    """Time each candidate once a round; the first round only warms up."""
    times = {name: Times([], []) for name in candidates}
    for turn in range(rounds + 1):
        for name, run in candidates.items():
            wall, cpu = time.perf_counter(), cpu_seconds()
            run()
            if turn:
                times[name].wall.append(time.perf_counter() - wall)
                times[name].cpu.append(cpu_seconds() - cpu)
    return times


def cpu_seconds() -> float:
    """User and system time of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median and range, as in ``120 (110-131)``."""
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{mid:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def ratios(base: Sequence[float], mine: Sequence[float]) -> list[float]:
    """How many times faster, round by round."""
    return [b / m for b, m in zip(base, mine, strict=True)]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def machine() -> str:
    """What was measured on, in one line."""
    names = ("numpy", "soundfile", "soxr", "pybase64", "rapidfuzz", "jiwer", "librosa", "pydub")
    packages = ", ".join(f"{name} {_version(name)}" for name in names)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{platform.system()} {platform.machine()}, {usable} processors, Python "
        f"{platform.python_version()}; {packages}"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
