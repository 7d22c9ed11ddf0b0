"""The events of GetExecutionHistory → the visits that an execution paid to its states.

An event belongs to the visit of the event it names as its previous one, or to that of a state around it:
`MapStateExited` names the last event of the last iteration. Order and links of events: as recorded on AWS.
Where something began and ended is told by the position of an event in the sequence that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from aslrun.history.events import STATE_TYPES
from aslrun.history.scopes import details_of
from aslrun.interpreter.collection import no_collection
from aslrun.timestamps import read_event_time

Event: TypeAlias = "Mapping[str, Any]"
Details: TypeAlias = "Mapping[str, Any]"

RUNNING = "RUNNING"

ENDINGS: Mapping[str, str] = {
    "ExecutionRedriven": RUNNING,
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
"""Event → the status that the execution has from then on."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt of a Task, Parallel or Map. `error` is None if it did not fail, "" without a name."""

    began: int
    ended: int | None = None
    error: str | None = None
    cause: str | None = None


@dataclass(slots=True, eq=False)
class Iteration:
    """One iteration of a Map: of the visit `map`, in its attempt number `attempt`. `status` is one of
    `succeeded`, `failed`, `aborted`, `in_progress` once all is read."""

    map: Visit
    attempt: int
    index: int
    began: int
    ended: int | None = None
    status: str | None = None

    @property
    def superseded(self) -> bool:
        """Whether its Map, or what is around that, was tried again afterwards."""
        return self.attempt < len(self.map.attempts) or self.map.superseded


@dataclass(slots=True, eq=False)
class Visit:
    """One stay in a state.

    `container` is the visit of the Parallel or Map around it, in its attempt number `attempt`, for a Map in
    its `iteration`; `previous` the visit that the execution came from, None at the start of a scope. `error`
    and `cause` are those of the attempt that ran last, the error "" for one without a name; None if there
    was none. `status` is one of `succeeded`, `failed`, `caught`, `aborted`, `in_progress` once all is read;
    `ended` is None then only if it is in progress. `iterations` are those of a Map, the latest by index.
    """

    name: str
    type: str
    began: int
    container: Visit | None = None
    previous: Visit | None = None
    iteration: Iteration | None = None
    attempt: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    iterations: dict[int, Iteration] = field(default_factory=dict)
    error: str | None = None
    cause: str | None = None
    exited: bool = False
    ended: int | None = None
    status: str | None = None

    @property
    def superseded(self) -> bool:
        """Whether a Parallel or Map around it was tried again afterwards."""
        around = self.container
        return around is not None and (self.attempt < len(around.attempts) or around.superseded)


@dataclass
class Journey:
    """All visits and iterations in the order of their beginning, and the status of the execution.

    For each event, `places` has its visit (None: it is the execution's own), `started` the iteration that it
    begins, by position, `times` its time in seconds since the epoch, None where it has none, and `details`
    its details.
    """

    visits: list[Visit] = field(default_factory=list)
    iterations: list[Iteration] = field(default_factory=list)
    places: list[Visit | None] = field(default_factory=list)
    started: dict[int, Iteration] = field(default_factory=dict)
    times: list[float | None] = field(default_factory=list)
    details: list[Details] = field(default_factory=list)
    status: str = RUNNING

    @cached_property
    def end(self) -> float | None:
        """The time of the latest event."""
        return max((time for time in self.times if time is not None), default=None)

    def seconds(self, began: int, ended: int | None) -> float | None:
        """Return the time between two events, up to the end of all if `ended` is None; None if not known."""
        start, end = self.times[began], self.end if ended is None else self.times[ended]
        if start is None or end is None:
            return None
        return round(end - start, 6) if end > start else 0.0


class Told(NamedTuple):
    """An event as it is read: its position, what it tells, and the position and the visit of the event
    before it."""

    at: int
    details: Details
    after: int | None
    before: Visit | None


def read_journey(events: Sequence[Event]) -> Journey:
    """Return the visits that `events` tell of. Events that are unknown or out of place are passed over."""
    journey = Journey()
    with no_collection():
        _read_events(journey, events)
        _settle(journey)
    return journey


def _read_events(journey: Journey, events: Sequence[Event]) -> None:
    positions: dict[object, int] = {}
    visits: list[Visit | None] = []
    own: list[int] = []
    add_time, add_details, add_visit = journey.times.append, journey.details.append, visits.append
    position_of, move_of = positions.get, _MOVES.get
    stamp: object = None
    time: float | None = None
    for at, event in enumerate(events):
        if (written := event.get("timestamp")) is not stamp:  # events of one turn share it
            stamp, time = written, read_event_time(written)
        id, previous, type = event.get("id"), event.get("previousEventId"), event.get("type")
        if id.__class__ is str or previous.__class__ is str:
            id, previous = _number(id), _number(previous)
        after = position_of(previous)
        before = None if after is None else visits[after]
        name, state_type, enters = move_of(type) or ("", "", False)
        details = event.get(name)
        if details.__class__ is not dict:
            details = details_of(event)
        if enters:
            visit: Visit | None = _enter(journey, state_type, at, details, after, before)
        elif name and before is not None and _is_in(before, state_type, details.get("name")):
            visit = before
            _leave(before, at)
        else:
            visit = _read_event(journey, str(type), Told(at, details, after, before))
            if str(type).startswith("Execution"):
                own.append(at)
        add_time(time)
        add_details(details)
        positions[id] = at
        add_visit(visit)
    for at in own:
        visits[at] = None
    journey.places = visits


def _is_in(visit: Visit, type: str, name: object) -> bool:
    """Tell whether a visit is one of this state that goes on."""
    return not visit.exited and visit.type == type and visit.name == name


def _number(id: object) -> object:
    """Return an event's id, which files may have as text."""
    return int(id) if isinstance(id, str) and id.isdigit() else id


def _read_event(journey: Journey, type: str, told: Told) -> Visit | None:
    """Return the visit an event belongs to, and note what it tells."""
    if type in _ACTIONS:
        state_type, act = _ACTIONS[type]
        visit = _find(journey, told.before, state_type, told.details.get("name", told.details.get("state")))
        if visit is not None:
            act(visit, told)
            if type == "MapIterationStarted":
                _start_iteration(journey, visit, told)
        return visit
    if type.endswith("StateEntered"):  # of a type that is newer than this
        return _enter(journey, type[:-12], told.at, told.details, told.after, told.before)
    if type in ENDINGS:
        journey.status = ENDINGS[type]
        if type == "ExecutionFailed":
            _blame(list(_outwards(told.before)), told)
    return told.before


def _enter(
    journey: Journey, type: str, at: int, details: Details, after: int | None, before: Visit | None
) -> Visit:
    name = str(details.get("name"))
    if before is not None and before.exited:
        visit = Visit(name, type, at, before.container, before, before.iteration)
    else:
        visit = Visit(name, type, at, before, None, None if after is None else journey.started.get(after))
    if visit.container is not None:
        visit.attempt = len(visit.container.attempts)
    if type == "Fail":
        visit.status, visit.ended = "failed", at
    journey.visits.append(visit)
    return visit


def _start_iteration(journey: Journey, map: Visit, told: Told) -> None:
    index = int(told.details.get("index", len(map.iterations)))
    iteration = Iteration(map, len(map.attempts), index, told.at)
    map.iterations[index] = journey.started[told.at] = iteration
    journey.iterations.append(iteration)


def _find(journey: Journey, before: Visit | None, type: str | None, name: object) -> Visit | None:
    """The open visit that an event tells of: around its previous event, else the latest of that kind."""

    if before is not None and type is not None and _is_in(before, type, name):
        return before

    def fits(visit: Visit) -> bool:
        return not visit.exited and type in (None, visit.type) and name in (None, visit.name)

    near = next(filter(fits, _outwards(before)), None)
    return near or next(filter(fits, reversed(journey.visits)), None)


def _settle(journey: Journey) -> None:
    """What neither left its state nor failed there is still running, or was stopped from outside."""
    for visit in journey.visits:
        if visit.status is None:
            outside = journey.status if visit.container is None else visit.container.status
            running = outside in (RUNNING, "in_progress") and not visit.superseded
            visit.status = "in_progress" if running else "aborted"
        if visit.ended is None and visit.status != "in_progress":
            visit.ended = _end_around(journey, visit.container, visit.attempt)
    for iteration in journey.iterations:
        if iteration.status is None:
            running = iteration.map.status == "in_progress" and not iteration.superseded
            iteration.status = "in_progress" if running else "aborted"
        if iteration.ended is None and iteration.status != "in_progress":
            iteration.ended = _end_around(journey, iteration.map, iteration.attempt)


def _end_around(journey: Journey, around: Visit | None, attempt: int) -> int:
    """Return where what has no end of its own was stopped: with the attempt of the state around it."""
    if around is not None and 0 < attempt <= len(around.attempts):
        ended = around.attempts[attempt - 1].ended
        if ended is not None:
            return ended
    return len(journey.times) - 1 if around is None or around.ended is None else around.ended


# ---------------------------------------------------------------- what events do to their visit

Action: TypeAlias = Callable[[Visit, Told], None]


def _stay(visit: Visit, told: Told) -> None:
    pass


def _try(visit: Visit, told: Told) -> None:
    """Begin an attempt; a Parallel or Map that does so again tells thereby that the last one failed."""
    _blame(_inside(visit, told.before), told)
    if visit.attempts and visit.attempts[-1].ended is None:
        visit.attempts[-1].ended = told.at
    visit.attempts.append(Attempt(told.at))
    visit.error = visit.cause = visit.status = visit.ended = None


def _succeed(visit: Visit, told: Told) -> None:
    if visit.attempts:
        visit.attempts[-1].ended = told.at


def _fail(visit: Visit, told: Told) -> None:
    _blame(_inside(visit, told.before), told)
    visit.status, visit.ended = "failed", told.at
    _set_error(visit, told)
    if not visit.attempts or visit.attempts[-1].error is not None:
        # An expression may fail before there is anything that could be tried.
        visit.attempts.append(Attempt(told.at))
    attempt = visit.attempts[-1]
    attempt.ended, attempt.error, attempt.cause = told.at, visit.error, visit.cause


def _fail_around(visit: Visit, told: Told) -> None:
    # A distributed Map's failure has been told by MapRunFailed.
    if told.before is not visit or visit.status != "failed":
        _fail(visit, told)


def _set_error(visit: Visit, told: Told) -> None:
    """Note the error an event tells; the end of a Map or Parallel tells none, but what failed inside did."""
    inner = told.before
    if not told.details.get("error") and inner is not None and inner.error is not None:
        visit.error, visit.cause = inner.error, inner.cause
    else:
        visit.error, visit.cause = told.details.get("error") or "", told.details.get("cause")


def _fail_iteration(visit: Visit, told: Told) -> None:
    _blame(_inside(visit, told.before), told)
    _end_iteration(visit, told, "failed")


def _succeed_iteration(visit: Visit, told: Told) -> None:
    _end_iteration(visit, told, "succeeded")


def _abort_iteration(visit: Visit, told: Told) -> None:
    _end_iteration(visit, told, "aborted")


def _end_iteration(visit: Visit, told: Told, status: str) -> None:
    inside = _inside(visit, told.before)
    around = inside[-1].iteration if inside else None
    iteration = visit.iterations.get(told.details["index"]) if "index" in told.details else around
    if iteration is not None:
        iteration.status, iteration.ended = status, told.at


def _abort(visit: Visit, told: Told) -> None:
    # A Task that fails inside a Parallel is told to be aborted as well.
    visit.status = visit.status or "aborted"
    visit.ended = told.at if visit.ended is None else visit.ended


def _exit(visit: Visit, told: Told) -> None:
    _leave(visit, told.at)


def _leave(visit: Visit, at: int) -> None:
    visit.exited, visit.ended = True, at
    visit.status = "succeeded" if visit.error is None else "caught"


def _blame(visits: Sequence[Visit], told: Told) -> None:
    for visit in visits:
        if not visit.exited:
            visit.status = "failed"
            visit.ended = told.at if visit.ended is None else visit.ended
            if visit.error is None and told.details.get("error"):
                visit.error, visit.cause = told.details["error"], told.details.get("cause")
        if (iteration := visit.iteration) is not None and iteration.status is None:
            iteration.status, iteration.ended = "failed", told.at


def _outwards(visit: Visit | None) -> Iterator[Visit]:
    while visit is not None:
        yield visit
        visit = visit.container


def _inside(visit: Visit, before: Visit | None) -> list[Visit]:
    """The visits from `before` outwards that lie inside `visit`; none if `before` does not."""
    around = list(_outwards(before))
    return around[: around.index(visit)] if visit in around else []


def _actions() -> Iterator[tuple[str, tuple[str | None, Action]]]:
    for type in ("Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map"):
        yield f"{type}StateExited", (type, _exit)
        yield f"{type}StateAborted", (type, _abort)
    for task in ("LambdaFunction", "Activity", "Task"):
        yield f"{task}Scheduled", ("Task", _try)
        for failure in ("Failed", "ScheduleFailed", "StartFailed", "SubmitFailed", "TimedOut"):
            yield f"{task}{failure}", ("Task", _fail)
        yield f"{task}Succeeded", ("Task", _succeed)
    for container in ("Parallel", "Map"):
        yield f"{container}StateSucceeded", (container, _succeed)
        yield f"{container}StateStarted", (container, _try)
        yield f"{container}StateFailed", (container, _fail_around)


_MOVES: Mapping[object, tuple[str, str, bool]] = {
    **{f"{state}StateEntered": ("stateEnteredEventDetails", state, True) for state in STATE_TYPES},
    **{f"{state}StateExited": ("stateExitedEventDetails", state, False) for state in STATE_TYPES},
}
"""Event → the name of its details, the Type of its state, and whether it enters it."""

_ACTIONS: Mapping[str, tuple[str | None, Action]] = {
    **dict(_actions()),
    "MapRunFailed": ("Map", _fail),
    "MapIterationStarted": ("Map", _stay),
    "MapIterationSucceeded": ("Map", _succeed_iteration),
    "MapIterationFailed": ("Map", _fail_iteration),
    "MapIterationAborted": ("Map", _abort_iteration),
    "EvaluationFailed": (None, _fail),
}
"""Event → the Type of the state it belongs to (None: of any), and what it does to the visit.

Events that are not here belong where their previous event does.
"""
