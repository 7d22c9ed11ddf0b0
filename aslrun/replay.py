"""Run a definition with the outcomes that a recorded history has for its Tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from aslrun.drivers.clock import VirtualClock
from aslrun.errors import HeartbeatTimeout, StateError, UsageError
from aslrun.execution import ChildExecution, Execution
from aslrun.history.diff import Difference, first_difference
from aslrun.history.families import ChildrenDiffer, RecordedRun, compare_children
from aslrun.history.scopes import Path, RecordedEvent, RecordedScope, details_of, scopes_of, time_of
from aslrun.integrations.recording import Place, Recorded, Recording, Recordings
from aslrun.interpreter.items import Items, OpenItems, OpenResults, Results
from aslrun.interpreter.scope import Children, Scope
from aslrun.items.port import ItemData
from aslrun.items.results import Unwritten
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


def replay(
    machine: StateMachine,
    events: Sequence[RecordedEvent],
    name: str | None = None,
    children: Mapping[str, Sequence[RecordedRun]] = MappingProxyType({}),
) -> Execution:
    """Run `machine` as it was run when `events` were recorded, on a virtual clock; return the execution.
    `children` are the recorded children of distributed Maps, by the Maps' names.

    A distributed Map reads its items where a run does, in the folders that stand for buckets; its children
    are given what was recorded of them, and results are not written. Raises UsageError for a history that
    does not have what it takes: the input, the results of the Tasks.
    """
    start = events[0] if events else {"type": "nothing"}
    if start["type"] != "ExecutionStarted":
        raise UsageError(
            f"a history begins with ExecutionStarted, not with {start['type']}: is a page missing?"
        )
    if (lost := _first_lost(events)) is not None:
        raise UsageError(f"the history has no event {lost}: is a page missing?")
    branches = branches_of(machine)
    own = Recording(outcomes_of(events, branches))
    recordings = Recordings(own)
    execution = Execution(
        machine.compiled,
        json_of(details_of(start), "input"),
        [recordings],
        machine_name=machine.name,
        name=name,
        type=machine.type,
        clock=VirtualClock(time_of(start)),
        quota=True,
        definition=machine.definition,
        open_data=partial(_open, ItemData(machine.folder)),
        keep=lambda: RecordedChildren(children, recordings, branches),
    )
    execution.run()
    return execution


def _open(data: ItemData, request: OpenItems | OpenResults) -> Items | Results:
    """Open the items of a replay; its results were written by the run that was recorded."""
    return Unwritten(request) if isinstance(request, OpenResults) else data.open(request)


class RecordedChildren(Children):
    """The children of a replay, each of which is given the outcomes of a recorded one: the one that began at
    its place, or another one with its input. On AWS it is not told which of them began first."""

    def __init__(
        self,
        recorded: Mapping[str, Sequence[RecordedRun]],
        recordings: Recordings,
        branches: Mapping[str, int],
    ) -> None:
        super().__init__()
        self._left = {map: dict(enumerate(children)) for map, children in recorded.items()}
        self._begun: dict[str, int] = {}
        self._recordings = recordings
        self._branches = branches
        self.given: list[RecordedRun | None] = []

    def begin(self, map: str, child: Scope) -> int:
        number = self._begun[map] = self._begun.get(map, -1) + 1
        found = self._take(map, number, child.execution.input)
        self.given.append(found)
        if found is None:
            nothing = f"no history of child {number + 1} of '{map}' lies beside the given one"
            self._recordings.add(child.execution.id, Recording({}, nothing))
        else:
            outcomes = outcomes_of(found.events, self._branches)
            self._recordings.add(child.execution.id, Recording(outcomes))
        inner = found.children if found is not None else {}
        child.journal.keep = lambda: RecordedChildren(inner, self._recordings, self._branches)
        return super().begin(map, child)

    def _take(self, map: str, number: int, input: JSON) -> RecordedRun | None:
        left = self._left.get(map, {})
        at_place = left.get(number)
        if at_place is not None and input_of(at_place) == input:
            return left.pop(number)
        equal = next((at for at, one in left.items() if input_of(one) == input), number)
        return left.pop(equal, None)


def input_of(recorded: RecordedRun) -> JSON:
    """Return the input of a recorded execution; UsageError where its history does not begin with it."""
    start = recorded.events[0]
    if start["type"] != "ExecutionStarted":
        raise UsageError(
            f"a child's history begins with ExecutionStarted, not with {start['type']}: is a page missing?"
        )
    return json_of(details_of(start), "input")


def has_ended(events: Sequence[RecordedEvent]) -> bool:
    """Tell whether a recorded execution came to its end: it was not running yet, nor stopped from outside."""
    return bool(events) and events[-1]["type"] in ENDS


def compare_replay(events: Sequence[RecordedEvent], execution: Execution) -> Difference | None:
    """Return the first difference between a recorded history and its replay.

    What a recorded execution would have done had it not been stopped, or exported while it was running, is
    no difference.
    """
    return compare_events(events, execution.history)


def compare_events(recorded: Sequence[RecordedEvent], events: Sequence[RecordedEvent]) -> Difference | None:
    """Return the first difference between a recorded history and the events of its replay."""
    if has_ended(recorded):
        return first_difference(recorded, events, SUBMITTED)
    return first_difference(_without_aborts(recorded), _without_aborts(events), SUBMITTED, left_goes_on=True)


def compare_replayed_children(execution: Execution) -> tuple[ChildrenDiffer | None, int]:
    """Return the first child whose replay differs from its history, and how many children were compared."""
    recorded, here = _paired(execution)
    return compare_children(recorded, here, compare_events), _count(recorded)


def _paired(execution: Execution | ChildExecution) -> tuple[RecordedRun, RecordedRun]:
    """Return what was recorded and what came of it: of the children, those that are on both sides."""
    kept = execution.journal.started_children
    recorded: dict[str, list[RecordedRun]] = {}
    here: dict[str, list[RecordedRun]] = {}
    given = kept.given if isinstance(kept, RecordedChildren) else []
    for child, found in zip(execution.children, given, strict=True):
        if found is not None:
            inner = _paired(child)
            recorded.setdefault(child.map, []).append(RecordedRun(found.events, inner[0].children))
            here.setdefault(child.map, []).append(RecordedRun(child.history, inner[1].children))
    return RecordedRun((), recorded), RecordedRun((), here)


def _count(recorded: RecordedRun) -> int:
    return sum(1 + _count(child) for children in recorded.children.values() for child in children)


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
