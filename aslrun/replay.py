"""Run a definition with the outcomes that a recorded history has for its Tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aslrun.drivers.clock import VirtualClock
from aslrun.errors import HeartbeatTimeout, StateError, UsageError
from aslrun.execution import Execution
from aslrun.history.diff import Difference, first_difference
from aslrun.history.scopes import Path, RecordedEvent, RecordedScope, details_of, scopes_of, time_of
from aslrun.integrations.recording import Place, Recorded, Recording
from aslrun.machine import StateMachine
from aslrun.states.parallel import Parallel
from aslrun.states.tasks import machines_in
from aslrun.values import JSON, JSONTextError, from_json_text

SUBMITTED = frozenset({"TaskSubmitted"})
"""Events that tell what a replay does not know: the service's first answer to a `.sync` integration."""
ENDS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut"})
"""The last events of executions that came to their end; ExecutionAborted is a stop from outside."""
_PREFIXES = ("Task", "LambdaFunction", "Activity")
SCHEDULED = frozenset(f"{prefix}Scheduled" for prefix in _PREFIXES)
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
    if (lost := _first_lost(events)) is not None:
        raise UsageError(f"the history has no event {lost}: is a page missing?")
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


def has_ended(events: Sequence[RecordedEvent]) -> bool:
    """Tell whether a recorded execution came to its end: it was not running yet, nor stopped from outside."""
    return bool(events) and events[-1]["type"] in ENDS


def compare_replay(events: Sequence[RecordedEvent], execution: Execution) -> Difference | None:
    """Return the first difference between a recorded history and its replay.

    What a recorded execution would have done had it not been stopped, or exported while it was running, is
    no difference.
    """
    if has_ended(events):
        return first_difference(events, execution.history, SUBMITTED)
    return first_difference(
        _without_aborts(events), _without_aborts(execution.history), SUBMITTED, left_goes_on=True
    )


def _without_aborts(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    return [event for event in events if not str(event["type"]).endswith("Aborted")]


def _first_lost(events: Sequence[RecordedEvent]) -> int | None:
    ids = {event["id"] for event in events}
    return next((id for id in range(1, len(ids) + 1) if id not in ids), None)


def json_of(details: Mapping[str, Any], field: str) -> JSON:
    """Return the value of a field that holds JSON text; UsageError where it was left out or cut."""
    text = details.get(field)
    if not isinstance(text, str) or (details.get(f"{field}Details") or {}).get("truncated"):
        raise UsageError(
            f"the history has no {field} in full: get it with --include-execution-data, and whole"
        )
    try:
        return from_json_text(text)
    except JSONTextError as wrong:
        raise UsageError(f"the history has {field} that is not JSON: {wrong}") from None


def outcomes_of(events: Sequence[RecordedEvent], branches: Mapping[str, int]) -> dict[Place, list[Recorded]]:
    """Return what the attempts of each Task came to, in their order; `branches` has the numbers of the
    branches by their first states' names."""
    end = time_of(events[-1])
    return {
        place: recorded
        for path, scope in scopes_of(events).items()
        for place, recorded in _outcomes_in(scope, scope_path(path, branches), end).items()
    }


def _outcomes_in(
    scope: RecordedScope, path: tuple[tuple[str, int], ...], end: float | None
) -> dict[Place, list[Recorded]]:
    found: dict[Place, list[Recorded]] = {}
    for state, scheduled, outcome in _attempts(scope):
        if outcome is not None:
            recorded = recorded_of(outcome, _seconds(scheduled, time_of(outcome)))
        else:
            # It is not answered while the recording lasts.
            mistake = UsageError(f"the recording ends while state '{state}' waits for its answer")
            recorded = Recorded(failure=mistake, seconds=_seconds(scheduled, end) + 1)
        found.setdefault((path, state), []).append(recorded)
    return found


def _attempts(scope: RecordedScope) -> Iterator[tuple[str, float | None, RecordedEvent | None]]:
    """Yield the attempts of a scope's Tasks: the state, when it was scheduled, and its last event."""
    state, scheduled, is_open = "", None, False
    for event, name in zip(scope.events, scope.states, strict=True):
        if event["type"] in SCHEDULED:
            state, scheduled, is_open = name, time_of(event), True
        elif event["type"] in SUCCEEDED or event["type"] in FAILED:
            yield name, scheduled, event
            scheduled, is_open = None, False
    if is_open:
        yield state, scheduled, None


def _seconds(start: float | None, end: float | None) -> float:
    return max(0.0, end - start) if start is not None and end is not None else 0.0


def recorded_of(event: RecordedEvent, seconds: float) -> Recorded:
    """Return the outcome that the last event of an attempt tells."""
    if event["type"] in SUCCEEDED:
        return Recorded(json_of(details_of(event), "output"), seconds=seconds)
    return Recorded(failure=failure_of(event), seconds=seconds)


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
