"""What was recorded of an execution: events, what functions printed, and the same of its children."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.graph.visits import Attempt, Iteration, Journey, Visit, read_journey
from aslrun.history.scopes import details_of
from aslrun.observe.quotas import NearLimit, each_once, limits_near
from aslrun.timestamps import read_event_time

if TYPE_CHECKING:
    from aslrun.execution import ChildExecution, Execution
    from aslrun.functions.report import Invocation
    from aslrun.interpreter.scope import Journal, Row, Scope

Event: TypeAlias = "Mapping[str, Any]"

CHILD_STATUSES = {"SUCCEEDED": "succeeded", "FAILED": "failed", "RUNNING": "in_progress"}
"""Status of a child execution → that of the iteration it is; other statuses are `aborted`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of an execution in the order of their ids, `logs` with the lines that functions printed, by
    the id of the event with which the Task's attempt began, and the children of distributed Maps.

    `map` is the name of the Map that started it, "" for an execution that none started; `left_out` the number
    of events that are not in it, because they are too many for a page; `invocations` what is reported of
    functions, by the ids of `logs`.
    """

    events: Sequence[Event]
    logs: Mapping[int, Sequence[str]] = field(default_factory=dict)
    children: Sequence[Recording] = ()
    map: str = ""
    left_out: int = 0
    invocations: Mapping[int, Sequence[Invocation]] = field(default_factory=dict)


MOST_EVENTS = 50_000
"""Events that a page shows: twice what a Standard execution may have, and what browsers still scroll. More
come from --quota off, Express executions and the children of distributed Maps."""


def record_execution(execution: Execution | ChildExecution, most: int = MOST_EVENTS) -> Recording:
    """Return the recording of an execution of this process, also of one that still runs.

    Of one that has more than `most` events, with those of its children, the recording has the first
    iterations of each Map and the first children; `left_out` says how many events are not in it.
    """
    journal = execution.journal
    total = len(journal.rows)
    if total > most:
        is_shown = _first_iterations(journal, most)
        rows_and_events = zip(journal.rows, execution.events(), strict=True)
        events = [event for row, event in rows_and_events if is_shown(row)]
        # What never ends without a Map has its end all the same.
        events = events if len(events) <= most else [*events[: most - 1], events[-1]]
    else:
        events = execution.history
    left, left_out, children = most - len(events), total - len(events), []
    for child in execution.children:
        if left < len(child.journal.rows):
            left_out += _events_of(child.journal)
        else:
            children.append(record_execution(child, left))
            left -= _events_in(children[-1])
            left_out += children[-1].left_out
    shown = {event["id"] for event in events} if left_out else None
    logs = execution.logs
    if shown is not None:
        logs = {id: lines for id, lines in logs.items() if id in shown}
    map = getattr(execution, "map", "")
    return Recording(events, logs, children, map, left_out, execution.invocations)


def _first_iterations(journal: Journal, most: int) -> Callable[[Row], bool]:
    """Return what tells whether an event is in the first iterations: as many as there is room for."""
    positions = array("l", (_iteration_of(row[2]) for row in journal.rows))
    for limit in (10_000, 3_000, 1_000, 300, 100, 30, 10, 3):
        if sum(position < limit for position in positions) <= most:
            break
    return lambda row: _iteration_of(row[2]) < limit


def _iteration_of(scope: Scope | None) -> int:
    """Return the greatest index among the iterations that a scope is in, -1 outside of any."""
    greatest = -1
    while scope is not None:
        if scope.iteration_of is not None:
            greatest = max(greatest, scope.index)
        scope = scope.parent
    return greatest


def _events_of(journal: Journal) -> int:
    return journal.total_events()


def _events_in(recording: Recording) -> int:
    return len(recording.events) + sum(map(_events_in, recording.children))


def child_maps(events: Sequence[Event]) -> list[str]:
    """Return the names of the distributed Maps that started children."""
    journey = read_journey(events)
    started = [journey.places[at] for at, event in enumerate(events) if event["type"] == "MapRunStarted"]
    return [*dict.fromkeys(visit.name for visit in started if visit is not None)]


def is_within(events: Sequence[Event], around: Sequence[Event]) -> bool:
    """Tell whether an execution began while another was running; also where that is not known."""
    times = [read_event_time(event.get("timestamp")) for event in (around[0], events[0], around[-1])]
    known = [time for time in times if time is not None]
    return len(known) < 3 or known == sorted(known)


@dataclass(slots=True)
class Whole:
    """A recording with its children in one: the journey, and for each event its own history's number (0:
    that of the execution itself) and what was printed from it on; `limits` are what it or a child came near
    to."""

    journey: Journey
    events: list[Event]
    runs: list[int]
    logs: dict[int, Sequence[str]]
    limits: list[NearLimit]


def read_whole(recording: Recording) -> Whole:
    """Return the journey of a recording in which each child execution is an iteration of its Map."""
    journey = read_journey(recording.events)
    near = limits_near(recording.events, recording.invocations, details=journey.details)
    whole = Whole(
        journey, [*recording.events], [0] * len(recording.events), _logs(recording), each_once(near)
    )
    maps = {child.map for child in recording.children}
    starts = {map: _starts(journey, recording.events, map) for map in maps}
    for child in recording.children:
        inner = read_whole(child)
        whole.limits = each_once([*whole.limits, *inner.limits])
        _graft(whole, inner, starts[child.map])
    return whole


def _logs(recording: Recording) -> dict[int, Sequence[str]]:
    """Return what was printed by the positions of the events."""
    if not recording.logs:
        return {}
    positions = {event["id"]: at for at, event in enumerate(recording.events)}
    return {positions[id]: lines for id, lines in recording.logs.items() if id in positions}


@dataclass(slots=True)
class Start:
    """An attempt of a distributed Map: when it began and ended, and how many children it may have."""

    visit: Visit
    number: int
    began: float
    ended: float
    length: int
    children: int = 0


def _starts(journey: Journey, events: Sequence[Event], map: str) -> list[Start]:
    starts = [
        Start(
            visit,
            number,
            journey.times[attempt.began] or 0.0,
            (None if attempt.ended is None else journey.times[attempt.ended]) or float("inf"),
            int(details_of(events[attempt.began]).get("length", 0)),
        )
        for visit in journey.visits
        if visit.name == map and visit.type == "Map"
        for number, attempt in enumerate(visit.attempts, 1)
    ]
    return sorted(starts, key=lambda start: start.began)


def _start_of(starts: Sequence[Start], time: float) -> Start:
    """Return the attempt that started a child: the first that ran at that time and has children left."""
    begun = [start for start in starts if start.began <= time] or [starts[0]]
    return next((one for one in begun if time <= one.ended and one.children < one.length), begun[-1])


def _graft(whole: Whole, child: Whole, starts: Sequence[Start]) -> None:
    """Add a child's journey as an iteration of the Map that started it."""
    journey = child.journey
    if not starts or not child.events:
        return
    shift = len(whole.events)
    iteration = _iteration(child, _start_of(starts, journey.times[0] or 0.0), shift)
    for visit in journey.visits:
        _shift_visit(visit, shift)
        if visit.container is None:
            visit.container, visit.iteration, visit.attempt = iteration.map, iteration, iteration.attempt
    for inner in journey.iterations:
        _shift(inner, shift)
    whole.journey.visits += journey.visits
    whole.journey.iterations += [iteration, *journey.iterations]
    whole.journey.places += journey.places
    whole.journey.times += journey.times
    whole.journey.details += journey.details
    whole.journey.started |= {at + shift: inner for at, inner in journey.started.items()}
    whole.logs |= {at + shift: lines for at, lines in child.logs.items()}
    own = whole.runs[-1] + 1
    whole.runs += [run + own for run in child.runs]
    whole.events += child.events


def _iteration(child: Whole, start: Start, shift: int) -> Iteration:
    status = CHILD_STATUSES.get(child.journey.status, "aborted")
    if status == "in_progress" and start.visit.status != "in_progress":
        status = "aborted"
    ended = None if status == "in_progress" else shift + child.runs.count(0) - 1
    iteration = Iteration(start.visit, start.number, start.children, shift, ended, status)
    start.visit.iterations[start.children] = iteration
    start.children += 1
    return iteration


def _shift_visit(visit: Visit, shift: int) -> None:
    _shift(visit, shift)
    for attempt in visit.attempts:
        _shift(attempt, shift)


def _shift(part: Visit | Iteration | Attempt, shift: int) -> None:
    part.began += shift
    if part.ended is not None:
        part.ended += shift
