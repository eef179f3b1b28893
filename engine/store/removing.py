"""Runs taken out of the store, and the blobs that no run uses any more.

*Conventions*: two steps. A run is gone when its record is, in one transaction; then the blobs are
looked through. A program that is stopped between the two leaves blobs that nobody uses, and the
next removal takes them. A blob may be in use before any run says so: those that were put within
the last hour stay, and those since an hour before the oldest run that is still being written.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from .apart import named
from .blobs import Swept
from .db import Store
from .runs import Entry, entries, find

_SPARED_S = 3600.0  # from putting a blob to completing its run, where no run is there meanwhile


def remove_runs(store: Store, ids: Iterable[str]) -> list[Entry]:
    """Take runs out of the store, all or none; what they were.

    Args:
        store: where they are.
        ids: as `find` takes them; a run that was not written to its end is found, too.

    Raises:
        StoreError: one of them is not there, or the store cannot be written.
    """
    found = {entry.seq: entry for entry in (find(store, id, whole=False) for id in ids)}
    with store.writing() as connection:
        connection.executemany("DELETE FROM runs WHERE seq = ?", [(seq,) for seq in found])
    return list(found.values())


def remove_unused(store: Store) -> Swept:
    """Remove the blobs that no run uses.

    Raises:
        StoreError: the rows of a run cannot be read, so that nobody knows what they use; or a blob
            cannot be removed.
    """
    now = time.time()
    used: set[str] = set()
    begun = [now]
    for entry in entries(store):
        if entry.kept is None:
            begun.append(datetime.fromisoformat(entry.created).timestamp())
        else:
            used.add(entry.kept.digest)
            if entry.kept.apart:
                with store.blobs.checked(entry.kept.digest).open("rb") as lines:
                    used.update(digest for line in lines for digest in named(line))
    return store.blobs.sweep(used, min(begun) - _SPARED_S)
