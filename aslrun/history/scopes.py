"""A history taken apart into its scopes: the execution's own states, each branch, each iteration.

Branches and iterations run at the same time, so that their events lie between each other, differently from
run to run; within one scope the order is that of the states. previousEventId leads from event to event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aslrun.history.events import DETAILS, STATE_EVENTS
from aslrun.timestamps import read_event_time

RecordedEvent: TypeAlias = Mapping[str, Any]
Step: TypeAlias = tuple[str, "int | str", int]
"""(the Map or Parallel, index of the iteration or first state of the branch, number of the attempt)."""
Path: TypeAlias = tuple[Step, ...]

DETAILS_NAMES: Mapping[str, str] = {
    **{type: name for type, (name, _) in DETAILS.items()},
    **{type: name for type, (name, _, _) in STATE_EVENTS.items()},
}
"""Event type → the name of its details. AWS tells more of some, and has more types."""

OPENS = ("MapStateStarted", "ParallelStateStarted")
CLOSES = ("MapStateSucceeded", "MapStateFailed", "ParallelStateSucceeded", "ParallelStateFailed")


@dataclass(slots=True)
class RecordedScope:
    """The events of one scope. `state` is the name of the state it is in, `is_open` whether that state's
    branches or iterations are running."""

    path: Path
    events: list[RecordedEvent] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    state: str = ""
    is_open: bool = False


def details_of(event: RecordedEvent) -> Mapping[str, Any]:
    """Return an event's details, `{}` where it has none."""
    known = event.get(DETAILS_NAMES.get(event.get("type", ""), ""))
    if known.__class__ is dict:
        return known
    for name in reversed(event if isinstance(event, dict) else [*event]):  # they are told last
        if name.endswith("EventDetails") and isinstance(event[name], dict):
            details: Mapping[str, Any] = event[name]
            return details
    return {}


def time_of(event: RecordedEvent) -> float | None:
    """Return an event's time in seconds since the epoch; None where it has none that can be read."""
    return read_event_time(event.get("timestamp"))


def scopes_of(events: Iterable[RecordedEvent]) -> dict[Path, RecordedScope]:
    """Return the scopes by their paths, in the order in which they begin; `states` tells for each event of a
    scope the state it belongs to."""
    root = RecordedScope(())
    scopes: dict[Path, RecordedScope] = {(): root}
    at: dict[int, RecordedScope] = {0: root}
    begun: Counter[tuple[Path, str, int | str]] = Counter()
    for event in events:
        before = at.get(event.get("previousEventId", 0), root)
        scope = _scope_of(event, before, scopes, begun)
        at[event["id"]] = scope
        _go_on(scope, event)
    return scopes


def _scope_of(
    event: RecordedEvent,
    before: RecordedScope,
    scopes: dict[Path, RecordedScope],
    begun: Counter[tuple[Path, str, int | str]],
) -> RecordedScope:
    kind: str = event["type"]
    if kind.startswith("Execution"):
        return scopes[()]
    if kind in CLOSES or kind.startswith("MapRun") or (kind in OPENS and not _has_just_entered(before)):
        return _climb(before, scopes, lambda scope: scope.is_open)
    if kind.endswith("StateExited"):
        # A Map or Parallel is left after an event inside it (recorded).
        name = details_of(event).get("name")
        return _climb(before, scopes, lambda scope: scope.state == name)
    index = _new_index(event, before)
    if index is None:
        return before
    begun[before.path, before.state, index] += 1
    path = (*before.path, (before.state, index, begun[before.path, before.state, index]))
    return scopes.setdefault(path, RecordedScope(path))


def _has_just_entered(scope: RecordedScope) -> bool:
    return bool(scope.events) and str(scope.events[-1]["type"]).endswith("StateEntered")


def _climb(
    scope: RecordedScope, scopes: dict[Path, RecordedScope], is_it: Callable[[RecordedScope], bool]
) -> RecordedScope:
    """Return the innermost scope around `scope` that it is; `scope` itself where none is."""
    for length in range(len(scope.path), -1, -1):
        if is_it(outer := scopes[scope.path[:length]]):
            return outer
    return scope


def _new_index(event: RecordedEvent, before: RecordedScope) -> int | str | None:
    """Return which iteration or branch an event begins; None if it begins none."""
    if not before.is_open:
        return None
    if event["type"] == "MapIterationStarted":
        return int(details_of(event).get("index", 0))
    if event["type"].endswith("StateEntered"):
        return str(details_of(event).get("name", ""))
    return None


def _go_on(scope: RecordedScope, event: RecordedEvent) -> None:
    kind: str = event["type"]
    if kind.endswith("StateEntered"):
        scope.state = str(details_of(event).get("name", ""))
        scope.is_open = False
    elif kind in OPENS:
        scope.is_open = True
    elif kind in CLOSES:
        scope.is_open = False
    scope.events.append(event)
    scope.states.append(scope.state)
