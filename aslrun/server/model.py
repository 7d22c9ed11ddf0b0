"""The service's model, as botocore has it: requests are checked and answers are written by it.

Texts of violated constraints are those in which AWS services tell of them, as recorded where one was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import regex

from aslrun.errors import UsageError
from aslrun.server.errors import ApiError, invalid
from aslrun.timestamps import read_event_time
from aslrun.validation.api_models import Api, Shape, api_of

SERVICE = "sfn"

ENUMS: Mapping[str, tuple[str, ...]] = {
    "ExecutionStatus": ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"),
}
"""Sets of values in the order in which the service tells them, where that was recorded."""

_JSON_TYPES = {str: "STRING_VALUE", bool: "TRUE_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}
_JAVA = {"integer": "Integer", "long": "Long", "float": "Float", "double": "Double", "boolean": "Boolean"}


@cache
def api() -> Api:
    """Return the model of Step Functions; UsageError where botocore is not installed."""
    found = api_of(SERVICE)
    if found is None:
        raise UsageError("the server needs botocore, for the model of the API: pip install 'aslrun[server]'")
    return found


@cache
def operations() -> frozenset[str]:
    """Return the names of all operations, as `StartExecution`."""
    return frozenset(name[:1].upper() + name[1:] for name in api().actions.values())


def check_request(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a request that the operation has; ApiError for what the service would refuse."""
    shape = api().input_of(operation)
    if shape is None:
        return {}
    members = _read(shape, request)
    broken = list(_broken(shape, members, ""))
    if broken:
        number = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise invalid(f"{number}: {'; '.join(broken)}")
    assert isinstance(members, dict)
    return members


# ---------------------------------------------------------------- types


def _read(shape: Shape, value: Any) -> Any:
    """Return a value as far as the shape knows it, without members that are null."""
    kind = shape["type"]
    if kind == "structure":
        if not isinstance(value, dict):
            raise _wrong_type(value, "structure")
        return {
            name: _read(api().shape(member), value[name])
            for name, member in shape["members"].items()
            if value.get(name) is not None
        }
    if kind == "list":
        if not isinstance(value, list):
            raise _wrong_type(value, "list")
        member = api().shape(shape["member"])
        return [_read(member, one) for one in value]
    if kind == "map":
        if not isinstance(value, dict):
            raise _wrong_type(value, "map")
        return value
    if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise _wrong_type(value, _JAVA.get(kind, "String"))
    return value


def _wrong_type(value: Any, wanted: str) -> ApiError:
    if isinstance(value, list):
        told = "Start of list found where not expected"
    elif isinstance(value, dict):
        told = "Start of structure or map found where not expected"
    elif wanted in ("structure", "list", "map"):
        told = "Unexpected field type"
    else:
        name = "FALSE_VALUE" if value is False else _JSON_TYPES.get(type(value), "NULL_VALUE")
        told = f"{name} can not be converted to {'an' if wanted[0] in 'AEIOU' else 'a'} {wanted}"
    return ApiError("SerializationException", told)


# ---------------------------------------------------------------- constraints


def _broken(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if shape["type"] == "structure":
        for name in shape.get("required", ()):
            if name not in value:
                yield f"Value null at '{place}{name}' failed to satisfy constraint: Member must not be null"
        for name, member in value.items():
            inner = api().shape(shape["members"][name])
            yield from _constraints(inner, member, f"{place}{name}", shape["members"][name]["shape"])
    elif shape["type"] == "list":
        inner = api().shape(shape["member"])
        for number, member in enumerate(value, 1):
            yield from _constraints(inner, member, f"{place}{number}.member", shape["member"]["shape"])


def _constraints(shape: Shape, value: Any, place: str, name: str) -> Iterator[str]:
    for constraint in _constraint(shape, value, name):
        yield f"{_shown(shape, value)} at '{place}' failed to satisfy constraint: Member must {constraint}"
    yield from _broken(shape, value, f"{place}.")


def _constraint(shape: Shape, value: Any, name: str) -> Iterator[str]:
    kind = shape["type"]
    if kind in ("structure", "map"):
        return
    measured = kind in ("string", "list")
    size = len(value) if measured else value
    what = "length" if measured else "value"
    if kind == "string" and "enum" in shape and value not in shape["enum"]:
        yield f"satisfy enum value set: [{', '.join(ENUMS.get(name, tuple(shape['enum'])))}]"
    if "max" in shape and size > shape["max"]:
        yield f"have {what} less than or equal to {shape['max']}"
    if "min" in shape and size < shape["min"]:
        yield f"have {what} greater than or equal to {shape['min']}"
    if kind == "string" and "pattern" in shape and not _pattern(shape["pattern"]).fullmatch(value):
        yield f"satisfy regular expression pattern: {shape['pattern']}"


@cache
def _pattern(text: str) -> Any:
    return regex.compile(text)


def _shown(shape: Shape, value: Any) -> str:
    return "Value" if shape.get("sensitive") else f"Value '{_java(shape, value)}'"


def _java(shape: Shape, value: Any) -> str:
    """Return a value as the service's Java prints it."""
    if shape["type"] == "list":
        inner, name = api().shape(shape["member"]), shape["member"]["shape"]
        return f"[{', '.join(f'{name}{_java(inner, one)}' for one in value)}]"
    if shape["type"] == "structure":
        members = (f"{name}={_java(api().shape(shape['members'][name]), one)}" for name, one in value.items())
        return f"({', '.join(members)})"
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---------------------------------------------------------------- answers


def write_answer(operation: str, answer: Mapping[str, Any]) -> Any:
    """Return an operation's answer as its model has it: members that it knows, timestamps as numbers, and
    nothing that is None."""
    name = api().outputs.get(operation.lower())
    return {} if name is None else _write(api().shapes[name], answer)


def _write(shape: Shape, value: Any) -> Any:
    kind = shape["type"]
    if kind == "structure":
        members, shapes = shape["members"], api().shapes
        return {
            name: _write(shapes[members[name]["shape"]], one)
            for name, one in value.items()
            if one is not None and name in members
        }
    if kind == "list":
        member = api().shape(shape["member"])
        return [_write(member, one) for one in value]
    if kind == "timestamp":
        moment = read_event_time(value)
        # Milliseconds, as the service has them: a client that compares dates compares equal ones.
        return None if moment is None else round(moment, 3)
    return value
