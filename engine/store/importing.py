"""A file of rows, or of an exported run, into the store.

*Conventions*: rows and grades are written as they are read, some at a time, and nothing of them
is held but the numbers that the summary is made of. Until all of it is there the run is marked as
being written; where that fails, or is interrupted, what was written of it is taken away again.
Explanations are kept as they stand in the file: whoever made them may know better rules.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from ..data.filling import Filling
from ..data.read import batches, scan_rows
from ..data.sources import Records, opened
from ..errors import DataError, StoreError
from ..grades import NO_VERDICT, Column, Grades
from ..run import Run
from ..types import Rejection, Rows
from .columns import insert_grades
from .db import Store
from .graded import scan_graded, summed
from .lines import Kept, write_rows
from .runs import Entry, begin, complete, find

_GRADED = (".jsonl", ".ndjson", ".json")  # in which grades can stand beside an item
_BATCH = 4096  # rows: one transaction, which is one wait for the disk


def import_run(store: Store, source: Any, name: str = "") -> Entry:
    """Put the rows of a source into the store, with the grades that an exported run has.

    Args:
        store: where to.
        source: anything that `earmark.read_rows` takes.
        name: what people will call the run; by default what the file calls it.

    Raises:
        DataError: the source cannot be read, or no row of it can be taken.
        StoreError: the store cannot be written.
    """
    named, parts = _parts(source)
    first = next(parts, None)
    if first is None:
        raise DataError(f"{named}: there is no row in it")
    whole, apart = _Whole(first), False
    with _begun(store, replace(first, name=name or first.name)) as (seq, id):
        with store.blobs.writer() as blob:
            for part in chain([first], parts):
                apart |= write_rows(blob, store.blobs, part.rows, whole.count)
                with store.writing() as connection:
                    insert_grades(connection, seq, replace(part, blocks={}), whole.count)
                whole.add(part)
        if not whole.count:
            raise DataError(f"{named}: no row of it was taken; first: {whole.rejected[0]}")
        run = whole.run()
        with store.writing() as connection:
            complete(connection, seq, run, whole.count, Kept(blob.digest, apart), run.lines())
    return find(store, id)


def _parts(source: Any) -> tuple[str, Iterator[Run]]:
    """What a source is called, and its rows and grades some at a time."""
    if isinstance(source, Rows):
        return source.origin or "Rows", (Run(rows, {}, {}) for rows in scan_rows(source, _BATCH))
    found = opened(source)
    found = found._replace(records=_of_source(found.records, found.name))
    if found.kind in _GRADED:
        return found.name, scan_graded(found, _BATCH)
    return found.name, (Run(rows, {}, {}) for rows in batches(found, Filling("skip"), _BATCH))


def _of_source(records: Records, name: str) -> Records:
    """The records; what a program fails with that gives them is not taken for a full disk."""
    try:
        yield from records
    except OSError as error:
        raise DataError(f"{name}: reading failed: {error}") from error


@contextlib.contextmanager
def _begun(store: Store, run: Run) -> Iterator[tuple[int, str]]:
    """A run that is gone again where the block fails."""
    seq = None
    try:
        with store.writing() as connection:
            seq, id = begin(connection, run)
        yield seq, id
    except BaseException:  # an interruption too
        with contextlib.suppress(StoreError):  # then it stays, marked as not whole
            with store.writing() as connection:
                connection.execute("DELETE FROM runs WHERE seq = ?", (seq,))
        raise


class _Whole:
    """What is known of the whole run while it is read: numbers, and no text of the rows."""

    def __init__(self, first: Run) -> None:
        self.count = 0
        self.rejected: list[Rejection] = []
        self._first = first
        self._signatures: dict[str, str] = {}
        self._fields: dict[str, dict[str, None]] = {}  # the names of each grader's own
        self._parts: list[tuple[int, dict[str, Grades]]] = []

    def add(self, part: Run) -> None:
        """Take note of the next rows."""
        self._signatures |= part.signatures
        for name, grades in part.grades.items():
            self._fields.setdefault(name, {}).update(dict.fromkeys(grades.fields))
        self._parts.append((len(part), {name: _slim(g) for name, g in part.grades.items()}))
        self.rejected += part.rows.rejected
        self.count += len(part)

    def run(self) -> Run:
        """The whole run, its rows without anything in them."""
        n, about = self.count, self._first.rows
        rows = Rows([""] * n, [{}] * n, [None] * n, [0] * n, rejected=tuple(self.rejected))
        rows = replace(rows, base=about.base, origin=about.origin)
        grades = {name: self._joined(name) for name in self._signatures}
        return Run(rows, grades, self._signatures, self._first.blocks)

    def _joined(self, name: str) -> Grades:
        parts = [grades.get(name, _absent(count)) for count, grades in self._parts]
        fields: dict[str, Column] = dict.fromkeys(self._fields[name], [None] * self.count)
        for key in parts[-1].fields:
            fields[key] = [value for part in parts for value in part.fields[key]]
        scores = np.concatenate([part.scores for part in parts])
        passed = np.concatenate([part.passed for part in parts])
        ratios = {key: ratio for part in parts for key, ratio in part.ratios.items()}
        return Grades(scores, passed, fields, ratios=ratios)


def _slim(grades: Grades) -> Grades:
    """Scores, verdicts, and the fields that its metrics are sums of."""
    fields = {key: grades.fields[key] for key in summed(grades.ratios)}
    return Grades(grades.scores, grades.passed, fields, ratios=grades.ratios)


def _absent(count: int) -> Grades:
    """A grader's column where no row has a grade of it."""
    return Grades(np.full(count, np.nan), np.full(count, NO_VERDICT, dtype=np.int8))
