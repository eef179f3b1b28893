"""Rows per second of every rule, on transcripts that are generated.

*Conventions*: the same rows at every run: an item is a sentence of 8 to 24 words that ends in
an answer, and every twentieth word of it was misheard. A round grades all rows, templates and
normalizer included, as `earmark.grade` does.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from ..engine.bench.timing import interleaved, rates
from ..engine.errors import EarmarkError
from ..engine.types import Grader, Rows
from .config import GRADERS, from_config

ROWS = 10_000
MISHEARD = "mumble"  # not in the vocabulary
MISHEARD_EVERY = 20  # words
_ROUNDS = 3
# fields that a rule must be given; all others keep their defaults
_REQUIRED: Mapping[str, Mapping[str, Any]] = {"string_check": {"operation": "like"}}
_ANSWERS = ("valid", "invalid", "yes", "no", "twelve", "7")
_VOCABULARY = """
the a of and to in is that it was for on are as with they be at one have this from or had by
but what all were we when your can said there use an each which she do how their if will up
other about out many then them these so some her would make like him into time has look two
more write go see number way could people than first water been called who its now find long
down day did get come made may part it's don't we're isn't they'll colour centre organise
favourite twenty three hundred first 42 Mr. doctor street o'clock percent dollars maybe uh
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpeed:
    """One measurement: so many rows by one rule with its defaults.

    Attributes:
        rule: its type.
        rows: in a round.
        rounds: how often.
        rows_per_s: the median round's.
        rows_per_s_low: the slowest round's.
        rows_per_s_high: the fastest round's.
    """

    rule: str
    rows: int
    rounds: int
    rows_per_s: float
    rows_per_s_low: float
    rows_per_s_high: float

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)


def measure_rules(
    rows: Rows, progress: Callable[[str], None] | None = None
) -> tuple[RuleSpeed, ...]:
    """How fast each rule grades these rows.

    Args:
        rows: as `transcripts` makes them.
        progress: told of each rule that has run, while no clock does.

    Raises:
        EarmarkError: a rule cannot grade a row: a fault of ours.
    """
    graders = {name: _rule(name, rows) for name in GRADERS}
    runs = {name: partial(grader.grade, rows) for name, grader in graders.items()}
    times = interleaved(runs, _ROUNDS, progress)
    measured = []
    for name in runs:
        speed = rates(len(rows), times[name].wall)
        measured.append(
            RuleSpeed(
                rule=name,
                rows=len(rows),
                rounds=_ROUNDS,
                rows_per_s=speed.median,
                rows_per_s_low=speed.low,
                rows_per_s_high=speed.high,
            )
        )
    return tuple(measured)


def transcripts(n: int) -> Rows:
    """So many rows, the same at every run.

    >>> transcripts(2).items[1]["official_answer"]
    'invalid'
    """
    chance, words = random.Random(0), _VOCABULARY.split()
    weights = [1 / rank for rank in range(1, len(words) + 1)]  # Zipf's law
    heard_so_far = itertools.count(1)
    items, samples = [], []
    for i, answer in zip(range(n), itertools.cycle(_ANSWERS), strict=False):
        said = [*chance.choices(words, weights, k=chance.randint(8, 24)), "so", answer]
        heard = [w if next(heard_so_far) % MISHEARD_EVERY else MISHEARD for w in said]
        items.append({"id": i, "reference": " ".join(said), "official_answer": answer})
        samples.append({"output_text": " ".join(heard) + "."})
    return Rows([str(i) for i in range(n)], items, samples, [0] * n)


def _rule(name: str, rows: Rows) -> Grader:
    """A rule with its defaults that grades every row."""
    grader = from_config({"type": name, "name": name, **_REQUIRED.get(name, {})})
    grades = grader.grade(rows)
    missing = np.flatnonzero(np.isnan(grades.scores))
    if len(missing):
        why = grades.explanation(int(missing[0]))
        raise EarmarkError(f"{name} cannot grade {len(missing)} generated rows: {why}")
    return grader
