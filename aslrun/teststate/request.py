"""The request of TestState, read and checked. API reference: TestState, MockInput, TestStateConfiguration;
documentation: "Testing state machines with TestState API"; messages as recorded, where one was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from aslrun.states.fields import Fields
from aslrun.states.resource import parse_resource
from aslrun.teststate.definition import TestedState, processor_of, read_state, states_of
from aslrun.teststate.field_validation import check_result
from aslrun.teststate.parameters import ApiError, check_parameters, invalid
from aslrun.values import JSON, from_json_text

Level: TypeAlias = Literal["INFO", "DEBUG", "TRACE"]

CONTAINERS = ("Map", "Parallel")
MOCKABLE = ("Task", *CONTAINERS)
_ROLE = re.compile(r"arn:[^:]+:iam::\d*:role/.+")


@dataclass(frozen=True, slots=True)
class Mock:
    """What the state's work is said to come to: a `result`, or an `error` and a `cause`."""

    result: JSON = None
    error: str | None = None
    cause: str | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be run. `context` is None where none was given; `failed_items` is the number of
    Map iterations that are said to have failed, `item_text` what the ItemReader is said to have read;
    `texts` has values that came as JSON texts, which the response gives back as they were (documentation:
    the examples of "Testing a state using AWS CLI")."""

    state: TestedState
    input: JSON
    level: Level
    mock: Mock | None = None
    context: JSON = None
    variables: dict[str, JSON] = field(default_factory=dict)
    retry_count: int = 0
    failed_items: int | None = None
    item_text: str | None = None
    texts: tuple[tuple[JSON, str], ...] = ()
    reveals_secrets: bool = False

    def text_of(self, value: JSON) -> str:
        """Return a value as JSON text."""
        if isinstance(value, (dict, list)):
            for known, text in self.texts:
                if known is value:
                    return text
        return json_text(value)

    @property
    def fields(self) -> Fields:
        """The fields of the state under test."""
        return self.state.fields


def read_request(request: Mapping[str, Any]) -> Request:
    """Check a request and find its state; ApiError for what is wrong with it."""
    check_parameters(request)
    state = read_state(request["definition"], request.get("stateName"))
    check_role(request)
    mock = read_mock(request, state.fields)
    context = read_context(request)
    configuration = request.get("stateConfiguration", {})
    check_configuration(configuration, state, mock)
    input = read_json(request, "input", {})
    result = None if mock is None else mock.result
    texts = ((input, request.get("input")), (result, request.get("mock", {}).get("result")))
    wanted = Request(
        state,
        input,
        request.get("inspectionLevel", "INFO"),
        mock,
        context,
        read_variables(request),
        configuration.get("retrierRetryCount", _retries_in(context)),
        configuration.get("mapIterationFailureCount"),
        read_text(configuration, "mapItemReaderData"),
        tuple((value, text) for value, text in texts if isinstance(text, str)),
        request.get("revealSecrets", False),
    )
    check_mock(request, wanted)
    return wanted


# ---------------------------------------------------------------- JSON texts


def read_json(request: Mapping[str, Any], name: str, default: JSON) -> JSON:
    """Return the value of a parameter that holds JSON text, or a value."""
    given = request.get(name)
    if given is None:
        return default
    if not isinstance(given, str):
        return cast(JSON, given)
    try:
        return from_json_text(given)
    except (ValueError, RecursionError):
        raise ApiError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{name}' is not JSON"
        ) from None


def read_text(request: Mapping[str, Any], name: str) -> str | None:
    """Return a parameter that holds the text of data; a value is written as JSON."""
    given = request.get(name)
    return given if given is None or isinstance(given, str) else json_text(given)


def read_variables(request: Mapping[str, Any]) -> dict[str, JSON]:
    """Return the variables that the state finds assigned."""
    variables = read_json(request, "variables", {})
    if not isinstance(variables, dict):
        raise invalid("The variables must be a JSON object")
    return variables


def read_context(request: Mapping[str, Any]) -> JSON:
    """Return the context object that is given, None if none is. Without a mock there can be none."""
    if "context" not in request:
        return None
    if "mock" not in request:
        raise invalid("Context can only be specified when a mock is specified")
    context = read_json(request, "context", None)
    if not isinstance(context, dict):
        raise invalid("The context must be a JSON object")
    return context


def _retries_in(context: JSON) -> int:
    """Return the RetryCount of a context object: it counts where no `retrierRetryCount` is given."""
    state = context.get("State") if isinstance(context, dict) else None
    count = state.get("RetryCount") if isinstance(state, dict) else None
    return count if isinstance(count, int) else 0


def json_text(value: JSON) -> str:
    """Return a value as the API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ---------------------------------------------------------------- the mock


def check_role(request: Mapping[str, Any]) -> None:
    """Raise ApiError InvalidArn for a role that cannot be one."""
    role = request.get("roleArn")
    if role is not None and not _ROLE.fullmatch(role):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{role}'")


def read_mock(request: Mapping[str, Any], fields: Fields) -> Mock | None:
    """Return the mock of a request, checked for itself; None if there is none."""
    mock, kind = request.get("mock"), fields["Type"]
    if mock is None:
        check_unmocked(fields, "roleArn" in request)
        return None
    if kind not in MOCKABLE:
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    if request.get("revealSecrets"):
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    return _one_of(mock)


def check_unmocked(fields: Fields, has_role: bool) -> None:
    """Raise ApiError for a state that is not run without a mock."""
    if fields["Type"] in CONTAINERS:
        raise ApiError(
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types include:"
            " [Task, Wait, Pass, Succeed, Fail, Choice]",
        )
    if fields["Type"] != "Task":
        return
    resource = parse_resource(str(fields.get("Resource")))
    if resource.kind == "activity" or resource.pattern:
        what = f"the service integration pattern .{resource.pattern}" if resource.pattern else "an Activity"
        raise invalid(f"A mock must be specified when testing a Task state with {what}")
    if not has_role:
        raise invalid("RoleArn must be specified when testing a Task state")


def _one_of(mock: Mapping[str, Any]) -> Mock:
    given = [name for name in ("result", "errorOutput") if name in mock]
    if len(given) != 1:
        how = "only" if given else "at least"
        raise invalid(f"A test mock should have {how} one of the following fields: [result, errorOutput].")
    if given == ["result"]:
        return Mock(result=_mocked_result(mock["result"]))
    output = mock["errorOutput"]
    if "error" not in output:
        raise invalid("Error must be specified in the errorOutput of a mock")
    return Mock(error=output["error"], cause=output.get("cause"), is_error=True)


def _mocked_result(given: Any) -> JSON:
    if not isinstance(given, str):
        return cast(JSON, given)
    try:
        return from_json_text(given)
    except (ValueError, RecursionError):
        raise invalid("Mocked result must be valid JSON.") from None


def check_mock(request: Mapping[str, Any], wanted: Request) -> None:
    """Raise ApiError for a mocked result that the state's work cannot come to."""
    mock, fields = wanted.mock, wanted.fields
    if mock is None or mock.is_error:
        return
    if fields["Type"] in CONTAINERS:
        if "ResultWriter" not in fields and not isinstance(mock.result, list):
            raise invalid("Mocked result must be an array.")
        if isinstance(mock.result, list):
            check_failed_items(wanted, len(mock.result))
        return
    mode = request["mock"].get("fieldValidationMode", "STRICT")
    if mode != "NONE":
        wrong = check_result(str(fields.get("Resource")), mock.result, is_strict=mode == "STRICT")
        if wrong is not None:
            raise invalid(f"Mock result schema validation error: {wrong}")


def check_failed_items(wanted: Request, iterations: int) -> None:
    """Raise ApiError where more iterations of a Map are said to have failed than there are."""
    if (wanted.failed_items or 0) > iterations:
        raise invalid(
            "Map iteration failure count must be less than or equal to the number of Map iterations"
        )


# ---------------------------------------------------------------- stateConfiguration


def check_configuration(configuration: Mapping[str, Any], state: TestedState, mock: Mock | None) -> None:
    """Raise ApiError for a configuration that has nothing to do with the state, or with its mock.

    Failed iterations may also be told of where a state inside the Map is tested; there they change nothing.
    """
    fields, kind = state.fields, state.fields["Type"]
    concerns_map = kind == "Map" or state.map is not None
    if "mapIterationFailureCount" in configuration and (not concerns_map or mock is None):
        raise invalid("mapIterationFailureCount can only be specified for a Map state with a mock")
    if "mapItemReaderData" in configuration and (kind != "Map" or "ItemReader" not in fields):
        raise invalid("mapItemReaderData can only be specified for a Map state with an ItemReader")
    cause = configuration.get("errorCausedByState")
    if cause is None:
        return
    if kind not in CONTAINERS or mock is None or not mock.is_error:
        raise invalid("errorCausedByState can only be specified for a Map or Parallel with a mocked error")
    if cause not in _states_inside(fields):
        raise invalid(f"State '{cause}' not found inside the state under test")


def _states_inside(fields: Fields) -> Iterator[str]:
    branches = fields.get("Branches")
    machines = [*(branches if isinstance(branches, list) else []), processor_of(fields)]
    for machine in machines:
        if isinstance(machine, dict):
            yield from (state.name for state in states_of(machine, ""))
