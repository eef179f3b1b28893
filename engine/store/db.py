"""The store's database: SQLite that several programs may write at once and no crash can break.

*Conventions*: write-ahead log, ``synchronous = FULL``, one connection a thread. A transaction that
may write begins IMMEDIATE: a reading one that wants to write later fails at once when somebody
else wrote, whatever the timeout. Whoever finds the database locked waits ``WAIT_S`` seconds.
What SQLite reports becomes a StoreError that names the file, the cause and the cure.

*Reference*: sqlite.org, "Write-Ahead Logging", "PRAGMA synchronous", "Result and Error Codes".
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from ..errors import StoreError
from .blobs import Blobs
from .schema import APPLICATION_ID, MIGRATIONS

WAIT_S = 20.0
FILE = "earmark.db"
_DEFAULT = ".earmark"
# SQLite's name of what went wrong -> cause and cure
_CAUSES = {
    "SQLITE_BUSY": "another program has been writing to it for {wait:.0f} s; let it end, then "
    "do this again",
    "SQLITE_FULL": "the disk is full; nothing of this was saved, and what was there before is "
    "unharmed: free some space, then do this again",
    "SQLITE_READONLY": "it cannot be written; make the folder writable, or name another with "
    "EARMARK_STORE",
    "SQLITE_CANTOPEN": "it cannot be opened or made; make the folder writable, or name another "
    "with EARMARK_STORE",
    "SQLITE_NOTADB": "this is no SQLite database; move it away, or name another folder with "
    "EARMARK_STORE",
    "SQLITE_CORRUPT": "the database is damaged; copy it, then try: sqlite3 {path} .recover",
    "SQLITE_IOERR": "the disk reports an error while it is read or written",
}


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
        self._threads = threading.local()

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept when the block ends, or nothing where it raises.

        Raises:
            StoreError: the store cannot be written, with the cause.
        """
        self._make_folder()
        with self._explained():
            connection = self._connection(write=True)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:  # an interruption too must not leave the lock behind
                if connection.in_transaction:  # after SQLITE_FULL there is none any more
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store, whatever others write meanwhile.

        Raises:
            StoreError: there is no store, or it cannot be read.
        """
        if not self.path.exists():
            raise StoreError(
                f"{self.path}: there is no store here yet; `earmark grade` makes one, and "
                f"EARMARK_STORE names the folder of another"
            )
        with self._explained():
            connection = self._connection(write=False)
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")  # nothing was written

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            del self._threads.connection

    def _make_folder(self) -> None:
        """The folder, hidden from git: audio and answers are not meant for the repository."""
        if self.folder.is_dir():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n")
        except OSError as error:
            raise StoreError(
                f"{self.folder}: the store's folder cannot be made: {error.strerror}; name a "
                f"writable one with EARMARK_STORE"
            ) from error

    def _connection(self, write: bool) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if held is None:
            held = self._opened(write)
            self._threads.connection = held
        return held

    def _opened(self, write: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self.wait_s, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            version = self._checked(connection)
            if version < len(MIGRATIONS):
                connection.execute("PRAGMA journal_mode = WAL")
                self._migrate(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            if write or not error.sqlite_errorname.startswith(("SQLITE_READONLY", "SQLITE_CANT")):
                raise
            return self._opened_as_it_is()
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened_as_it_is(self) -> sqlite3.Connection:
        """For reading in a folder that is read-only: there a write-ahead log cannot be shared.

        What is still in somebody's log is not seen; in such a folder nobody writes.
        """
        address = f"{self.path.absolute().as_uri()}?immutable=1"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
        try:
            if self._checked(connection) < len(MIGRATIONS):
                raise StoreError(
                    f"{self.path}: was made by an older earmark and cannot be brought up to date "
                    f"where it is read-only; copy the folder, and name the copy with EARMARK_STORE"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _checked(self, connection: sqlite3.Connection) -> int:
        """The number of migrations that the database has gone through.

        Raises:
            StoreError: it is not ours, or that of a newer version.
        """
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner != APPLICATION_ID and (owner or version or tables):
            raise StoreError(
                f"{self.path}: is the database of another program; name another folder with "
                f"EARMARK_STORE"
            )
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self.path}: was made by a newer earmark (its version is {version}, this one "
                f"knows {len(MIGRATIONS)}); upgrade with pip install -U earmark, or name another "
                f"folder with EARMARK_STORE"
            )
        return version

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the database up to date, each step whole; another program may do so meanwhile."""
        while True:
            connection.execute("BEGIN IMMEDIATE")
            try:
                version = self._checked(connection)
                if version == len(MIGRATIONS):
                    connection.execute("COMMIT")
                    return
                for statement in _statements(MIGRATIONS[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

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


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, for ``executescript`` would commit what is open."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
