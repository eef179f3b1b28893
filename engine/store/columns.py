"""Grades as the store keeps them: columns, some rows at a time.

*Conventions*: a record holds ``count`` rows from ``first`` on, ``CHUNK`` at most. Scores are
little-endian float64, verdicts int8, a grader's own fields JSON. Explanations are kept only where
nobody can give them again: a grader that has a block can.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.jsonl import parse_line
from ..data.write import json_line
from ..errors import DataError, StoreError
from ..grades import NO_VERDICT, Grades, Ratio, listed
from ..run import Run

CHUNK = 1024  # rows; the schema knows this number too
_INSERT = (
    "INSERT INTO grades (run, grader, first, count, scores, passed, fields, explanations) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_LAST_BEFORE = (
    "SELECT first, count FROM grades WHERE run = ? AND grader = ? AND first < ? "
    "ORDER BY first DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Packed:
    """One grader's grades of some rows, as they are recorded."""

    grader: str
    first: int
    count: int
    scores: bytes
    passed: bytes
    fields: bytes
    explanations: bytes | None


def pack_grades(run: Run, first: int) -> Iterator[Packed]:
    """The grades of a run as they are recorded; it takes long beside recording them.

    Args:
        run: rows and grades.
        first: the position of its first row in the run that is saved.

    Raises:
        DataError: a field or an explanation holds what JSON cannot.
    """
    for name, grades in run.grades.items():
        for start in range(0, len(run), CHUNK):
            rows = range(start, min(start + CHUNK, len(run)))
            try:
                yield _packed(name, grades, rows, first, explained=name in run.blocks)
            except DataError as error:
                raise DataError(
                    f"the grader {name!r}, rows {first + rows.start} to {first + rows.stop - 1}: "
                    f"its fields or explanations cannot be saved: {error}"
                ) from error


def insert_packed(connection: sqlite3.Connection, seq: int, packed: Iterable[Packed]) -> int:
    """Record grades; how many records were not there before.

    What was recorded already stays as it is.

    Args:
        connection: in a transaction that may write.
        seq: the run that they belong to.
        packed: what is recorded.

    Raises:
        StoreError: some rows of a record have a grade already, and others not.
    """
    return sum(_insert(connection, seq, record) for record in packed)


def insert_grades(connection: sqlite3.Connection, seq: int, run: Run, first: int) -> int:
    """`pack_grades` and `insert_packed` in one, for a few rows."""
    return insert_packed(connection, seq, pack_grades(run, first))


def read_grades(
    connection: sqlite3.Connection,
    seq: int,
    graders: Sequence[Mapping[str, Any]],
    first: int,
    count: int,
) -> dict[str, Grades]:
    """The grades of the rows from ``first`` on, by the grader's name.

    A row without a record has no score and no verdict, and an explanation that was not kept is
    empty.
    """
    return {
        grader["name"]: _read(connection, seq, grader, range(first, first + count))
        for grader in graders
    }


def _packed(name: str, grades: Grades, rows: range, first: int, explained: bool) -> Packed:
    part = slice(rows.start, rows.stop)
    fields = {key: listed(column[part]) for key, column in grades.fields.items()}
    texts = None if explained else json_line({"": list(map(grades.explanation, rows))})
    return Packed(
        name,
        first + rows.start,
        len(rows),
        grades.scores[part].astype("<f8").tobytes(),
        grades.passed[part].astype(np.int8).tobytes(),
        json_line(fields),
        texts,
    )


def _insert(connection: sqlite3.Connection, seq: int, record: Packed) -> int:
    """Record what overlaps nothing; records do not overlap, so the last one before tells."""
    stop = record.first + record.count
    last = connection.execute(_LAST_BEFORE, (seq, record.grader, stop)).fetchone()
    if last == (record.first, record.count):
        return 0
    if last and sum(last) > record.first:
        raise StoreError(
            f"the grader {record.grader!r} has grades of rows {last[0]} to {sum(last) - 1} "
            f"already, so those of rows {record.first} to {stop - 1} cannot be recorded at once"
        )
    values = (record.scores, record.passed, record.fields, record.explanations)
    connection.execute(_INSERT, (seq, record.grader, record.first, record.count, *values))
    return 1


def _read(
    connection: sqlite3.Connection, seq: int, grader: Mapping[str, Any], rows: range
) -> Grades:
    scores = np.full(len(rows), np.nan)
    passed = np.full(len(rows), NO_VERDICT, dtype=np.int8)
    fields: dict[str, list[Any]] = {name: [None] * len(rows) for name in grader["fields"]}
    texts = [""] * len(rows)
    found = connection.execute(
        "SELECT first, count, scores, passed, fields, explanations FROM grades "
        "WHERE run = ? AND grader = ? AND first < ? AND first > ? AND first + count > ? "
        "ORDER BY first",
        (seq, grader["name"], rows.stop, rows.start - CHUNK, rows.start),
    )
    for first, count, packed_scores, packed_passed, packed_fields, packed_texts in found:
        lo, hi = max(first, rows.start), min(first + count, rows.stop)
        there, here = slice(lo - first, hi - first), slice(lo - rows.start, hi - rows.start)
        scores[here] = np.frombuffer(packed_scores, "<f8")[there]
        passed[here] = np.frombuffer(packed_passed, np.int8)[there]
        for name, column in _values(packed_fields).items():
            fields.setdefault(name, [None] * len(rows))[here] = column[there]
        if packed_texts is not None:
            texts[here] = _values(packed_texts)[""][there]
    ratios = {name: Ratio(*map(tuple, parts)) for name, parts in grader["ratios"].items()}
    return Grades(scores, passed, fields, texts.__getitem__, ratios)


def _values(packed: bytes) -> Any:
    try:
        return parse_line(packed)
    except DataError:  # nested deeper than rows may be
        return json.loads(packed)
