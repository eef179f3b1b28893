"""Why rows were not graded: each reason once, however many rows have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ..run import Run


class Reason(NamedTuple):
    """Why rows could not be graded, how many, and the id of the first."""

    reason: str
    rows: int
    example: str


def reasons(run: Run, name: str) -> list[Reason]:
    """Why the ungraded rows of a grader are ungraded, the most frequent reason first."""
    grades = run[name]
    found: dict[str, list[str]] = {}
    for i in np.flatnonzero(np.isnan(grades.scores)).tolist():
        found.setdefault(grades.explanation(i), []).append(run.rows.ids[i])
    by_count = sorted(found.items(), key=lambda entry: -len(entry[1]))
    return [Reason(reason, len(ids), ids[0]) for reason, ids in by_count]
