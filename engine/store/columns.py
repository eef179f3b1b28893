"""Grades as the store keeps them: columns, some rows at a time.

*Conventions*: a record holds ``count`` rows from ``first`` on. Scores are little-endian float64,
verdicts int8, a grader's own fields JSON. Explanations are kept only where nobody can give them
again: a grader that has a block can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import orjson

from ..data.write import json_line
from ..run import Run
from ..types import NO_VERDICT, Column, Grades, Ratio

CHUNK = 1024  # rows; of them a batch is put together without reading much that it does not need
_INSERT = (
    "INSERT INTO grades (run, grader, first, count, scores, passed, fields, explanations) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, grader, first) DO NOTHING"
)


def insert_grades(connection: sqlite3.Connection, seq: int, run: Run, first: int) -> int:
    """Record the grades of a run's rows; how many records were not there before.

    What was recorded already stays as it is.

    Args:
        connection: in a transaction that may write.
        seq: the run that they belong to.
        run: rows and grades.
        first: the position of its first row in that run.
    """
    before = connection.total_changes
    for name, grades in run.grades.items():
        kept = name in run.blocks
        for start in range(0, len(run), CHUNK):
            rows = range(start, min(start + CHUNK, len(run)))
            record = (seq, name, first + start, len(rows), *_packed(grades, rows, kept))
            connection.execute(_INSERT, record)
    return connection.total_changes - before


def read_grades(
    connection: sqlite3.Connection,
    seq: int,
    graders: Sequence[Mapping[str, Any]],
    first: int,
    count: int,
) -> dict[str, Grades]:
    """The grades of the rows from ``first`` on, by the grader's name.

    A row without a record has no score and no verdict.
    """
    return {
        grader["name"]: _read(connection, seq, grader, range(first, first + count))
        for grader in graders
    }


def _packed(grades: Grades, rows: range, explained: bool) -> tuple[Any, ...]:
    part = slice(rows.start, rows.stop)
    fields = {name: column[part] for name, column in grades.fields.items()}
    texts = None if explained else json_line({"": list(map(grades.explanation, rows))})
    return (
        grades.scores[part].astype("<f8").tobytes(),
        grades.passed[part].astype(np.int8).tobytes(),
        json_line(fields),
        texts,
    )


def _read(
    connection: sqlite3.Connection, seq: int, grader: Mapping[str, Any], rows: range
) -> Grades:
    scores = np.full(len(rows), np.nan)
    passed = np.full(len(rows), NO_VERDICT, dtype=np.int8)
    fields: dict[str, list[Any]] = {}
    texts: list[str | None] = [None] * len(rows)
    found = connection.execute(
        "SELECT first, count, scores, passed, fields, explanations FROM grades "
        "WHERE run = ? AND grader = ? AND first < ? AND first + count > ? ORDER BY first",
        (seq, grader["name"], rows.stop, rows.start),
    )
    for first, count, packed_scores, packed_passed, packed_fields, packed_texts in found:
        lo, hi = max(first, rows.start), min(first + count, rows.stop)
        there, here = slice(lo - first, hi - first), slice(lo - rows.start, hi - rows.start)
        scores[here] = np.frombuffer(packed_scores, "<f8")[there]
        passed[here] = np.frombuffer(packed_passed, np.int8)[there]
        for name, column in orjson.loads(packed_fields).items():
            fields.setdefault(name, [None] * len(rows))[here] = column[there]
        if packed_texts is not None:
            texts[here] = orjson.loads(packed_texts)[""][there]
    ratios = {name: Ratio(*map(tuple, parts)) for name, parts in grader["ratios"].items()}
    return Grades(scores, passed, fields, partial(_said, texts, fields), ratios)


def _said(texts: Sequence[str | None], fields: Mapping[str, Column], i: int) -> str:
    """The explanation that was kept, else what the fields say."""
    text = texts[i]
    if text is not None:
        return text
    return "; ".join(f"{name}: {column[i]}" for name, column in fields.items()) or "not explained"
