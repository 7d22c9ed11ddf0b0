"""The journal → the events of GetExecutionHistory: ids, previousEventIds, and each event's details.

Every rule about what an event says and which one it follows is here; the rules are as recorded from AWS.
Names: API reference, "HistoryEvent".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.errors import QueryEvaluationError, StateError
from aslrun.interpreter.collection import no_collection
from aslrun.interpreter.scope import Assigned
from aslrun.timestamps import format_event_time
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.interpreter.effects import Invoke, Named
    from aslrun.interpreter.scope import Journal, Scope
    from aslrun.states.resource import Resource
    from aslrun.states.task import Outcome

Event: TypeAlias = dict[str, JSON]

PASSED_BY = frozenset(
    {
        "MapIterationSucceeded",
        "MapIterationFailed",
        "MapIterationAborted",
        "MapStateSucceeded",
        "ParallelStateSucceeded",
        "TaskStateAborted",
        "WaitStateAborted",
        "MapStateAborted",
        "ParallelStateAborted",
    }
)
"""Events that no later event names as its previous one: the next one points where these point."""

STATE_TYPES = ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
ENTERED = frozenset(f"{state}StateEntered" for state in STATE_TYPES)
"""Events of which a failed evaluation follows the one before (recorded)."""

EXITED = frozenset(f"{state}StateExited" for state in STATE_TYPES)
STATE_EVENTS: Mapping[str, tuple[str, str, str]] = {
    **dict.fromkeys(ENTERED, ("stateEnteredEventDetails", "input", "inputDetails")),
    **dict.fromkeys(EXITED, ("stateExitedEventDetails", "output", "outputDetails")),
}
"""Event type → the names of its details, of the text in them, and of what is said of that. They follow the
one before in their scope, unless branches have just ended, and nothing more."""

ITERATION_ENDS = frozenset({"MapIterationSucceeded", "MapIterationFailed"})

MOVES = frozenset(
    {*STATE_EVENTS, *PASSED_BY, *ITERATION_ENDS, "ExecutionStarted", "MapStateStarted", "MapRunSucceeded"}
)
"""Events after which there is more to keep than that they were the latest."""


def history_events(journal: Journal) -> list[Event]:
    """Return the events of `journal` as the API gives them, timestamps as ISO 8601 text."""
    with no_collection():
        return [*make_events(journal)]


def make_events(journal: Journal) -> Iterator[Event]:
    """Yield the events of `history_events` one after the other: a long history need not be held twice."""
    texts, chain, state_event, details_of = Texts(journal), Chain(), STATE_EVENTS.get, DETAILS.get
    at, timestamp = -1.0, ""
    here: Scope | None = None
    places, place = chain.places, Place(0)
    known: object = None
    text, text_of, not_truncated = "null", texts.__call__, texts.not_truncated
    for number, (time, type, scope, name, value) in enumerate(journal.rows, 1):
        if time != at:
            at, timestamp = time, format_event_time(time)
        if scope is not here:
            here, place = scope, places.get(scope) or chain.begin(scope, type)
        fields = state_event(type)
        if fields is None or place.branches is not None:
            before = chain.previous(number, type, scope, place)
        else:
            before = place.entered_after = place.latest  # `previous`, on the hot path
            place.latest = number
        if fields is not None and value.__class__ is not Assigned:
            if value is not known:
                known, text = value, text_of(value)
            key, field, truncation = fields
            yield {
                "timestamp": timestamp, "type": type, "id": number, "previousEventId": before,
                key: {"name": name, field: text, truncation: not_truncated},
            }  # fmt: skip
            continue
        details = details_of(type)
        if details is None:
            yield {"timestamp": timestamp, "type": type, "id": number, "previousEventId": before}
            continue
        key, make = details
        yield {
            "timestamp": timestamp, "type": type, "id": number, "previousEventId": before,
            key: make(name, value, scope, texts),
        }  # fmt: skip


LONG_TEXT = 4_096
"""Characters from which on the text of a value is put together of those of its parts."""


class Texts:
    """JSON text of values. What leaves a state enters the next one: the last text is kept for it.

    Of a long text those of its parts are kept too: most of what enters a state leaves it in a new object.
    """

    def __init__(self, journal: Journal) -> None:
        self._value: object = None
        self._text = "null"
        if journal.rows and journal.input_text is not None:
            self._value, self._text = journal.rows[0][-1], journal.input_text
        self._parts: dict[int, tuple[JSON, str]] = {}
        self._written, self._whole = list[str](), ""
        self.not_truncated: JSON = {"truncated": False}  # one for all events: there is nothing else to say

    def __call__(self, value: Any) -> str:
        if value is not self._value:
            if len(self._text) > LONG_TEXT and isinstance(value, dict):
                self._text = self._of_parts(value)
            else:
                self._text = to_json_text(value)
            self._value = value
        return self._text

    def _of_parts(self, value: dict[str, JSON]) -> str:
        """Return the text of an object, with those of the fields that the last one had as well."""
        last, parts = self._parts, dict[int, tuple[JSON, str]]()
        written = []
        for name, part in value.items():
            known = last.get(id(part)) or (part, to_json_text(part))
            parts[id(part)] = known
            written += [",", to_json_text(name), ":", known[1]]
        self._parts = parts
        if written != self._written:  # the text of an equal object is shared
            # In one piece: each further step would copy the long text once more.
            self._written, self._whole = written, "".join(["{", *written[1:], "}"])
        return self._whole


class Place:
    """Where a scope is in the chain of events: the latest one that it has, the one before its last state was
    entered, and its branches, when they run or have just ended.

    Of a Map's scope also what its next iteration follows, and what the exit of a distributed one does.
    """

    __slots__ = ("around", "branches", "entered_after", "freed", "latest", "map_run")

    def __init__(self, latest: int, around: Place | None = None) -> None:
        self.around = around
        self.latest = self.entered_after = latest
        self.branches: list[Place] | None = None
        self.freed: int | None = None
        self.map_run: int | None = None


class Chain:
    """Which event each scope is at. The first event and the one after it both follow event 0."""

    def __init__(self) -> None:
        self.places: dict[Scope, Place] = {}

    def begin(self, scope: Scope, type: str) -> Place:
        """Return the place of a scope before its first event, which is of a type: that of the event which it
        follows."""
        around = None if scope.parent is None else self.places[scope.parent]
        if around is None:
            place = Place(0)
        elif type == "MapIterationStarted" and around.freed is not None:
            place = Place(around.freed, around)
        else:
            place = Place(around.latest, around)
            if type != "MapIterationStarted":
                around.branches = around.branches or []
                around.branches.append(place)
        self.places[scope] = place
        return place

    def previous(self, number: int, type: str, scope: Scope, place: Place) -> int:
        """Return the id that event `number` names as its previous one, and go on from it; `place` is that of
        its scope."""
        if place.branches is None and type != "EvaluationFailed":
            before = place.latest
        else:
            before = self._before(type, place)
        if type not in MOVES:
            place.latest = number
            return before
        if type in ITERATION_ENDS and place.around is not None:
            # The Map's end follows a success itself; the next iteration, and a failed Map, what was before.
            place.around.latest = number if type == "MapIterationSucceeded" else before
            place.around.freed = before
            if type == "MapIterationSucceeded":
                del self.places[scope]  # nothing comes after it; what failed may be redriven
            return before
        if type in STATE_EVENTS:
            place.entered_after = before
        passed_by = type in PASSED_BY or type == "ExecutionStarted"
        place.latest = before if passed_by else number
        if type == "MapStateStarted":
            place.freed = None
        elif type == "MapRunSucceeded":
            place.map_run = before
        elif type == "MapStateSucceeded" and place.map_run is not None:
            # The exit of a distributed Map follows MapRunStarted (recorded).
            place.latest, place.map_run = place.map_run, None
        return before

    def _before(self, type: str, place: Place) -> int:
        if type == "EvaluationFailed":
            return place.entered_after
        branches, place.branches = place.branches, None
        # A Parallel goes on from the last event of its branches.
        return max([place.latest, *(branch.latest for branch in branches)]) if branches else place.latest


# ---------------------------------------------------------------- details

Details: TypeAlias = Callable[[str, Any, "Scope", Texts], JSON]


def _with_text(field: str, value: JSON, text: Texts) -> dict[str, JSON]:
    return {field: text(value), f"{field}Details": text.not_truncated}


def _execution_started(name: str, value: JSON, scope: Scope, text: Texts) -> JSON:
    return {**_with_text("input", value, text), "roleArn": scope.execution.role_arn}


def _output_and_variables(name: str, value: Assigned, scope: Scope, text: Texts) -> JSON:
    texts: dict[str, JSON] = {variable: to_json_text(one) for variable, one in value.variables.items()}
    assigned: dict[str, JSON] = {"assignedVariables": texts, "assignedVariablesDetails": text.not_truncated}
    return {"name": name, **_with_text("output", value.output, text), **assigned}


def _ended(name: str, value: JSON, scope: Scope, text: Texts) -> JSON:
    return _with_text("output", value, text)


def _error(failure: StateError) -> dict[str, JSON]:
    told: dict[str, JSON] = {"error": failure.error, "cause": failure.cause}
    return {field: text for field, text in told.items() if text not in (None, "")}


def _failed(name: str, failure: StateError, scope: Scope, text: Texts) -> JSON:
    return _error(failure)


def _redriven(name: str, count: int, scope: Scope, text: Texts) -> JSON:
    return {"redriveCount": count}


def _evaluation_failed(name: str, failure: QueryEvaluationError, scope: Scope, text: Texts) -> JSON:
    return {**_error(failure), "location": failure.location, "state": name}


def _iteration(name: str, index: int, scope: Scope, text: Texts) -> JSON:
    return {"name": name, "index": index}


def _length(name: str, length: int, scope: Scope, text: Texts) -> JSON:
    return {"length": length}


def _limits_and_role(scheduled: Invoke) -> dict[str, JSON]:
    if scheduled.timeout is scheduled.heartbeat is scheduled.role is None:
        return {}
    limits = {"timeoutInSeconds": scheduled.timeout, "heartbeatInSeconds": scheduled.heartbeat}
    told: dict[str, JSON] = {field: seconds for field, seconds in limits.items() if seconds is not None}
    return told if scheduled.role is None else {**told, "taskCredentials": {"roleArn": scheduled.role}}


def _function_scheduled(name: str, scheduled: Invoke, scope: Scope, text: Texts) -> JSON:
    resource: dict[str, JSON] = {"resource": scheduled.resource.action}
    return {**resource, **_with_text("input", scheduled.arguments, text), **_limits_and_role(scheduled)}


def _function_succeeded(name: str, outcome: Outcome, scope: Scope, text: Texts) -> JSON:
    return _with_text("output", outcome[1], text)


def _function_failed(name: str, outcome: Outcome, scope: Scope, text: Texts) -> JSON:
    failure = outcome[2]
    return {} if failure is None else _error(failure)


def _resource(resource: Named) -> dict[str, JSON]:
    return {"resourceType": resource.service, "resource": resource.action}


def _task_scheduled(name: str, scheduled: Invoke, scope: Scope, text: Texts) -> JSON:
    place: dict[str, JSON] = {"region": scheduled.resource.region}
    parameters: dict[str, JSON] = {"parameters": text(scheduled.arguments)}
    return {**_resource(scheduled.resource), **place, **parameters, **_limits_and_role(scheduled)}


def _task_started(name: str, resource: Resource, scope: Scope, text: Texts) -> JSON:
    return _resource(resource)


def _task_succeeded(name: str, outcome: Outcome, scope: Scope, text: Texts) -> JSON:
    return {**_resource(outcome[0]), **_with_text("output", outcome[1], text)}


def _task_failed(name: str, outcome: Outcome, scope: Scope, text: Texts) -> JSON:
    resource, _, failure = outcome
    return {**_resource(resource), **({} if failure is None else _error(failure))}


def _worker(name: str, outcome: Outcome, scope: Scope, text: Texts) -> JSON:
    return outcome[1]


def _map_run(name: str, arn: str, scope: Scope, text: Texts) -> JSON:
    return {"mapRunArn": arn}


def _map_run_redriven(name: str, run: tuple[str, int], scope: Scope, text: Texts) -> JSON:
    return {"mapRunArn": run[0], "redriveCount": run[1]}


def _task_events() -> Iterator[tuple[str, tuple[str, Details]]]:
    yield from (
        ("LambdaFunctionScheduled", ("lambdaFunctionScheduledEventDetails", _function_scheduled)),
        ("LambdaFunctionSucceeded", ("lambdaFunctionSucceededEventDetails", _function_succeeded)),
        ("LambdaFunctionFailed", ("lambdaFunctionFailedEventDetails", _function_failed)),
        ("LambdaFunctionTimedOut", ("lambdaFunctionTimedOutEventDetails", _function_failed)),
        ("ActivityScheduled", ("activityScheduledEventDetails", _function_scheduled)),
        ("ActivityStarted", ("activityStartedEventDetails", _worker)),
        ("ActivitySucceeded", ("activitySucceededEventDetails", _function_succeeded)),
        ("ActivityFailed", ("activityFailedEventDetails", _function_failed)),
        ("ActivityTimedOut", ("activityTimedOutEventDetails", _function_failed)),
        ("TaskScheduled", ("taskScheduledEventDetails", _task_scheduled)),
        ("TaskStarted", ("taskStartedEventDetails", _task_started)),
        ("TaskSubmitted", ("taskSubmittedEventDetails", _task_succeeded)),
        ("TaskSucceeded", ("taskSucceededEventDetails", _task_succeeded)),
        ("TaskFailed", ("taskFailedEventDetails", _task_failed)),
        ("TaskTimedOut", ("taskTimedOutEventDetails", _task_failed)),
    )


DETAILS: Mapping[str, tuple[str, Details]] = {
    "ExecutionStarted": ("executionStartedEventDetails", _execution_started),
    "ExecutionSucceeded": ("executionSucceededEventDetails", _ended),
    "ExecutionFailed": ("executionFailedEventDetails", _failed),
    "ExecutionTimedOut": ("executionTimedOutEventDetails", _failed),
    "ExecutionAborted": ("executionAbortedEventDetails", _failed),
    "ExecutionRedriven": ("executionRedrivenEventDetails", _redriven),
    "EvaluationFailed": ("evaluationFailedEventDetails", _evaluation_failed),
    **dict.fromkeys(EXITED, ("stateExitedEventDetails", _output_and_variables)),
    **dict(_task_events()),
    "MapRunStarted": ("mapRunStartedEventDetails", _map_run),
    "MapRunRedriven": ("mapRunRedrivenEventDetails", _map_run_redriven),
    "MapRunFailed": ("mapRunFailedEventDetails", _failed),
    "MapStateStarted": ("mapStateStartedEventDetails", _length),
    **{
        f"MapIteration{outcome}": (f"mapIteration{outcome}EventDetails", _iteration)
        for outcome in ("Started", "Succeeded", "Failed", "Aborted")
    },
}
"""Event type → (the name of its details, the function that makes them of name, value, scope and texts). The
events in `STATE_EVENTS` are here only for what else is told where a state assigned variables."""
