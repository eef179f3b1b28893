"""The grid: every input format to every target, by so many workers, beside the peers.

*Conventions*: a round prepares the same clips over and over, as `earmark.prepare` does: on
threads, in order, each line into a file. What `earmark.prepare` does once a file is left out:
reading the rows, and waiting for the disk at the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..audio.clips import SourceClip
from ..audio.line import Line, line
from ..audio.payload import Recipe, payload
from ..audio.pool import in_order
from .peers import Peer, distance, opened, reference
from .plan import OURS, STAGED, Entry, Plan, others, ours, staged
from .results import Clock, Encoding, Timed, encodings
from .stages import STAGES, in_stages
from .subjects import Progress, Subject, Target
from .timing import ROUNDS, interleaved, repeats

_COMPARED = 6  # clips that are held against their reference; the others are only timed


def measure(
    input: str,
    subjects: Sequence[Subject],
    plan: Plan,
    seconds: float,
    out: Path,
    progress: Progress | None = None,
) -> list[Encoding]:
    """All measurements of one input format.

    Args:
        input: its name.
        subjects: clips that come in it.
        plan: what is measured.
        seconds: that each measurement takes, about; at least five times one clip.
        out: a file that may be overwritten.
        progress: told of what was done, while no clock runs.
    """
    chosen = affordable(subjects, seconds / 2)
    clocks = {entry.target: dict.fromkeys(STAGES, 0.0) for entry in staged(plan)}
    comparable = all(reference(subject, Target()) is not None for subject in chosen)
    entries = [*ours(plan), *staged(plan), *(others(input, plan) if comparable else ())]
    runs = {entry: _run(entry, chosen, plan, clocks, out) for entry in entries}
    compared = plan.targets if comparable else ()
    right = {t: [reference(s, t) for s in chosen[:_COMPARED]] for t in compared}
    passes, distances = _first_pass(runs, seconds / ROUNDS, right, out)
    for clock in clocks.values():
        clock.update(dict.fromkeys(STAGES, 0.0))
    audio = sum(subject.seconds for subject in chosen)

    def after(entry: Entry) -> None:
        out.unlink()  # or the next one would wait until the disk has what this one wrote
        if progress:
            progress(passes[entry] * len(chosen), passes[entry] * audio)

    times = interleaved({e: partial(run, passes[e]) for e, run in runs.items()}, after=after)
    return encodings(
        input,
        [Timed(e, chosen, passes[e], times[e], clocks[e.target], distances[e]) for e in entries],
    )


def _first_pass(
    runs: Mapping[Entry, Callable[[int], None]],
    seconds: float,
    right: Mapping[Target, Sequence[Any]],
    out: Path,
) -> tuple[dict[Entry, int], dict[Entry, float | None]]:
    """How many passes take this long, and how far from right is what a pass makes."""
    passes: dict[Entry, int] = {}
    distances: dict[Entry, float | None] = {}
    for entry, run in runs.items():
        passes[entry] = repeats(partial(run, 1), seconds)
        distances[entry] = _worst(out, right[entry.target]) if entry.target in right else None
        out.unlink()
    return passes, distances


def affordable(subjects: Sequence[Subject], seconds: float) -> list[Subject]:
    """As many clips, spread evenly over all of them, as take this long; at least one."""
    mean = sum(subject.cost_s for subject in subjects) / len(subjects)
    n = min(len(subjects), max(1, int(seconds / max(mean, 1e-9))))
    return [subjects[i * len(subjects) // n] for i in range(n)]


def _run(
    entry: Entry,
    subjects: Sequence[Subject],
    plan: Plan,
    clocks: Mapping[Target, Clock],
    out: Path,
) -> Callable[[int], None]:
    """What is timed: a function of the number of passes over the clips."""
    recipe = entry.target.recipe
    if entry.way == OURS:
        return partial(_prepare, [s.clip for s in subjects], recipe, entry.workers, out)
    if entry.way == STAGED:
        return partial(_stage, [s.clip for s in subjects], recipe, clocks[entry.target], out)
    peer = next(peer for peer in plan.peers if peer.name == entry.way)
    return partial(_compare, subjects, peer, entry.target, out)


def _prepare(
    clips: Sequence[SourceClip], recipe: Recipe, workers: int, out: Path, passes: int
) -> None:
    def prepared(clip: SourceClip) -> Line:
        return line(clip, payload(clip.value, recipe, clip.base))

    with out.open("wb") as file:
        for made in in_order(prepared, _over_and_over(clips, passes), workers):
            made.write(file)


def _stage(
    clips: Sequence[SourceClip], recipe: Recipe, clock: Clock, out: Path, passes: int
) -> None:
    with out.open("wb") as file:
        for clip in _over_and_over(clips, passes):
            in_stages(clip, recipe, file, clock)


def _compare(
    subjects: Sequence[Subject], peer: Peer, target: Target, out: Path, passes: int
) -> None:
    with out.open("w", encoding="utf-8") as file:
        for _ in range(passes):
            for subject in subjects:
                peer.write(opened(subject), target, subject.clip.id, file)


def _over_and_over(clips: Sequence[SourceClip], passes: int) -> Iterator[SourceClip]:
    for _ in range(passes):
        yield from clips


def _worst(out: Path, right: Sequence[Any]) -> float | None:
    with out.open("rb") as file:
        found = [distance(json.loads(text), one) for text, one in zip(file, right, strict=False)]
    return None if None in found else max(filter(None, found), default=0.0)
