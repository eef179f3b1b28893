"""Runs in the store: saved whole, found by id, and read back whole or in batches.

*Conventions*: a run's id tells when it was saved and is never used again; ``latest`` is the one
that was saved last, and the beginning of an id will do where no other begins so. What is read
back are the same rows and grades. An explanation that its grader can give again is not kept.
"""

from __future__ import annotations

import dataclasses
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from ..data.scalars import jsonable
from ..data.write import json_line
from ..errors import StoreError, did_you_mean
from ..run import Run
from ..types import Rejection, Rows
from .columns import insert_grades, read_grades
from .db import Store
from .lines import Kept, keep_rows, scan_lines

LATEST = "latest"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_COLUMNS = (
    "seq, id, created, name, status, origin, base, count, rows, apart, rejected, graders, summary"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store knows of a run without reading its rows.

    Attributes:
        seq: its place in the order of saving.
        id: under which it is found.
        created: when it was saved, UTC.
        name: what people call it.
        status: ``complete``, or ``writing`` while it is not whole.
        origin: what its rows were read from.
        base: the folder that relative paths in its rows start from.
        count: how many rows.
        kept: where they lie; None while the run is being written.
        rejected: the records that are no rows.
        graders: name, signature, block and ratios of each grader.
        summary: the lines of ``Run.lines``.
    """

    seq: int
    id: str
    created: str
    name: str
    status: str
    origin: str
    base: str
    count: int
    kept: Kept | None
    rejected: tuple[Rejection, ...]
    graders: tuple[Mapping[str, Any], ...]
    summary: tuple[Mapping[str, Any], ...]


def save(store: Store, run: Run, kept: Kept | None = None) -> str:
    """Put a run into the store, whole or not at all; its id.

    Args:
        store: where to.
        run: rows and grades.
        kept: where its rows lie, when somebody kept them before.

    Raises:
        StoreError: the store cannot be written.
        DataError: a row holds what cannot be saved.
    """
    kept = kept or keep_rows(store.blobs, run.rows)
    with store.writing() as connection:
        seq, id = begin(connection, run)
        insert_grades(connection, seq, run, 0)
        complete(connection, seq, run, len(run), kept, run.lines())
    return id


def begin(connection: sqlite3.Connection, run: Run) -> tuple[int, str]:
    """A new run that is being written: its place in the order, and its id."""
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    id = f"{now:%Y%m%d-%H%M%S}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
    name = run.name or ", ".join(run.grades)
    row = (id, created, name, "writing", run.rows.origin, run.rows.base)
    seq = connection.execute(
        "INSERT INTO runs (id, created, name, status, origin, base) VALUES (?, ?, ?, ?, ?, ?)", row
    ).lastrowid
    assert seq is not None  # an INSERT has one
    return seq, id


def complete(
    connection: sqlite3.Connection,
    seq: int,
    run: Run,
    count: int,
    kept: Kept,
    summary: list[dict[str, Any]],
) -> None:
    """Say that a run is whole: from now on it is seen as such."""
    graders = [
        {
            "name": name,
            "signature": run.signatures[name],
            "block": run.blocks.get(name),
            "ratios": {key: dataclasses.astuple(r) for key, r in grades.ratios.items()},
        }
        for name, grades in run.grades.items()
    ]
    rejected = [dataclasses.asdict(rejection) for rejection in run.rows.rejected]
    texts = [_json(part) for part in (rejected, graders, summary)]
    connection.execute(
        "UPDATE runs SET status = 'complete', count = ?, rows = ?, apart = ?, rejected = ?, "
        "graders = ?, summary = ? WHERE seq = ?",
        (count, kept.digest, kept.apart, *texts, seq),
    )


def entries(store: Store) -> list[Entry]:
    """All runs of the store, the latest first.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY seq DESC").fetchall()
    return [_entry(row) for row in rows]


def find(store: Store, id: str = LATEST) -> Entry:
    """The run of this id, or whose id alone begins so; ``latest`` is the one saved last.

    Raises:
        StoreError: there is none, or several.
    """
    known = entries(store)
    whole = [entry for entry in known if entry.status == "complete"]
    if id == LATEST:
        if not whole:
            raise StoreError(f"{store.path}: there is no run in this store yet")
        return whole[0]
    found = [e for e in known if e.id == id] or [e for e in known if id and e.id.startswith(id)]
    if len(found) > 1:
        ids = ", ".join(entry.id for entry in found[:5])
        raise StoreError(f"{store.path}: {len(found)} runs begin with {id!r}: {ids}; write more")
    if not found:
        hint = did_you_mean(id, [entry.id for entry in known])
        raise StoreError(f"{store.path}: there is no run {id!r}.{hint} `earmark list` names all")
    if found[0].kept is None:
        raise StoreError(
            f"{store.path}: the run {found[0].id} was not written to its end; it is being written "
            f"now, or its program was stopped"
        )
    return found[0]


def scan(store: Store, entry: Entry, batch: int = 1024) -> Iterator[Run]:
    """A run in batches of its rows, each a run of its own, in memory that does not grow.

    Raises:
        StoreError: a part of it is missing.
    """
    first = 0
    for rows in _scan_rows(store, entry, batch):
        with store.reading() as connection:
            grades = read_grades(connection, entry.seq, entry.graders, first, len(rows))
        yield Run(rows, grades, _signatures(entry), _blocks(entry), entry.id, entry.name)
        first += len(rows)


def load(store: Store, entry: Entry) -> Run:
    """A run as it was saved.

    Raises:
        StoreError: a part of it is missing.
    """
    parts = list(_scan_rows(store, entry, max(entry.count, 1)))
    rows = _joined(parts)
    with store.reading() as connection:
        grades = read_grades(connection, entry.seq, entry.graders, 0, len(rows))
    rows = dataclasses.replace(rows, rejected=entry.rejected, base=entry.base, origin=entry.origin)
    return Run(rows, grades, _signatures(entry), _blocks(entry), entry.id, entry.name)


def _scan_rows(store: Store, entry: Entry, batch: int) -> Iterator[Rows]:
    assert entry.kept is not None  # find() gives none that is not whole
    for part in scan_lines(store.blobs, entry.kept, batch):
        places = [f"run {entry.id}: item {id}" for id in part.ids]
        yield dataclasses.replace(
            part, places=places, rejected=(), base=entry.base, origin=entry.origin
        )


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    columns = ("ids", "items", "samples", "repeats", "places")
    return Rows(*([x for part in parts for x in getattr(part, name)] for name in columns))


def _signatures(entry: Entry) -> dict[str, str]:
    return {grader["name"]: grader["signature"] for grader in entry.graders}


def _blocks(entry: Entry) -> dict[str, Any]:
    return {grader["name"]: grader["block"] for grader in entry.graders if grader["block"]}


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, id, created, name, status, origin, base, count, digest, apart, *texts = row
    rejected, graders, summary = map(orjson.loads, texts)
    return Entry(
        seq,
        id,
        created,
        name,
        status,
        origin,
        base,
        count,
        Kept(digest, bool(apart)) if digest else None,
        tuple(Rejection(**each) for each in rejected),
        tuple(graders),
        tuple(summary),
    )


def _json(value: Any) -> str:
    return json_line({"": jsonable(value)})[4:-2].decode()
