"""The parameters of TestState: their names, types and limits. API reference: TestState.

What the AWS SDKs refuse before they call is refused in the words of botocore; lengths and names that the
service itself holds, in the words in which AWS services tell of constraints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aslrun.errors import AslrunError

DATA_LIMIT = 262_144
"""Characters that an input, a result or another text of data may have."""


class ApiError(AslrunError):
    """What the API answers with an error; `code` is the error's name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> ApiError:
    """Return the error for a request that asks for what cannot be."""
    return ApiError("ValidationException", message)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a parameter may be: for a text, `minimum` and `maximum` are of its length. `is_json` says that
    it is JSON text, in place of which a value may stand."""

    kind: type = str
    minimum: int = 0
    maximum: int | None = None
    choices: Sequence[str] = ()
    is_json: bool = False


Members: TypeAlias = "Mapping[str, Parameter | Mapping[str, Any]]"

_DATA = Parameter(maximum=DATA_LIMIT, is_json=True)
_STATE_NAME = Parameter(minimum=1, maximum=80)
_COUNT = Parameter(int)
PARAMETERS: Members = {
    "definition": Parameter(minimum=1, maximum=1_048_576, is_json=True),
    "roleArn": Parameter(minimum=1, maximum=256),
    "input": _DATA,
    "inspectionLevel": Parameter(choices=("INFO", "DEBUG", "TRACE")),
    "revealSecrets": Parameter(bool),
    "variables": _DATA,
    "stateName": _STATE_NAME,
    "mock": {
        "result": _DATA,
        "errorOutput": {"error": Parameter(maximum=256), "cause": Parameter(maximum=32_768)},
        "fieldValidationMode": Parameter(choices=("STRICT", "PRESENT", "NONE")),
    },
    "context": _DATA,
    "stateConfiguration": {
        "retrierRetryCount": _COUNT,
        "errorCausedByState": _STATE_NAME,
        "mapIterationFailureCount": _COUNT,
        "mapItemReaderData": _DATA,
    },
}


def check_parameters(request: Mapping[str, Any]) -> None:
    """Raise ApiError for parameters that TestState does not have, or that are not what they must be."""
    findings = list(_refused_by_sdk(request))
    if findings:
        raise ApiError("ParamValidationError", "\n".join(["Parameter validation failed:", *findings]))
    if broken := list(_refused_by_service(request)):
        number = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise invalid(f"{number}: {'; '.join(broken)}")


Visit: TypeAlias = "tuple[str, Parameter | Members | None, Any]"


def _visits(members: Members, given: Mapping[str, Any], path: str = "") -> Iterator[Visit]:
    """Yield each parameter that is there: its place, what it may be (None: it is unknown), its value."""
    known = [name for name in given if name in members]
    for name in (*(name for name in given if name not in members), *known):
        place, member, value = f"{path}{name}", members.get(name), given[name]
        yield place, member, value
        if isinstance(member, Mapping) and isinstance(value, dict):
            yield from _visits(member, value, f"{place}.")


def _refused_by_sdk(request: Mapping[str, Any]) -> Iterator[str]:
    if "definition" not in request:
        yield 'Missing required parameter in input: "definition"'
    for place, member, value in _visits(PARAMETERS, request):
        if member is None:
            yield _unknown(place)
        elif not isinstance(member, Parameter):
            yield from _wrong_type(place, value, dict)
        elif not (member.is_json and not isinstance(value, str)):
            yield from _wrong_type(place, value, member.kind) or _below_minimum(place, value, member)


def _unknown(place: str) -> str:
    steps, known = place.split("."), 0
    siblings: Any = PARAMETERS
    while isinstance(inner := siblings.get(steps[known]), Mapping):
        siblings, known = inner, known + 1
    outer, name = ".".join(steps[:known]), ".".join(steps[known:])
    return f'Unknown parameter in {outer or "input"}: "{name}", must be one of: {", ".join(siblings)}'


def _wrong_type(place: str, value: Any, kind: type) -> list[str]:
    if isinstance(value, kind):
        return []
    return [f"Invalid type for parameter {place}, value: {value}, type: {type(value)}, valid types: {kind}"]


def _below_minimum(place: str, value: Any, parameter: Parameter) -> list[str]:
    what, size = ("length", len(value)) if isinstance(value, str) else ("value", value)
    if size >= parameter.minimum:
        return []
    least = f"valid min {what}: {parameter.minimum}"
    return [f"Invalid {what} for parameter {place}, value: {size}, {least}"]


def _refused_by_service(request: Mapping[str, Any]) -> Iterator[str]:
    for place, member, value in _visits(PARAMETERS, request):
        if not isinstance(member, Parameter) or not isinstance(value, str):
            continue
        failed = f"at '{place}' failed to satisfy constraint: Member must"
        if member.maximum is not None and len(value) > member.maximum:
            yield f"Value {failed} have length less than or equal to {member.maximum}"
        if member.choices and value not in member.choices:
            yield f"Value '{value}' {failed} satisfy enum value set: [{', '.join(member.choices)}]"
