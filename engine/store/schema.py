"""The tables of the store, and how an older store becomes the present one.

*Conventions*: ``PRAGMA user_version`` is the number of migrations that a store has gone through,
``PRAGMA application_id`` says that it is one of ours. A migration is one transaction: it is gone
through whole, or the store is as it was. It is never changed once it was released: a new one is
added at the end.

A run's rows are one blob of JSON Lines, and row i of it is what ``first + k`` counts. Grades are
columns: one record holds a grader's verdicts on ``count`` rows from ``first`` on, those of a rule
on a thousand rows as well as those of a judge on one. No two records of a grader share a row
(`columns`), and a row is one (item, repeat): so a grade is recorded once.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import StoreError

APPLICATION_ID = 0x65617231  # "ear1"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE runs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order; clocks go back
            id TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL,                  -- UTC, for people
            name TEXT NOT NULL,
            status TEXT NOT NULL,                   -- writing, complete
            origin TEXT NOT NULL,                   -- what the rows were read from
            base TEXT NOT NULL,                     -- where relative audio paths start
            count INTEGER NOT NULL DEFAULT 0,       -- rows
            rows TEXT,                              -- the digest of their blob; none while writing
            apart INTEGER NOT NULL DEFAULT 0,       -- whether audio of theirs lies in other blobs
            verbatim INTEGER NOT NULL DEFAULT 0,    -- whether the blob is the file they came from
            rejected TEXT NOT NULL DEFAULT '[]',    -- what is no row: [{id, file, reason, line}]
            graders TEXT NOT NULL DEFAULT '[]',     -- [{name, signature, block, ratios, fields}]
            summary TEXT NOT NULL DEFAULT '[]'      -- a line for each grader
        )
        """,
        """
        CREATE TABLE grades (
            run INTEGER NOT NULL REFERENCES runs(seq) ON DELETE CASCADE,
            grader TEXT NOT NULL,
            first INTEGER NOT NULL CHECK (first >= 0),
            count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 1024),
            scores BLOB NOT NULL,                   -- float64, little-endian; NaN: not gradable
            passed BLOB NOT NULL,                   -- int8: 1, 0, -1 (no verdict)
            fields BLOB NOT NULL,                   -- JSON: each field's name and values
            explanations BLOB,                      -- JSON; none where its grader can repeat them
            UNIQUE (run, grader, first),
            CHECK (length(scores) = 8 * count AND length(passed) = count)
        )
        """,
    ),
)


def version(connection: sqlite3.Connection, path: Path) -> int:
    """The number of migrations that a database has gone through; 0 where it is empty.

    Raises:
        StoreError: it is not ours, or that of a newer version.
    """
    # one statement, hence one moment: another program may be making the tables
    found, owner, tables = connection.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master) "
        "FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if owner != APPLICATION_ID and (owner or found or tables):
        raise StoreError(
            f"{path}: is the database of another program; name another folder with EARMARK_STORE"
        )
    if found > len(MIGRATIONS):
        raise StoreError(
            f"{path}: was made by a newer earmark (its version is {found}, this one knows "
            f"{len(MIGRATIONS)}); upgrade with pip install -U earmark, or name another folder with "
            f"EARMARK_STORE"
        )
    return int(found)


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether a database needs no migration.

    Raises:
        StoreError: it is not ours, or that of a newer version.
    """
    return version(connection, path) == len(MIGRATIONS)


def migrate_once(connection: sqlite3.Connection, path: Path) -> None:
    """Go through the next migration, if there is one, in the transaction that is open.

    Raises:
        StoreError: the database is not ours, or that of a newer version.
    """
    done = version(connection, path)
    if done == len(MIGRATIONS):  # somebody else was faster
        return
    for statement in MIGRATIONS[done]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {done + 1}")
