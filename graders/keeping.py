"""Saving a run while its rows are still being graded.

*Conventions*: what takes long is hashing and copying the rows' file, which needs no interpreter:
it is begun on a thread of its own before the file is read. What was kept so counts only where
the rows that were graded are that very file; otherwise they are written from memory. Whoever
saves so must own the rows: in a program that changed some since, they are no longer the file.
"""

from __future__ import annotations

import threading

from ..engine.errors import DataError, StoreError
from ..engine.run import Run
from ..engine.store.db import Store
from ..engine.store.lines import Kept, keep_file
from ..engine.store.runs import save
from ..engine.types import FileState


class Keeping(threading.Thread):
    """Keeps a file of rows in the store, in the background.

    Args:
        store: where to.
        source: what the rows will be read from; where it is no file of plain JSON Lines there
            is nothing to do yet.
    """

    def __init__(self, store: Store, source: str) -> None:
        super().__init__(daemon=True)  # an interrupted command must not wait for it
        self._store = store
        self._file = FileState.of_rows(source)
        self._kept: Kept | None = None

    def run(self) -> None:
        """Hash and copy the file; what fails here fails again, and is told, when all is saved."""
        if self._file:
            try:
                self._kept = keep_file(self._store.blobs, self._file)
            except (StoreError, OSError):
                self._kept = None

    def save(self, run: Run) -> str:
        """Put the run into the store; its id.

        Raises:
            StoreError: the store cannot be written.
            DataError: a row holds what cannot be saved, or there is none.
        """
        self.join()
        if not len(run):  # it would be the latest, and hide the one that somebody looks for
            raise DataError(f"no row of {run.rows.origin or 'these'} was taken")
        return save(self._store, run, self._kept if self._is_there(run.rows.file) else None)

    def _is_there(self, file: FileState | None) -> bool:
        """Whether this is the file that was kept; hours later somebody may have removed it."""
        if self._kept is None or file is None or file != self._file:
            return False
        return self._store.blobs.holds(self._kept.digest, file.size)
