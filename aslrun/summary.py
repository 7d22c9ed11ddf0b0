"""An execution in words: what failed and where, what was skipped, the whole of it as one JSON value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aslrun.timestamps import duration_text, format_timestamp
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import Execution

ENDINGS = {"FAILED": "failed", "TIMED_OUT": "timed out", "ABORTED": "was aborted"}


def describe(execution: Execution) -> dict[str, JSON]:
    """Describe an execution in the words of DescribeExecution; input and output are values, not texts."""
    identity = execution.scope.execution
    told: dict[str, JSON] = {
        "executionArn": identity.id,
        "stateMachineArn": identity.machine_id,
        "name": execution.name,
        "status": execution.status,
        "startDate": format_timestamp(identity.start_time),
        "stopDate": format_timestamp(execution.journal.time),
        "input": execution.input,
    }
    if execution.status == "SUCCEEDED":
        told["output"] = execution.output
    else:
        told |= {"error": execution.error, "cause": execution.cause}
    path: list[JSON] = [*execution.path]
    return {**told, "path": path, "waitedSeconds": execution.waited}


def explain_failure(execution: Execution) -> str:
    """Say which state failed, with which error and cause, after which path."""
    place = f" in state '{execution.failed_state}'" if execution.failed_state else ""
    lines = [f"Execution {ENDINGS[execution.status]}{place}: {_error_text(execution)}"]
    cause = cause_text(execution.cause)
    lines += [f"  cause: {line}" if not number else f"         {line}" for number, line in enumerate(cause)]
    if execution.path:
        lines.append(f"  path:  {path_text(execution.path)}")
    return "\n".join(lines)


def _error_text(execution: Execution) -> str:
    if execution.status == "TIMED_OUT":
        return "the state machine's TimeoutSeconds is over"
    if execution.status == "ABORTED":
        return "it could not go on"
    return execution.error or "no error name given"


def cause_text(cause: str | None) -> list[str]:
    """Return a cause as lines. Of a Lambda error's JSON only the message: the function's log has the rest."""
    if not cause:
        return []
    try:
        told = json.loads(cause)
    except ValueError:
        return cause.splitlines()
    if isinstance(told, dict) and isinstance(told.get("errorMessage"), str):
        return str(told["errorMessage"]).splitlines()
    return cause.splitlines()


def path_text(path: list[str], most: int = 12) -> str:
    """Return the states entered as `A → B → C`, the middle left out where there are more than `most`."""
    if len(path) > most:
        path = [*path[: most // 2], f"… {len(path) - most} more …", *path[-most // 2 :]]
    return " → ".join(path)


def waiting_skipped(seconds: float) -> str:
    """Return a line that says how much waiting the virtual clock jumped over."""
    return f"skipped {duration_text(seconds)} of waiting (--time real waits)"
