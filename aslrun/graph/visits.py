"""The events of GetExecutionHistory → the visits that an execution paid to its states.

An event belongs to the visit of the event it names as its previous one, or to that of a state around it:
`MapStateExited` names the last event of the last iteration. Order and links of events: as recorded on AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

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
class Visit:
    """One stay in a state.

    `container` is the visit of the Parallel or Map around it, in its attempt number `attempt`; `previous`
    the visit that the execution came from, None at the start of a scope. `error` is the name of the error
    of the attempt that ran last, "" for one without a name; None if there was none. `status` is one of
    `succeeded`, `failed`, `caught`, `aborted`, `in_progress` once all is read.
    """

    name: str
    type: str
    container: Visit | None = None
    previous: Visit | None = None
    attempt: int = 0
    attempts: int = 0
    error: str | None = None
    exited: bool = False
    status: str | None = None

    @property
    def superseded(self) -> bool:
        """Whether a Parallel or Map around it was tried again afterwards."""
        around = self.container
        return around is not None and (self.attempt < around.attempts or around.superseded)


@dataclass(slots=True)
class Journey:
    """All visits in the order of their beginning, and the status of the execution."""

    visits: list[Visit] = field(default_factory=list)
    status: str = RUNNING


def read_journey(events: Sequence[Event]) -> Journey:
    """Return the visits that `events` tell of. Events that are unknown or out of place are passed over."""
    journey = Journey()
    places: dict[str, Visit | None] = {}
    for event in events:
        before = places.get(str(event.get("previousEventId")))
        places[str(event.get("id"))] = _read_event(journey, event, before)
    _settle(journey)
    return journey


def _read_event(journey: Journey, event: Event, before: Visit | None) -> Visit | None:
    """Return the visit an event belongs to, given that of its previous event, and note what it tells."""
    type, told = str(event.get("type")), _details(event)
    if type in ENDINGS:
        journey.status = ENDINGS[type]
        if type == "ExecutionFailed":
            _blame(list(_outwards(before)))
    elif type.endswith("StateEntered"):
        return _enter(journey, type.removesuffix("StateEntered"), str(told.get("name")), before)
    elif type in _ACTIONS:
        state_type, act = _ACTIONS[type]
        visit = _find(journey, before, state_type, told.get("name", told.get("state")))
        if visit is not None:
            act(visit, before, told)
        return visit
    return before


def _enter(journey: Journey, type: str, name: str, before: Visit | None) -> Visit:
    visit = Visit(name, type, container=before)
    if before is not None and before.exited:
        visit.previous, visit.container = before, before.container
    if visit.container is not None:
        visit.attempt = visit.container.attempts
    if type == "Fail":
        visit.status = "failed"
    journey.visits.append(visit)
    return visit


def _find(journey: Journey, before: Visit | None, type: str | None, name: object) -> Visit | None:
    """The open visit that an event tells of: around its previous event, else the latest of that kind."""

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


# ---------------------------------------------------------------- what events do to their visit

Action: TypeAlias = Callable[[Visit, Visit | None, Details], None]


def _stay(visit: Visit, before: Visit | None, told: Details) -> None:
    pass


def _try(visit: Visit, before: Visit | None, told: Details) -> None:
    """Begin an attempt; a Parallel or Map that does so again tells thereby that the last one failed."""
    _blame(_inside(visit, before))
    visit.attempts += 1
    visit.error = visit.status = None


def _fail(visit: Visit, before: Visit | None, told: Details) -> None:
    _blame(_inside(visit, before))
    visit.status = "failed"
    visit.error = told.get("error") or (before and before.error) or ""


def _fail_inside(visit: Visit, before: Visit | None, told: Details) -> None:
    _blame(_inside(visit, before))


def _abort(visit: Visit, before: Visit | None, told: Details) -> None:
    # A Task that fails inside a Parallel is told to be aborted as well.
    visit.status = visit.status or "aborted"


def _exit(visit: Visit, before: Visit | None, told: Details) -> None:
    visit.exited = True
    visit.status = "succeeded" if visit.error is None else "caught"


def _blame(visits: Sequence[Visit]) -> None:
    for visit in visits:
        if not visit.exited:
            visit.status = "failed"


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
    for container in ("Parallel", "Map"):
        yield f"{container}StateStarted", (container, _try)
        yield f"{container}StateFailed", (container, _fail)


_ACTIONS: Mapping[str, tuple[str | None, Action]] = {
    **dict(_actions()),
    "MapRunFailed": ("Map", _fail),
    "MapIterationStarted": ("Map", _stay),
    "MapIterationFailed": ("Map", _fail_inside),
    "EvaluationFailed": (None, _fail),
}
"""Event → the Type of the state it belongs to (None: of any), and what it does to the visit.

Events that are not here belong where their previous event does.
"""


def _details(event: Event) -> Details:
    found = (told for key, told in event.items() if key.endswith("EventDetails") and isinstance(told, dict))
    return next(found, {})
