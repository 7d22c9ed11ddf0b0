"""Whether an execution can be redriven. Documentation: RedriveExecution, redriveStatusReason."""

from __future__ import annotations

from typing import Literal, TypeAlias

from aslrun.drivers.driver import LONGEST_RUN
from aslrun.interpreter.scope import STANDARD_LIMIT
from aslrun.store.records import ExecutionRecord

RedriveStatus: TypeAlias = Literal["REDRIVABLE", "NOT_REDRIVABLE", "REDRIVABLE_BY_MAP_RUN"]

PERIOD = 14 * 86_400.0
"""Seconds after its end in which an execution can be redriven."""


class NotRedrivable(Exception):
    """An execution that cannot be redriven (ExecutionNotRedrivable); `str()` of it says why."""


def redrive_status(
    record: ExecutionRecord, now: float, *, machine_deleting: bool = False
) -> tuple[RedriveStatus, str | None]:
    """Return whether an execution can be redriven at `now`, and the reason why not in the API's words."""
    reason = _reason(record, now, machine_deleting)
    if reason is not None:
        return "NOT_REDRIVABLE", reason
    return ("REDRIVABLE" if record.map_run is None else "REDRIVABLE_BY_MAP_RUN"), None


def _reason(record: ExecutionRecord, now: float, machine_deleting: bool) -> str | None:
    if machine_deleting:
        return "State machine is in DELETING status"
    if record.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {record.status} and cannot be redriven"
    if record.events >= STANDARD_LIMIT - 1:
        return "Execution history event limit exceeded"
    if now - record.started > LONGEST_RUN:
        return "Execution has exceeded the max execution time"
    if record.stopped is not None and now - record.stopped > PERIOD:
        return "Execution redrivable period exceeded"
    return None
