"""The tables of the store, and how an older store becomes the present one.

*Conventions*: ``PRAGMA user_version`` is the number of migrations that a store has gone through,
``PRAGMA application_id`` says that it is one of ours. A migration is never changed once it was
released: a new one is added at the end.

A run's rows are one blob of JSON Lines, and row i of it is what ``first + k`` counts. Grades are
columns: one record holds a grader's verdicts on ``count`` rows from ``first`` on, a hundred
thousand rules' at a time as well as one judge's alone. Nobody can record a grade twice: the key
is (run, grader, first), and a row is one (item, repeat).
"""

from __future__ import annotations

APPLICATION_ID = 0x65617231  # "ear1"

MIGRATIONS: tuple[str, ...] = (
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
        apart INTEGER NOT NULL DEFAULT 0,       -- whether audio of the rows lies in other blobs
        rejected TEXT NOT NULL DEFAULT '[]',    -- records that are no rows: [{id,file,reason,line}]
        graders TEXT NOT NULL DEFAULT '[]',     -- [{name, signature, block, ratios}]
        summary TEXT NOT NULL DEFAULT '[]'      -- a line for each grader
    ) STRICT;
    CREATE TABLE grades (
        run INTEGER NOT NULL REFERENCES runs(seq) ON DELETE CASCADE,
        grader TEXT NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        scores BLOB NOT NULL,                   -- float64, little-endian; NaN: could not be graded
        passed BLOB NOT NULL,                   -- int8: 1, 0, -1 (no verdict)
        fields BLOB NOT NULL,                   -- JSON: each field's name and values
        explanations BLOB,                      -- JSON; none where the grader can say them again
        UNIQUE (run, grader, first)
    ) STRICT;
    """,
)
VERSION = len(MIGRATIONS)
