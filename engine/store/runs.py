"""Runs in the store: saved whole, found by id, and read back whole or in batches.

*Conventions*: a run's id tells when it was saved and is never used again; ``latest`` is the one
that was saved last, and the beginning of an id will do where no other begins so. What is read
back are the same rows and grades. An explanation that its grader can give again is not kept.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..data.addresses import is_address
from ..data.scalars import jsonable
from ..data.write import json_text
from ..errors import StoreError, did_you_mean
from ..run import Run
from ..types import Rejection, Rows
from .columns import insert_packed, pack_grades, read_grades
from .db import Store
from .lines import Kept, keep_rows, scan_lines

LATEST = "latest"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_BEGIN = (
    "INSERT INTO runs (id, created, name, status, origin, base) VALUES (?, ?, ?, 'writing', ?, ?) "
    "ON CONFLICT (id) DO NOTHING"
)
_COMPLETE = (
    "UPDATE runs SET status = 'complete', count = ?, rows = ?, apart = ?, verbatim = ?, "
    "rejected = ?, graders = ?, summary = ? WHERE seq = ?"
)
_COLUMNS = (
    "seq, id, created, name, status, origin, base, count, rows, apart, verbatim, rejected, "
    "graders, summary"
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
        graders: name, signature, block, ratios and names of the fields of each grader.
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
        DataError: a row or a grade holds what cannot be saved.
    """
    kept = kept or keep_rows(store.blobs, run.rows)
    packed, summary = list(pack_grades(run, 0)), run.lines()  # before others must wait for this
    with store.writing() as connection:
        seq, id = begin(connection, run)
        insert_packed(connection, seq, packed)
        complete(connection, seq, run, len(run), kept, summary)
    return id


def begin(connection: sqlite3.Connection, run: Run) -> tuple[int, str]:
    """A new run that is being written: its place in the order, and its id."""
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    base = run.rows.base
    if not is_address(base):  # where we are now is another place tomorrow
        base = os.path.abspath(base)
    about = (run.name or ", ".join(run.grades), _text(run.rows.origin), _text(base))
    while True:
        id = _new_id(now)
        inserted = connection.execute(_BEGIN, (id, created, *about))
        if inserted.rowcount and inserted.lastrowid:  # else another run has this id
            return inserted.lastrowid, id


def complete(
    connection: sqlite3.Connection,
    seq: int,
    run: Run,
    count: int,
    kept: Kept,
    summary: list[dict[str, Any]],
) -> None:
    """Say that a run is whole: from now on it is seen as such."""
    rejected = [
        {"id": _text(no.id), "file": _text(no.file), "reason": _text(no.reason), "line": no.line}
        for no in run.rows.rejected
    ]
    texts = [json_text(jsonable(part)) for part in (rejected, about_graders(run), summary)]
    connection.execute(_COMPLETE, (count, kept.digest, kept.apart, kept.verbatim, *texts, seq))


def about_graders(run: Run) -> list[dict[str, Any]]:
    """What is kept of each grader of a run beside its grades."""
    return [
        {
            "name": name,
            "signature": run.signatures[name],
            "block": run.blocks.get(name),
            "ratios": {key: dataclasses.astuple(ratio) for key, ratio in grades.ratios.items()},
            "fields": list(grades.fields),
        }
        for name, grades in run.grades.items()
    ]


def entries(store: Store) -> list[Entry]:
    """All runs of the store, the latest first.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    return _select(store, "ORDER BY seq DESC")


def find(store: Store, id: str = LATEST, whole: bool = True) -> Entry:
    """The run of this id, or whose id alone begins so; ``latest`` is the one saved last.

    Args:
        store: where it is.
        id: what to find it by.
        whole: refuse one that was not written to its end.

    Raises:
        StoreError: there is none, or several.
    """
    if id == LATEST:
        found = _select(store, "WHERE status = 'complete' ORDER BY seq DESC LIMIT 1")
        if not found:
            raise StoreError(f"{store.path}: there is no run in this store yet")
        return found[0]
    found = _select(store, "WHERE id = ?1", id)
    if not found and id:
        found = _select(store, "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY seq DESC", id)
    if len(found) > 1:
        ids = ", ".join(entry.id for entry in found[:5])
        raise StoreError(f"{store.path}: {len(found)} runs begin with {id!r}: {ids}; write more")
    if not found:
        hint = did_you_mean(id, [entry.id for entry in entries(store)])
        raise StoreError(f"{store.path}: there is no run {id!r}.{hint} `earmark list` names all")
    if whole and found[0].kept is None:
        raise StoreError(
            f"{store.path}: the run {found[0].id} was not written to its end; it is being written "
            f"now, or its program was stopped; then `earmark remove {found[0].id}` removes it"
        )
    return found[0]


def scan(store: Store, entry: Entry, batch: int = 1024) -> Iterator[Run]:
    """A run in batches of its rows, each a run of its own, in memory that does not grow.

    Raises:
        StoreError: a part of it is missing, or was changed.
    """
    first = 0
    for rows in _scan_rows(store, entry, batch):
        yield _graded(store, entry, rows, first)
        first += len(rows)


def load(store: Store, entry: Entry) -> Run:
    """A run as it was saved.

    Raises:
        StoreError: a part of it is missing, or was changed.
    """
    rows = _joined(list(_scan_rows(store, entry, max(entry.count, 1))))
    rows = dataclasses.replace(rows, rejected=entry.rejected, base=entry.base, origin=entry.origin)
    return _graded(store, entry, rows, 0)


def _scan_rows(store: Store, entry: Entry, batch: int) -> Iterator[Rows]:
    assert entry.kept is not None  # find() gives none that is not whole
    refused = {no.line for no in entry.rejected if no.line} if entry.kept.verbatim else ()
    count = 0
    for part in scan_lines(store.blobs, entry.kept, batch, refused):
        places = [f"run {entry.id}: item {id}" for id in part.ids]
        yield dataclasses.replace(part, places=places, base=entry.base, origin=entry.origin)
        count += len(part)
    if count != entry.count:
        raise StoreError(
            f"{store.path}: the run {entry.id} was saved with {entry.count} rows, and {count} can "
            f"be read; it was saved by another version of earmark"
        )


def _graded(store: Store, entry: Entry, rows: Rows, first: int) -> Run:
    with store.reading() as connection:
        grades = read_grades(connection, entry.seq, entry.graders, first, len(rows))
    signatures = {grader["name"]: grader["signature"] for grader in entry.graders}
    blocks = {grader["name"]: grader["block"] for grader in entry.graders if grader["block"]}
    return Run(rows, grades, signatures, blocks, entry.id, entry.name)


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    ids, items, samples, repeats, places = (
        [value for part in parts for value in getattr(part, name)]
        for name in ("ids", "items", "samples", "repeats", "places")
    )
    return Rows(ids, items, samples, repeats, places)


def _new_id(now: datetime) -> str:
    return f"{now:%Y%m%d-%H%M%S}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"


def _select(store: Store, which: str, *values: str) -> list[Entry]:
    with store.reading() as connection:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM runs {which}", values).fetchall()
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, id, created, name, status, origin, base, count, digest, apart, verbatim, *texts = row
    rejected, graders, summary = map(json.loads, texts)
    kept = Kept(digest, bool(apart), bool(verbatim)) if digest else None
    refused = tuple(Rejection(**each) for each in rejected)
    about = (seq, id, created, name, status, origin, base, count)
    return Entry(*about, kept, refused, tuple(graders), tuple(summary))


def _text(text: str) -> str:
    """A text that a database can hold: a byte of a file's name that is no UTF-8 is written out."""
    return text.encode(errors="backslashreplace").decode()
