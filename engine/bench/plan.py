"""What is timed of every input format: the grid, the stages, and the peers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .peers import PEERS, Peer
from .subjects import Target

OURS = "earmark"
STAGED = "earmark, in stages"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured of every input format.

    Attributes:
        targets: each with every number of workers, and by the peers that do the same.
        levelled: targets at a level, with one worker.
        workers: numbers of threads.
        peers: those that are installed.
    """

    targets: Sequence[Target]
    levelled: Sequence[Target]
    workers: Sequence[int]
    peers: Sequence[Peer] = PEERS


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is timed."""

    way: str
    target: Target
    workers: int = 1


def count(input: str, plan: Plan) -> int:
    """How many things are timed of one input format."""
    return len(ours(plan)) + len(staged(plan)) + len(others(input, plan))


def ours(plan: Plan) -> list[Entry]:
    """The whole grid; every target with one worker, for the peers beside it and the stages."""
    grid = [Entry(OURS, target, n) for target in plan.targets for n in plan.workers]
    needed = [Entry(OURS, target) for target in plan.targets]
    return list(dict.fromkeys([*needed, *grid, *(Entry(OURS, t) for t in plan.levelled)]))


def staged(plan: Plan) -> list[Entry]:
    """Every target, one stage after the other."""
    return [Entry(STAGED, target) for target in (*plan.targets, *plan.levelled)]


def others(input: str, plan: Plan) -> list[Entry]:
    """The peers, each for the targets that it can meet."""
    return [
        Entry(peer.name, target)
        for target in plan.targets
        for peer in plan.peers
        if peer.fits(input, target)
    ]
