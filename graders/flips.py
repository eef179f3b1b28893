"""What became of each row's verdict when the same rows were graded again.

*Conventions*: a row flips when its verdict is another one: passed, failed, or none. A measure
has no verdicts; there a row moves when its score is another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..engine.grades import FAILED, NO_VERDICT, PASSED, Grades
from ..engine.run import Run

_SHOWN = 5  # rows told one by one, each way
_WIDTH = 100  # characters of an explanation
_WAYS = {PASSED: "now pass", FAILED: "now fail", NO_VERDICT: "now without a verdict"}


@dataclass(frozen=True, slots=True)
class Flips:
    """The positions of the rows that changed.

    Attributes:
        to: by the new verdict (1, 0, -1), the rows that had another one.
        moved: the rows whose score is another one, whatever the verdict.
    """

    to: dict[int, npt.NDArray[np.int64]]
    moved: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many rows flipped."""
        return sum(map(len, self.to.values()))


def flips(before: Grades, after: Grades) -> Flips:
    """What changed from one grading of some rows to the next.

    Raises:
        ValueError: they are not as many rows.

    >>> grades = [Grades(np.array(s), np.array(p, np.int8)) for s, p in
    ...           [([1.0, 0.0, 1.0], [1, 0, 1]), ([1.0, 1.0, np.nan], [1, 1, -1])]]
    >>> found = flips(*grades)
    >>> found.to[PASSED].tolist(), found.to[FAILED].tolist(), found.to[NO_VERDICT].tolist()
    ([1], [], [2])
    """
    if len(before) != len(after):
        raise ValueError(f"grades of {len(before)} and of {len(after)} rows")
    other = before.passed != after.passed
    same = (before.scores == after.scores) | (np.isnan(before.scores) & np.isnan(after.scores))
    to = {verdict: np.flatnonzero(other & (after.passed == verdict)) for verdict in _WAYS}
    return Flips(to, np.flatnonzero(~same))


def told(before: Run, after: Run) -> Iterator[str]:
    """What changed from one run to the next over the same rows, in lines for people."""
    for name in before.grades:
        if name not in after.grades:
            yield f"{name}: is no longer there"
    for name, grades in after.grades.items():
        if name not in before.grades:
            yield f"{name}: new; {_rate(after, name)}"
        elif before[name] is not grades:
            yield from _told(before, after, name)


def _told(before: Run, after: Run, name: str) -> Iterator[str]:
    found = flips(before[name], after[name])
    rates = f"{_rate(before, name)} -> {_rate(after, name)}"
    if not found.count:
        moved = f"; {len(found.moved):,} scores are others" if len(found.moved) else ""
        yield f"{name}: {rates}; no row flipped{moved}"
        if not (after[name].passed >= 0).any():
            yield from _rows(before, after, name, "moved", found.moved)
        return
    ways = ", ".join(f"{len(to):,} {_WAYS[v]}" for v, to in found.to.items() if len(to))
    yield f"{name}: {rates}; {found.count:,} row{'s' * (found.count > 1)} flipped: {ways}"
    for verdict, to in found.to.items():
        yield from _rows(before, after, name, _WAYS[verdict], to)


def _rows(
    before: Run, after: Run, name: str, way: str, which: npt.NDArray[np.int64]
) -> Iterator[str]:
    for i in which[:_SHOWN].tolist():
        repeat = f" repeat {after.rows.repeats[i]}" if after.rows.repeats[i] else ""
        was, now = (_why(run[name], i) for run in (before, after))
        yield f"  {way}: {after.rows.ids[i]}{repeat}"
        yield f"    was: {was}"
        yield f"    now: {now}"
    if len(which) > _SHOWN:
        yield f"  {way}: {len(which) - _SHOWN:,} more"


def _rate(run: Run, name: str) -> str:
    """The number that stands for a grader: its pass rate, or the mean of a measure."""
    line = next(line for line in run.lines() if line["grader"] == name)
    if line["pass_rate"] == line["pass_rate"]:
        verdicts = int(np.count_nonzero(run[name].passed >= 0))
        return f"{line['passed']:,} of {verdicts:,} passed ({100 * line['pass_rate']:.1f} %)"
    mean = line["mean_score"]
    return "nothing graded" if mean != mean else f"mean score {mean:.4f}"


def _why(grades: Grades, i: int) -> str:
    """A row's score and its explanation: when a threshold moved, the score alone says why."""
    score, why = grades.scores[i], grades.explanation(i)
    text = why if score != score else f"{score:.4g}, {why}"
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
