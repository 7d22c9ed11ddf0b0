"""What outlives the process: resources, executions and the answers they were given (docs/durability.md).

An execution's durable record is what it was started with and each answer from outside, in order; its
history is made by running it again over them, and is never stored.
"""

from __future__ import annotations

from aslrun.store.records import BadToken, End, ExecutionRecord, Page, Resource, Row, Sync
from aslrun.store.statements import Store

DEFAULT_STORE = ".aslrun/aslrun.db"
"""The file that a server keeps its store in, in the current folder, unless it is told another."""

__all__ = [
    "DEFAULT_STORE",
    "BadToken",
    "End",
    "ExecutionRecord",
    "Page",
    "Resource",
    "Row",
    "Store",
    "open_store",
]


def open_store(where: str = DEFAULT_STORE, *, sync: Sync = "normal", exclusive: bool = True) -> Store:
    """Open a store, and make it where there is none.

    Args:
        where: a file for SQLite, `memory`, or a `postgresql://` URL.
        sync: with SQLite, "full" also outlives a loss of power; "normal" a process that is killed.
        exclusive: let no other server have the file at the same time.

    Raises UsageError for a store that cannot be opened, or that a newer aslrun has written.
    """
    if where.startswith(("postgresql://", "postgres://")):
        from aslrun.store.postgres import PostgreSQL

        return Store(PostgreSQL(where))
    from aslrun.store.sqlite import SQLite

    return Store(SQLite(where, sync=sync, exclusive=exclusive))
