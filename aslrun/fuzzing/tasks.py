"""The Tasks of a machine as fuzzing sees them: what they may answer, with which errors they may fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aslrun.errors import StateError
from aslrun.fuzzing.origins import Kind, Made, Origin, Place, field_of
from aslrun.fuzzing.sight import Sight
from aslrun.states.parameters import PARAMETERS
from aslrun.states.resource import Resource, parse_resource
from aslrun.validation.machines import Definition, StateNode, objects_in
from aslrun.values import JSON, to_json_text

LAMBDA_FAILURES = ("Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.Unknown")
_OF_TASKS = ("States.Permissions", "States.DataLimitExceeded")
_NOT_OF_TASKS = ("States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout")


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A Task: the place of what it answers, its errors, and the seconds that its answers may take.

    `is_called_again` says that it may be called more than once in an execution; `is_handled` that something
    handles its errors.
    """

    state: StateNode
    resource: Resource
    answer: Place
    errors: tuple[StateError, ...]
    seconds: tuple[float, ...]
    is_called_again: bool
    is_handled: bool

    @property
    def is_function(self) -> bool:
        """Whether it calls a function by its name or ARN, which mock configurations answer as Invoke does."""
        return self.resource.kind == "function"


def answer_of(resource: Resource) -> Place:
    """Return the place of what a Task answers."""
    if resource.kind != "service":
        return Place()
    action = resource.action.partition(".")[0]
    if (resource.service, action) == ("lambda", "invoke") and resource.pattern != "waitForTaskToken":
        place = Place()
        for name in ("StatusCode", "ExecutedVersion", "Payload"):
            place.at(name)
        place.fields["StatusCode"].compare(200)
        place.fields["ExecutedVersion"].compare("$LATEST")
        place.is_closed = True
        return place
    if (resource.service, resource.action) == ("states", "startExecution.sync"):
        place = Place()
        output = place.fields["Output"] = Place(depth=1, is_closed=True)
        output.kinds.add("string")
        return place
    if resource.pattern:
        return Place(action=resource.action)
    from aslrun.teststate.field_validation import output_shape

    return Place(shape=output_shape(resource.text), action=action)


def give_parameters(resource: Resource, arguments: Origin, sight: Sight) -> None:
    """Note what a service asks of the arguments, where these come from outside."""
    known = PARAMETERS.get((resource.service, resource.action.partition(".")[0]))
    if known is None or resource.kind != "service":
        return
    for name in known.required:
        if not isinstance(arguments, Made):
            sight.read(field_of(arguments, name))
    for name in known.formats:
        if isinstance(arguments, Made):
            kind = next((kind for kind, value in _OF_KIND.items() if known.formats[name](value)), None)
            sight.read(field_of(arguments, name), kind)


_OF_KIND: Mapping[Kind, JSON] = {"string": "", "array": [], "object": {}}


def payload_of(resource: Resource, answer: Place) -> Place | None:
    """Return the place of what a function returns; None for Tasks that call none."""
    if resource.kind == "service":
        return answer.fields.get("Payload") if resource.service == "lambda" and not resource.pattern else None
    return answer


def errors_of(state: StateNode, resource: Resource, handlers: Sequence[str]) -> tuple[StateError, ...]:
    """Return the errors that a Task may fail with: those that `handlers`, its own and the ones around it,
    name, and some that its service has."""
    is_function = resource.service == "lambda"
    errors = [
        StateError(name, _cause_of(name, is_function))
        for name in dict.fromkeys(handlers)
        if name not in _NOT_OF_TASKS and (not name.startswith("States.") or name in _OF_TASKS)
    ]
    if is_function:
        errors.append(StateError("Error", _cause_of("Error", True)))
        errors.extend(StateError(name, _cause_of(name, True)) for name in LAMBDA_FAILURES)
    else:
        errors.append(StateError("States.TaskFailed", "the call failed"))
    all_but_timeouts = "States.ALL" in handlers and "States.TaskFailed" in handlers
    named = all_but_timeouts or "States.Timeout" in handlers
    if named or any(field.startswith("TimeoutSeconds") for field in state.fields):
        errors.append(StateError("States.Timeout", ""))
    return tuple({error.error: error for error in errors}.values())


def _cause_of(error: str, is_function: bool) -> str:
    # Lambda tells of its own failures in plain words, of the function's as JSON.
    if is_function and not error.startswith(("Lambda.", "States.")):
        return to_json_text({"errorMessage": "it failed", "errorType": error, "trace": []})
    return f"{error}: the service says no"


def handlers_of(state: StateNode, definition: Definition) -> list[str]:
    """Return the error names that the Retry and Catch of a state and of those around it have."""
    around = [other for other in definition.states if state.at[: len(other.at)] == other.at]
    return [name for other in around for name in names_handled(other)]


def names_handled(state: StateNode) -> Iterator[str]:
    """Yield the error names in a state's Retry and Catch."""
    for field in ("Retry", "Catch"):
        for _, entry in objects_in(state, field):
            names = entry.get("ErrorEquals")
            yield from (str(name) for name in (names if isinstance(names, list) else ()))


def resource_of(state: StateNode) -> Resource:
    """Return the Resource of a Task."""
    return parse_resource(str(state.fields.get("Resource", "")))
