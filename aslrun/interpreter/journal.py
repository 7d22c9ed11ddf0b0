"""What happened in one execution, as flat rows in one list; nothing is copied or serialised.

A row is `(time, type, scope, name, value)`: the time in seconds since the epoch, the event's type in the
service's words, the scope it happened in, the state's name, and what else the event tells, by reference.
One row is one event: row n (from 0) is the event with id n + 1. `aslrun.history.events` makes events of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.quota import Quota

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Scope

Row: TypeAlias = "tuple[float, str, Scope, str, object]"

STANDARD_LIMIT = 25_000
"""Events a Standard execution may have. Documentation: Service quotas."""


class HistoryLimitExceeded(StateError):
    """The event that would have been the last one allowed is `ExecutionFailed` instead."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "States.Runtime", f"The execution reached the maximum number of history events ({limit})."
        )


class Journal:
    """The rows of one execution, and the quotas on them: None lifts one.

    `time` is set by the driver before it resumes a computation; `children` are the child executions
    that distributed Maps started: the Map's name, and the scope of the child, which has its own journal.
    `logs` has the lines that a Task's function printed, by the id of the event with which it began;
    `caught` the errors that catchers took, and the states they were raised in.
    """

    __slots__ = ("caught", "children", "limit", "logs", "quota", "rows", "time")

    def __init__(self, time: float, limit: int | None, quota: Quota | None) -> None:
        self.rows: list[Row] = []
        self.children: list[tuple[str, Scope]] = []
        self.logs: dict[int, list[str]] = {}
        self.caught: list[tuple[str, StateError]] = []
        self.time = time
        self.limit = limit
        self.quota = quota

    def record(self, type: str, scope: Scope, name: str, value: object = None) -> None:
        """Add a row; raise HistoryLimitExceeded where only the final event still has room."""
        rows = self.rows
        if self.limit is not None and len(rows) >= self.limit - 1:
            raise HistoryLimitExceeded(self.limit)
        rows.append((self.time, type, scope, name, value))

    def record_end(self, type: str, scope: Scope, value: object) -> None:
        """Add the execution's final event, for which there is always room."""
        self.rows.append((self.time, type, scope, "", value))
