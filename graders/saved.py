"""Runs of the store, with the graders that graded them.

*Conventions*: an explanation that a grader's block can give again is not stored, for explaining
a hundred thousand rows takes longer than grading them. Where none was, the grader that is made of
the block grades the rows again when one is asked for, some at a time. What it says counts only
where it is the same rule (its signature is the stored one) and gives this row the stored grade;
elsewhere the fields speak that were stored, and a remark says why.
"""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..engine.errors import ConfigError, EarmarkWarning
from ..engine.grades import Grades
from ..engine.run import Run
from ..engine.store.apart import put_back
from ..engine.store.db import Store
from ..engine.store.runs import LATEST, Entry, find, load, scan
from ..engine.types import Grader, Rows
from .config import from_config

_BATCH = 1024  # rows, of which a table is made at a time
_AT_ONCE = 256  # rows graded again for one explanation: as fast as one, and the next are there
_OTHER_RULE = "(as it was stored: this version's rule is another one)"
_OTHER_GRADE = "(as it was stored: graded again, this row gets another grade)"


def load_run(id: str = LATEST, folder: str | os.PathLike[str] | None = None) -> Run:
    """A run of the store, as it was saved.

    Args:
        id: its id, the beginning of it that no other has, or ``latest``.
        folder: the store's; by default ``EARMARK_STORE``, or ``.earmark`` in the working
            directory.

    Raises:
        StoreError: there is no store, no such run, or a part of it is missing.
    """
    store = Store(folder)
    return explaining(load(store, find(store, id)))


@dataclasses.dataclass(frozen=True, slots=True)
class Batches:
    """A stored run some rows at a time, from the first one each time it is gone over.

    Attributes:
        store: where it is.
        entry: the run.
    """

    store: Store
    entry: Entry

    def __iter__(self) -> Iterator[Run]:
        rejected = self.entry.rejected
        for part in scan(self.store, self.entry, _BATCH):
            # each rejection comes once, with the first rows
            rows = dataclasses.replace(part.rows, rejected=rejected)
            yield explaining(dataclasses.replace(part, rows=rows))
            rejected = ()


def load_light(store: Store, entry: Entry) -> Run:
    """A run without its audio, of which only the marks are read: for tables and slices.

    Its explanations are those that were stored; `explaining` gives the others.

    Raises:
        StoreError: a part of it is missing.
    """
    assert entry.kept is not None  # find() gives none that is not whole
    kept = dataclasses.replace(entry.kept, apart=False)
    return load(store, dataclasses.replace(entry, kept=kept))


def with_audio(store: Store, entry: Entry, run: Run, index: list[int]) -> Run:
    """The rows at these positions of a run from `load_light`, with their audio.

    Raises:
        StoreError: a part of it is missing.
    """
    assert entry.kept is not None  # find() gives none that is not whole
    rows = run.rows.take(index)
    if entry.kept.apart:  # else what looks like a mark is data
        rows = dataclasses.replace(
            rows,
            items=[put_back(item, store.blobs) for item in rows.items],
            samples=[put_back(sample, store.blobs) for sample in rows.samples],
        )
    grades = {name: each.take(index) for name, each in run.grades.items()}
    return dataclasses.replace(run, rows=rows, grades=grades)


def graders_of(blocks: Mapping[str, Mapping[str, Any]]) -> list[Grader]:
    """The graders that a run's blocks make: none of a block that this version cannot read."""
    found = []
    for name, block in blocks.items():
        try:
            grader = from_config(block)
        except ConfigError:
            continue
        if grader.name == name:
            found.append(grader)
    return found


def same_rules(run: Run, graders: Iterable[Grader]) -> list[Grader]:
    """Those of the graders whose rule is the one that graded the run."""
    return [grader for grader in graders if grader.signature == run.signatures[grader.name]]


def explaining(run: Run) -> Run:
    """The run with explanations from the graders that its blocks make."""
    known = {grader.name: grader for grader in same_rules(run, graders_of(run.blocks))}
    grades: dict[str, Grades] = {}
    for name, stored in run.grades.items():
        if name in run.blocks:
            again = _Again(run.rows, stored, known.get(name))
            stored = dataclasses.replace(stored, explain=again)
        grades[name] = stored
    return dataclasses.replace(run, grades=grades)


class _Again:
    """Explains rows where nothing was stored by grading them once more, a block at a time."""

    def __init__(self, rows: Rows, stored: Grades, grader: Grader | None) -> None:
        self._rows = rows
        self._stored = stored
        self._grader = grader
        self._last: tuple[int, Grades] | None = None  # the block's first row, its grades

    def __call__(self, i: int) -> str:
        kept = self._stored.explanation(i)
        if kept:
            return kept
        if self._grader is None:
            return f"{_fields(self._stored, i)} {_OTHER_RULE}"
        start = i - i % _AT_ONCE
        if self._last is None or self._last[0] != start:
            self._last = start, self._graded(self._grader, start)
        again = self._last[1]
        if _verdict(again, i - start) != _verdict(self._stored, i):
            return f"{_fields(self._stored, i)} {_OTHER_GRADE}"
        return again.explanation(i - start)

    def _graded(self, grader: Grader, start: int) -> Grades:
        with warnings.catch_warnings():  # what there is to say was said when it was graded
            warnings.simplefilter("ignore", EarmarkWarning)
            return grader.grade(self._rows.take(range(start, min(start + _AT_ONCE, len(self)))))

    def __len__(self) -> int:
        return len(self._rows)


def _fields(grades: Grades, i: int) -> str:
    said = "; ".join(f"{name}: {column[i]}" for name, column in grades.fields.items())
    return said or "not explained"


def _verdict(grades: Grades, i: int) -> tuple[Any, int]:
    score = float(grades.scores[i])
    return None if score != score else score, int(grades.passed[i])
