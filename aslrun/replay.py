"""Run a definition with the outcomes that a recorded history has for its Tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aslrun.drivers.clock import VirtualClock
from aslrun.errors import HeartbeatTimeout, StateError, UsageError
from aslrun.execution import Execution
from aslrun.history_scopes import Path, RecordedEvent, details_of, scopes_of
from aslrun.integrations.recording import Place, Recorded, Recording
from aslrun.machine import StateMachine, machines_in
from aslrun.states.parallel import Parallel
from aslrun.timestamps import parse_timestamp
from aslrun.values import JSON, from_json_text

SUBMITTED = frozenset({"TaskSubmitted"})
"""Events that tell what a replay does not know: the service's first answer to a `.sync` integration."""
_PREFIXES = ("Task", "LambdaFunction", "Activity")
SUCCEEDED = frozenset(f"{prefix}Succeeded" for prefix in _PREFIXES)
FAILED = frozenset(
    f"{prefix}{outcome}"
    for prefix in _PREFIXES
    for outcome in ("Failed", "TimedOut", "ScheduleFailed", "StartFailed")
) | {"TaskSubmitFailed"}


def replay(machine: StateMachine, events: Sequence[RecordedEvent], name: str | None = None) -> Execution:
    """Run `machine` as it was run when `events` were recorded, on a virtual clock; return the execution.

    Raises UsageError for a history that does not have what it takes: the input, the results of the Tasks, or
    (the children of a distributed Map) histories of their own.
    """
    start = events[0] if events else {"type": "nothing"}
    if start["type"] != "ExecutionStarted":
        raise UsageError(
            f"a history begins with ExecutionStarted, not with {start['type']}: is a page missing?"
        )
    if any(event["type"] == "MapRunStarted" for event in events):
        raise UsageError(
            "a distributed Map cannot be replayed: what its children did is in their own histories"
        )
    execution = Execution(
        machine.compiled,
        json_of(details_of(start), "input"),
        [Recording(outcomes_of(events, branches_of(machine)))],
        machine_name=machine.name,
        name=name,
        type=machine.type,
        clock=VirtualClock(time_of(start)),
        quota=True,
        definition=machine.definition,
    )
    execution.run()
    return execution


def time_of(event: RecordedEvent) -> float | None:
    """Return an event's time in seconds since the epoch, as the command line or boto3 wrote it."""
    stamp = event.get("timestamp")
    return float(stamp) if isinstance(stamp, (int, float)) else parse_timestamp(stamp)


def json_of(details: Mapping[str, Any], field: str) -> JSON:
    """Return the value of a field that holds JSON text; UsageError where it was left out or cut."""
    text = details.get(field)
    if not isinstance(text, str) or (details.get(f"{field}Details") or {}).get("truncated"):
        raise UsageError(
            f"the history has no {field} in full: get it with --include-execution-data, and whole"
        )
    return from_json_text(text)


def outcomes_of(events: Sequence[RecordedEvent], branches: Mapping[str, int]) -> dict[Place, list[Recorded]]:
    """Return what the attempts of each Task came to, in their order; `branches` has the numbers of the
    branches by their first states' names."""
    outcomes: dict[Place, list[Recorded]] = {}
    for path, scope in scopes_of(events).items():
        for event, state in zip(scope.events, scope.states, strict=True):
            if event["type"] in SUCCEEDED:
                outcome = Recorded(json_of(details_of(event), "output"))
            elif event["type"] in FAILED:
                outcome = Recorded(failure=failure_of(event))
            else:
                continue
            outcomes.setdefault((scope_path(path, branches), state), []).append(outcome)
    return outcomes


def failure_of(event: RecordedEvent) -> StateError:
    """Return the error of a recorded attempt that failed."""
    told = details_of(event)
    if event["type"].endswith("TimedOut") and told.get("error") == "States.HeartbeatTimeout":
        return HeartbeatTimeout()
    timed_out = "States.Timeout" if event["type"].endswith("TimedOut") else None
    return StateError(told.get("error", timed_out), told.get("cause"))


def scope_path(path: Path, branches: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the path that the interpreter gives the scope of a recorded one."""
    return tuple(
        (state, index if isinstance(index, int) else branches.get(index, -1)) for state, index, _ in path
    )


def branches_of(machine: StateMachine) -> dict[str, int]:
    """Return the number of each branch in the machine by the name of its first state."""
    return {
        branch.start_at: number
        for inner in machines_in(machine.compiled)
        for state in inner.states.values()
        if isinstance(state, Parallel)
        for number, branch in enumerate(state.branches)
    }
