"""The store's database: SQLite that several programs may write at once and no crash can break.

*Conventions*: write-ahead log, ``synchronous = FULL``. A connection serves one transaction: none
is shared by threads or carried through a fork, and where nobody works the log is empty and the
database one file. A transaction that may write begins IMMEDIATE: a reading one that wants to write
later fails at once when somebody else wrote, whatever the timeout. Whoever finds the database
locked waits ``WAIT_S`` seconds. What SQLite reports becomes a StoreError that names the file, the
cause and the cure.

*Reference*: sqlite.org, "Write-Ahead Logging", "PRAGMA synchronous", "Result and Error Codes".
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..errors import StoreError
from .blobs import Blobs
from .folders import make_store_folder
from .schema import is_current, migrate_once

T = TypeVar("T")

WAIT_S = 20.0
FILE = "earmark.db"
_DEFAULT = ".earmark"
_STEP_S = 1.0  # SQLite waits inside itself, where Ctrl-C is not heard
_PAUSE_S = 0.01
_FULL = (
    "the disk is full; nothing of this was saved, and what was there before is unharmed: free "
    "some space, then do this again"
)
# SQLite's name of what went wrong, the longer before its beginning -> cause and cure
_CAUSES = {
    "SQLITE_BUSY": "another program has been writing to it for {wait:g} s; let it end, then do "
    "this again",
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR_SHM": _FULL,  # the index of the log, the first file that a full disk lacks
    "SQLITE_IOERR": "the disk reports an error, or has no room for you; nothing of this was saved",
    "SQLITE_READONLY": "it cannot be written; make the file and its folder writable, or name "
    "another folder with EARMARK_STORE",
    "SQLITE_CANTOPEN": "it cannot be opened or made; make its folder writable, or name another "
    "with EARMARK_STORE",
    "SQLITE_NOTADB": "this is no SQLite database; move it away, or name another folder with "
    "EARMARK_STORE",
    "SQLITE_CORRUPT": "the database is damaged; copy the folder, and mend the copy: "
    "sqlite3 {path} .recover | sqlite3 mended.db",
}
_COPY = "make the folder writable, or copy it and name the copy with EARMARK_STORE"
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR_SHM", "SQLITE_FULL")


class Store:
    """A folder with ``earmark.db`` and ``blobs/``; it is made when it is first written to.

    Args:
        folder: where it is; by default ``EARMARK_STORE``, or ``.earmark`` in the working
            directory.
        wait_s: how long to wait for others that write, in seconds.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, wait_s: float = WAIT_S
    ) -> None:
        self.folder = Path(folder or os.environ.get("EARMARK_STORE") or _DEFAULT)
        self.path = self.folder / FILE
        self.blobs = Blobs(self.folder / "blobs")
        self.wait_s = wait_s

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept when the block ends, or nothing where it raises.

        Raises:
            StoreError: the store cannot be written, with the cause.
        """
        make_store_folder(self.folder)
        with self._explained(), contextlib.closing(self._opened()) as connection:
            with self._transaction(connection):
                yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store, whatever others write meanwhile.

        Raises:
            StoreError: there is no store, or it cannot be read.
        """
        self._check_there()
        with self._explained(), contextlib.closing(self._opened_to_read()) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)  # nothing was written

    def _check_there(self) -> None:
        try:
            is_folder = stat.S_ISDIR(self.path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise StoreError(
                f"{self.path}: there is no store here yet; `earmark grade` makes one, and "
                f"EARMARK_STORE names the folder of another"
            ) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be opened: {error.strerror}") from error
        if is_folder:
            raise StoreError(f"{self.path}: is a folder, and should be the database of the store")

    def _opened(self) -> sqlite3.Connection:
        """A connection to the database, which is made or brought up to date where that is due."""
        timeout = min(self.wait_s, _STEP_S)
        connection = sqlite3.connect(self.path, timeout=timeout, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if not self._waited(partial(is_current, connection, self.path)):
                self._waited(partial(connection.execute, "PRAGMA journal_mode = WAL"))
                while not is_current(connection, self.path):
                    with self._transaction(connection):
                        migrate_once(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened_to_read(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_UNWRITABLE):
                raise
            return self._opened_as_it_is()

    def _opened_as_it_is(self) -> sqlite3.Connection:
        """For reading where nothing can be written, not even the index that a log needs.

        Raises:
            StoreError: a log was left behind, or a migration is due.
        """
        log = Path(f"{self.path}-wal")
        if log.exists() and log.stat().st_size:
            raise StoreError(
                f"{self.path}: a stopped program left its last runs in {log.name}, which can be "
                f"read only where the folder can be written; {_COPY}"
            )
        address = f"{self.path.absolute().as_uri()}?immutable=1"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
        try:
            if not is_current(connection, self.path):
                raise StoreError(
                    f"{self.path}: was made by an older earmark, and cannot be brought up to date "
                    f"where it cannot be written; {_COPY}"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        self._waited(partial(connection.execute, "BEGIN IMMEDIATE"))
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:  # an interruption too must not leave the lock behind
            _roll_back(connection)
            raise

    def _waited(self, attempt: Callable[[], T]) -> T:
        """What is attempted, again and again while somebody else has the lock.

        SQLite by itself waits without hearing Ctrl-C, and not at all where two programs turn on
        the log at once.
        """
        end = time.monotonic() + self.wait_s
        while True:
            try:
                return attempt()
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > end:
                    raise
            time.sleep(_PAUSE_S)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            known = next((text for code, text in _CAUSES.items() if name.startswith(code)), "")
            cause = known.format(wait=self.wait_s, path=self.path)
            said = f"{cause} ({error})" if cause else str(error)
            raise StoreError(f"{self.path}: {said}") from error
        except UnicodeEncodeError as error:
            raise StoreError(
                f"{self.path}: {error.object!r:.80} is no Unicode text, so it cannot be saved"
            ) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # after SQLITE_FULL there is none any more
        connection.execute("ROLLBACK")
