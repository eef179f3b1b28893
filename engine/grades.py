"""Grades as columns, and the metrics of many rows.

*Conventions*: position i of every column is row i. A score of NaN and a ``passed`` of -1 mean
"no verdict", and are never read as zero, failed or passed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .data.scalars import plain

Column = Sequence[Any] | npt.NDArray[Any]

PASSED, FAILED, NO_VERDICT = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Ratio:
    """A metric of many rows: the sum of some columns by the sum of others.

    So it is right over any set of rows, and can be written down. What a row has not (None) is in
    no sum. Without columns below the line it is the sum of those above.

    >>> Ratio(("errors",), ("words",)).of({"errors": [1, 0, None], "words": [2, 6, None]})
    0.125
    """

    above: tuple[str, ...]
    below: tuple[str, ...] = ()

    def of(self, fields: Mapping[str, Column]) -> float:
        """The metric; NaN where nothing is below the line."""
        above = sum(_total(fields[name]) for name in self.above)
        if not self.below:
            return above
        below = sum(_total(fields[name]) for name in self.below)
        return above / below if below else math.nan


def listed(column: Column) -> list[Any]:
    """A column's plain values; as JSON, NumPy's float32 would come back as another number.

    >>> listed(np.array([0.5, 2], np.float32)), listed(("a", None))
    ([0.5, 2.0], ['a', None])
    """
    values: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return values


def _total(column: Column) -> float:
    if isinstance(column, np.ndarray) and column.dtype != object:
        total: float = column.sum().item()
    else:
        total = sum(value for value in column if value is not None)
    return total


def _no_explanation(i: int) -> str:
    return ""


def _explain_taken(explain: Callable[[int], str], rows: Sequence[int], i: int) -> str:
    return explain(rows[i])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Grades:
    """One grader's verdicts, a column each.

    Its function is one of a module, or a partial of one, so that it can be pickled.

    Attributes:
        scores: float64 [n]; NaN = could not be graded.
        passed: int8 [n]: 1, 0, or -1 = no verdict (not gradable, or a measure without a
            threshold).
        fields: the grader's own columns (missing, hits, picked, ...), each of length n.
        explain: gives the explanation of row i when asked for.
        ratios: its metrics over many rows, by name; ``mean_score`` takes the place of the mean
            of the scores where that would be wrong, as it is for rates.
    """

    scores: npt.NDArray[np.float64]
    passed: npt.NDArray[np.int8]
    fields: Mapping[str, Column] = field(default_factory=dict)
    explain: Callable[[int], str] = _no_explanation
    ratios: Mapping[str, Ratio] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"Grades({counted(len(self))}, {np.count_nonzero(~np.isnan(self.scores))} graded)"

    @property
    def metrics(self) -> Mapping[str, float]:
        """The aggregate over these rows; a corpus rate is a ratio of sums."""
        return {name: ratio.of(self.fields) for name, ratio in self.ratios.items()}

    def explanation(self, i: int) -> str:
        """Why row i got its grade, in words.

        Raises:
            IndexError: there is no row i.
        """
        return self.explain(range(len(self))[i])

    def take(self, index: Sequence[int]) -> Grades:
        """The grades at these positions, with the same ratios and explanations."""
        rows = list(map(operator.index, index))
        return Grades(
            self.scores[rows],
            self.passed[rows],
            {
                name: column[rows] if isinstance(column, np.ndarray) else [column[i] for i in rows]
                for name, column in self.fields.items()
            },
            partial(_explain_taken, self.explain, rows),
            self.ratios,
        )

    def row(self, i: int) -> dict[str, Any]:
        """Row i as plain values: score and passed are None where there is no verdict."""
        score, passed = float(self.scores[i]), int(self.passed[i])
        return {
            "score": None if score != score else score,
            "passed": None if passed == NO_VERDICT else bool(passed),
            "explanation": self.explanation(i),
            **{name: plain(column[i]) for name, column in self.fields.items()},
        }


def counted(rows: int) -> str:
    """How many rows, in words.

    >>> counted(1), counted(26)
    ('1 row', '26 rows')
    """
    return f"{rows} row" if rows == 1 else f"{rows} rows"
