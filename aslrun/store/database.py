"""A database as the store sees it: statements with `?`, one after the other, in transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

from aslrun.errors import UsageError
from aslrun.store.schema import MIGRATIONS, migration

Parameters: TypeAlias = Sequence[Any]
Found: TypeAlias = "list[tuple[Any, ...]]"


class Database(Protocol):
    """One connection. Only one thread is inside a transaction; every statement is in one."""

    dialect: str
    locking: str
    """What a SELECT ends with that takes rows for itself, and passes by those that others have taken."""

    def transaction(self) -> AbstractContextManager[None]:
        """Begin, and commit at the end; roll back when something is raised. Not to be nested."""

    def read(self, statement: str, parameters: Parameters = ()) -> Found:
        """Return the rows of a SELECT, inside a transaction or outside."""

    def write(self, statement: str, parameters: Parameters = ()) -> int:
        """Run a statement inside a transaction; return how many rows it changed."""

    def write_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Run a statement for each of `rows`, inside a transaction."""

    def now(self) -> float:
        """The time that all servers on this database agree on, in seconds since the epoch."""

    def mend(self) -> bool:
        """Connect anew where the connection is lost; tell whether it was: what failed may be tried again."""

    def close(self) -> None:
        """Let go of the connection."""


def migrate(database: Database, version: int, where: str) -> int:
    """Bring the tables from `version` to ours, inside a transaction; return ours.

    Raises UsageError for a store that a newer aslrun has written.
    """
    newest = len(MIGRATIONS)
    if version > newest:
        raise UsageError(
            f"the store {where} is of version {version}, and this aslrun knows versions up to {newest}:"
            " use the newer aslrun that wrote it, or another store (--store)"
        )
    for number in range(version + 1, newest + 1):
        for statement in migration(number, database.dialect):
            database.write(statement)
    return newest
