"""Drawing a few rows of many: the same seed draws the same rows, evenly over a field."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable

from ..errors import ConfigError


def draw(strata: Iterable[Hashable], n: int, seed: int = 0) -> list[int]:
    """Positions of n rows, as evenly over the strata as their sizes allow.

    Every stratum gives one row in turn until n are drawn or all rows are; the order of the
    turns, and which rows of a stratum are drawn, depend on the seed alone.

    Args:
        strata: the stratum of each row.
        n: how many rows; more than there are draws all.
        seed: of the pseudo-random order.

    Returns:
        Positions in rising order.

    Raises:
        ConfigError: n is negative.

    >>> draw(["a", "a", "a", "a", "b"], 3)
    [1, 2, 4]
    """
    if n < 0:
        raise ConfigError(f"cannot draw {n} rows")
    members: dict[Hashable, list[int]] = {}
    for position, stratum in enumerate(strata):
        members.setdefault(stratum, []).append(position)
    chance = random.Random(seed)
    order = list(members.values())
    chance.shuffle(order)
    for positions in order:
        chance.shuffle(positions)
    turns = [
        (turn, stratum, position)
        for stratum, positions in enumerate(order)
        for turn, position in enumerate(positions)
    ]
    return sorted(position for _, _, position in sorted(turns)[:n])
