"""SQLite: the standard library's, in a file or in memory. WAL: a killed process loses nothing committed."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aslrun.errors import UsageError
from aslrun.store.database import Found, Parameters, migrate
from aslrun.store.lock import FileLock
from aslrun.store.records import Sync

MEMORY = "memory"


class SQLite:
    """A database of SQLite's. Raises UsageError for a file that is none, and for one that a server has."""

    dialect = "sqlite"
    locking = ""  # a transaction has the whole file

    def __init__(self, where: str, *, sync: Sync = "normal", exclusive: bool = True) -> None:
        self._lock = threading.RLock()
        self._file_lock: FileLock | None = None
        path = ":memory:" if where == MEMORY else where
        try:
            if where != MEMORY:
                _make_folder(Path(where).parent)
                if exclusive:
                    self._file_lock = FileLock(f"{where}-lock")
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=30
            )
            # One that nobody closes is closed with the last that holds it, or as the process ends.
            weakref.finalize(self, _close, self._connection, self._lock)
            self._open(where, sync)
        except (sqlite3.Error, OSError) as wrong:
            self.close()
            reason = wrong.strerror if isinstance(wrong, OSError) else wrong
            raise UsageError(f"the store {where} cannot be opened: {reason}") from None
        except UsageError:
            self.close()
            raise

    def _open(self, where: str, sync: Sync) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run(f"PRAGMA synchronous = {'FULL' if sync == 'full' else 'NORMAL'}")
        run("PRAGMA cache_size = -16000")
        version: int = run("PRAGMA user_version").fetchone()[0]
        if version == 0 and run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise UsageError(
                f"{where} is a database of something else than aslrun: give another file to --store"
            )
        with self.transaction():
            run(f"PRAGMA user_version = {migrate(self, version, where)}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def read(self, statement: str, parameters: Parameters = ()) -> Found:
        with self._lock:
            return self._connection.execute(statement, parameters).fetchall()

    def write(self, statement: str, parameters: Parameters = ()) -> int:
        return self._connection.execute(statement, parameters).rowcount

    def write_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        self._connection.executemany(statement, rows)

    def now(self) -> float:
        return time.time()

    def mend(self) -> bool:
        return False  # there is nothing that could be lost

    def close(self) -> None:
        connection: sqlite3.Connection | None = getattr(self, "_connection", None)
        if connection is not None:
            _close(connection, self._lock)
        if self._file_lock is not None:
            self._file_lock.release()
            self._file_lock = None


def _close(connection: sqlite3.Connection, lock: threading.RLock) -> None:
    """Close a connection when no other thread is at it: to have one closed meanwhile crashes the process."""
    with lock:
        connection.close()


def is_file(where: str) -> bool:
    """Tell whether `where` names a file that is there already."""
    return where != MEMORY and "://" not in where and os.path.exists(where)


def _make_folder(folder: Path) -> None:
    """Make a store's folder; git does not take what is in one of its own, `.aslrun`."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == ".aslrun":
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
