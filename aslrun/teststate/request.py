"""The request of TestState: read, checked, and its state found. API reference: TestState."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from aslrun.document import Document, DocumentError, document_of, parse_document
from aslrun.errors import AslrunError
from aslrun.states.fields import Fields
from aslrun.teststate.field_validation import check_result
from aslrun.validation import validate_document
from aslrun.values import JSON, from_json_text

Level: TypeAlias = Literal["INFO", "DEBUG", "TRACE"]

STATE_NAME = "StateName"
"""What a state is called whose definition was given without a machine around it (recorded)."""
CONTAINERS = ("Map", "Parallel")
MOCKABLE = ("Task", *CONTAINERS)


class ApiError(AslrunError):
    """What the API answers with an error; `code` is the error's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> ApiError:
    """Return the error for a request that asks for what cannot be."""
    return ApiError("ValidationException", message)


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
    Map iterations that are said to have failed, `item_data` what the ItemReader is said to have read."""

    name: str
    fields: Fields
    language: str
    input: JSON
    level: Level
    mock: Mock | None = None
    context: JSON = None
    variables: dict[str, JSON] = field(default_factory=dict)
    retry_count: int = 0
    failed_items: int | None = None
    item_data: JSON = None


def read_request(request: Mapping[str, Any]) -> Request:
    """Check a request and find its state; ApiError for what is wrong with it."""
    check_parameters(request)
    document = read_definition(request["definition"])
    definition = document.value
    assert isinstance(definition, dict)
    name, fields, language = find_state(definition, request.get("stateName"))
    mock = read_mock(request, fields)
    configuration = request.get("stateConfiguration") or {}
    wanted = Request(
        name,
        fields,
        language,
        read_json(request, "input", {}),
        request.get("inspectionLevel", "INFO"),
        mock,
        read_json(request, "context", None),
        read_variables(request),
        configuration.get("retrierRetryCount", 0),
        configuration.get("mapIterationFailureCount"),
        read_json(configuration, "mapItemReaderData", None),
    )
    check_mock(request, wanted)
    return wanted


# ---------------------------------------------------------------- parameters

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "definition": (str, dict),
    "stateName": str,
    "roleArn": str,
    "inspectionLevel": str,
    "revealSecrets": bool,
    "mock": dict,
    "stateConfiguration": dict,
}
_LEVELS = ("INFO", "DEBUG", "TRACE")
_MODES = ("STRICT", "PRESENT", "NONE")


def check_parameters(request: Mapping[str, Any]) -> None:
    """Raise what the AWS SDK raises before it calls: ParamValidationError with a line for each finding."""
    if findings := list(_wrong_parameters(request)):
        raise ApiError("ParamValidationError", "\n".join(["Parameter validation failed:", *findings]))
    _check_choice("inspectionLevel", request.get("inspectionLevel", "INFO"), _LEVELS)
    _check_choice(
        "mock.fieldValidationMode", (request.get("mock") or {}).get("fieldValidationMode", "STRICT"), _MODES
    )


def _wrong_parameters(request: Mapping[str, Any]) -> Iterator[str]:
    if "definition" not in request:
        yield 'Missing required parameter in input: "definition"'
    for name, kind in _TYPES.items():
        if name in request and not isinstance(request[name], kind):
            yield f"Invalid type for parameter {name}, value: {request[name]}, type: {type(request[name])}"
    for name in ("stateName", "roleArn"):
        if request.get(name) == "":
            yield f"Invalid length for parameter {name}, value: 0, valid min length: 1"


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        wanted = ", ".join(choices)
        raise invalid(f"Value '{value}' at '{name}' must satisfy enum value set: [{wanted}]")


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


def read_variables(request: Mapping[str, Any]) -> dict[str, JSON]:
    """Return the variables that the state finds assigned."""
    variables = read_json(request, "variables", {})
    if not isinstance(variables, dict):
        raise invalid("The variables must be a JSON object")
    return variables


# ---------------------------------------------------------------- the definition


def read_definition(given: str | Mapping[str, JSON]) -> Document:
    """Read the definition of a machine, or of one state; ApiError InvalidDefinition if it is not valid."""
    try:
        document = parse_document(given, "definition") if isinstance(given, str) else document_of(dict(given))
    except DocumentError as wrong:
        raise _invalid_definition(f"INVALID_JSON_DESCRIPTION: {wrong.message}") from None
    if not isinstance(document.value, dict):
        raise _invalid_definition("INVALID_JSON_DESCRIPTION: the definition is no JSON object")
    if "States" not in document.value:
        document = document_of(machine_around(document.value))
    errors = [found for found in validate_document(document) if found.severity == "error"]
    if errors:
        told = "; ".join(f"{found.code}: {found.message} at {found.location}" for found in errors)
        raise _invalid_definition(told)
    return document


def _invalid_definition(told: str) -> ApiError:
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{told}'")


def machine_around(state: Fields) -> dict[str, JSON]:
    """Return a machine of one state, and of Succeed states for those that it goes to."""
    stubs: dict[str, JSON] = {name: {"Type": "Succeed"} for name in targets_of(state)}
    return {"StartAt": STATE_NAME, "States": {**stubs, STATE_NAME: {**state}}}


def targets_of(state: Fields) -> Iterator[str]:
    """Yield the names of the states that a state can go to."""
    rules = [rule for name in ("Choices", "Catch") for rule in _objects(state.get(name))]
    for value in (state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)):
        if isinstance(value, str) and value != STATE_NAME:
            yield value


def _objects(value: JSON) -> list[Fields]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def find_state(definition: Fields, name: str | None) -> tuple[str, Fields, str]:
    """Return the state's name, its fields, and the query language of the machine around it."""
    if name is None:
        if definition.get("StartAt") != STATE_NAME:
            raise invalid("StateName must be specified when the definition is that of a state machine")
        name = STATE_NAME
    language = definition.get("QueryLanguage", "JSONPath")
    assert isinstance(language, str)
    for found, fields, inherited in states_of(definition, language):
        if found == name:
            return name, fields, inherited
    raise invalid("State not found in definition")


def states_of(machine: Fields, language: str) -> Iterator[tuple[str, Fields, str]]:
    """Yield the name, fields and inherited query language of all states, nested machines' included."""
    states = machine.get("States")
    for name, fields in states.items() if isinstance(states, dict) else ():
        if not isinstance(fields, dict):
            continue
        yield name, fields, language
        inner = [fields.get("ItemProcessor"), fields.get("Iterator"), *_objects(fields.get("Branches"))]
        for nested in inner:
            if isinstance(nested, dict):
                yield from states_of(nested, language)


# ---------------------------------------------------------------- the mock


def read_mock(request: Mapping[str, Any], fields: Fields) -> Mock | None:
    """Return the mock of a request, checked for itself; None if there is none."""
    mock, kind = request.get("mock"), fields["Type"]
    if mock is None:
        if kind in CONTAINERS:
            raise ApiError(
                "InvalidDefinition",
                "TestState API does not support Map or Parallel states. Supported state types include:"
                " [Task, Wait, Pass, Succeed, Fail, Choice]",
            )
        if kind == "Task" and "roleArn" not in request:
            raise invalid("RoleArn must be specified when testing a Task state")
        return None
    if kind not in MOCKABLE:
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    if request.get("revealSecrets"):
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    return _one_of(mock)


def _one_of(mock: Mapping[str, Any]) -> Mock:
    given = [name for name in ("result", "errorOutput") if name in mock]
    if len(given) != 1:
        how = "only" if given else "at least"
        raise invalid(f"A test mock should have {how} one of the following fields: [result, errorOutput].")
    if given == ["result"]:
        return Mock(result=_mocked_result(mock["result"]))
    output = mock["errorOutput"] or {}
    return Mock(error=output.get("error"), cause=output.get("cause"), is_error=True)


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
        if isinstance(mock.result, list) and (wanted.failed_items or 0) > len(mock.result):
            raise invalid(
                "Map iteration failure count must be less than or equal to the number of Map iterations"
            )
        return
    mode = request["mock"].get("fieldValidationMode", "STRICT")
    if mode != "NONE":
        wrong = check_result(str(fields.get("Resource")), mock.result, is_strict=mode == "STRICT")
        if wrong is not None:
            raise invalid(f"Mock result schema validation error: {wrong}")


def json_text(value: JSON) -> str:
    """Return a value as the API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
