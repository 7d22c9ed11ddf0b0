"""PostgreSQL through psycopg, the extra `aslrun[postgres]`: several servers can share one database."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from aslrun.errors import UsageError
from aslrun.store.database import Found, Parameters, migrate

MIGRATION_LOCK = 0x61736C
"""The advisory lock that a server holds while it makes the tables: two may begin at once."""


@lru_cache(maxsize=256)
def _in_their_words(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


class PostgreSQL:
    """A database of PostgreSQL's, by its URL. Raises UsageError where it cannot be reached."""

    dialect = "postgres"
    locking = " FOR UPDATE SKIP LOCKED"

    def __init__(self, where: str) -> None:
        self._lock = threading.RLock()
        self._where = where
        self._is_inside = False
        self._connection = self._connect()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Any:
        try:
            import psycopg
        except ImportError:
            raise UsageError("a store in PostgreSQL needs psycopg: pip install 'aslrun[postgres]'") from None
        try:
            return psycopg.connect(self._where, autocommit=True, connect_timeout=10)
        except psycopg.Error as wrong:
            told = " ".join(str(wrong).split())
            raise UsageError(f"the store {without_password(self._where)} cannot be opened: {told}") from None

    def _open(self) -> None:
        with self.transaction():
            self.write("SELECT pg_advisory_xact_lock(?)", (MIGRATION_LOCK,))
            self.write("CREATE TABLE IF NOT EXISTS aslrun_schema (version BIGINT NOT NULL)")
            found = self.read("SELECT version FROM aslrun_schema")
            version = found[0][0] if found else 0
            newest = migrate(self, version, without_password(self._where))
            if not found:
                self.write("INSERT INTO aslrun_schema VALUES (?)", (newest,))
            elif newest != version:
                self.write("UPDATE aslrun_schema SET version = ?", (newest,))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self.mend()
            self._is_inside = True
            try:
                with self._connection.transaction():
                    yield
            finally:
                self._is_inside = False

    def read(self, statement: str, parameters: Parameters = ()) -> Found:
        with self._lock:
            if not self._is_inside:
                self.mend()
            found: Found = self._connection.execute(_in_their_words(statement), parameters).fetchall()
            return found

    def write(self, statement: str, parameters: Parameters = ()) -> int:
        changed: int = self._connection.execute(_in_their_words(statement), parameters).rowcount
        return changed

    def write_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_in_their_words(statement), rows)

    def now(self) -> float:
        found = self.read("SELECT EXTRACT(EPOCH FROM clock_timestamp())::DOUBLE PRECISION")
        now: float = found[0][0]
        return now

    def mend(self) -> bool:
        with self._lock:
            if not self._connection.closed:
                return False
            self._connection = self._connect()
            return True

    def close(self) -> None:
        self._connection.close()


def without_password(where: str) -> str:
    """Return a URL as it may be shown."""
    from urllib.parse import urlsplit

    parts = urlsplit(where)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
