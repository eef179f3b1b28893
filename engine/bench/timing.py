"""Timing, honestly: interleaved rounds, the median with its range.

*Conventions*: a candidate is timed as a user meets it: garbage collector on, warm after one
round that is not counted. Rounds go A B C A B C ..., so that a machine that drifts drifts for
all.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one candidate, one entry a round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spread:
    """Several rounds' values: the median, and between what they lay."""

    median: float
    low: float
    high: float


def interleaved(
    candidates: Mapping[Name, Callable[[], object]],
    rounds: int = ROUNDS,
    after: Callable[[Name], None] | None = None,
) -> dict[Name, Times]:
    """Time each candidate once a round; the first round only warms up.

    Args:
        candidates: what is timed.
        rounds: how often.
        after: called with the candidate's name when it has run, while no clock does.
    """
    times = {name: Times() for name in candidates}
    for turn in range(rounds + 1):
        for name, run in candidates.items():
            cpu, wall = cpu_seconds(), time.perf_counter()
            run()
            wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
            if turn:
                times[name].wall.append(wall)
                times[name].cpu.append(cpu)
            if after:
                after(name)
    return times


def repeats(run: Callable[[], object], seconds: float) -> int:
    """How often to run it, so that it takes about this long; at least once."""
    started = time.perf_counter()
    run()
    return max(1, round(seconds / max(time.perf_counter() - started, 1e-6)))


def cpu_seconds() -> float:
    """User and system time of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def rates(amount: float, seconds: Sequence[float]) -> Spread:
    """So much in each of these times, per second.

    >>> rates(10, [2.0, 1.0, 5.0])
    Spread(median=5.0, low=2.0, high=10.0)
    """
    per_second = [amount / max(s, 1e-9) for s in seconds]
    return Spread(statistics.median(per_second), min(per_second), max(per_second))
