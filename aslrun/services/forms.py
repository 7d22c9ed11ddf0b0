"""Values as Step Functions takes and gives them, and as botocore does: names, texts, numbers, times, blobs.

Documentation: "Passing parameters to a service API in Step Functions"; what becomes of objects, numbers and
texts where the API wants a text or a body as recorded.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aslrun.services.names import capitalised, sdk_member
from aslrun.timestamps import parse_nanoseconds
from aslrun.values import JSON, is_number, to_json_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Problems:
    """What is wrong with the parameters of a call: `unusable` keeps Step Functions from making it, `refused`
    is what the service would say."""

    unusable: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Forms:
    """How one kind of integration writes the members of an API's structures, and times.

    `member` makes a name of a model's; `time` makes JSON of a time.
    """

    member: Callable[[str], str]
    time: Callable[[datetime], JSON]

    def parameters(self, shape: Any, arguments: JSON) -> tuple[dict[str, Any], Problems]:
        """Return botocore's parameters of a call, and what is wrong with the arguments.

        `shape` is the operation's input shape, None where it takes nothing.
        """
        problems = Problems()
        given: Mapping[str, JSON] = arguments if isinstance(arguments, dict) else {}
        if shape is None:
            problems.unusable += map(_unknown, given)
            return {}, problems
        value = self._structure(shape, given, "", problems)
        return value if isinstance(value, dict) else {}, problems

    def result(self, shape: Any, value: Any) -> JSON:
        """Return JSON of what botocore parsed, by its output shape."""
        if value is None or shape is None:
            return None if value is None else {}
        kind = shape.type_name
        if kind == "structure" and not getattr(shape, "is_document_type", False):
            return self._result_structure(shape, value)
        if kind == "list":
            return [self.result(shape.member, one) for one in value]
        if kind == "map":
            return {str(key): self.result(shape.value, one) for key, one in value.items()}
        if kind == "blob":
            return text_of_blob(value)
        if kind == "timestamp":
            return self.time(value) if isinstance(value, datetime) else str(value)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        return value  # type: ignore[no-any-return]

    def _result_structure(self, shape: Any, value: Any) -> JSON:
        if getattr(shape, "is_eventstream", False) or not isinstance(value, dict):
            return None
        members = shape.members
        named = (
            (self.member(name), self.result(members[name], one))
            for name, one in value.items()
            if name in members and one is not None
        )
        return {name: one for name, one in sorted(named) if one is not None}

    def _parameter(self, shape: Any, value: JSON, path: str, problems: Problems) -> Any:
        """Return botocore's value of a parameter; `path` is its place as the service writes it."""
        kind = shape.type_name
        if getattr(shape, "is_document_type", False):
            return value
        make = _SCALARS.get(kind)
        if make is not None:
            found = make(shape, value)
            if found is None:
                problems.unusable.append(f"The value of the field '{_field(path)}' has an invalid format")
            else:
                problems.refused += _limits(shape, found, path)
            return found
        if kind == "structure" and isinstance(value, dict):
            return self._structure(shape, value, path, problems)
        if kind == "list" and isinstance(value, list):
            inner = f"{path}.member"
            return [self._parameter(shape.member, one, inner, problems) for one in value]
        if kind == "map" and isinstance(value, dict):
            return {
                key: self._parameter(shape.value, one, f"{path}.{key}.member", problems)
                for key, one in value.items()
                if one is not None
            }
        problems.unusable.append(f"The value of the field '{_field(path)}' has an invalid format")
        return None

    def _structure(self, shape: Any, given: Mapping[str, JSON], path: str, problems: Problems) -> Any:
        names = {**{capitalised(name): name for name in shape.members}}
        names |= {self.member(name): name for name in shape.members}
        made: dict[str, Any] = {}
        for key, value in given.items():
            name = names.get(key)
            if name is None:
                problems.unusable.append(_unknown(key))
            elif value is not None:
                made[name] = self._parameter(shape.members[name], value, _inside(path, name), problems)
        for name in shape.required_members:
            if name not in made and not shape.members[name].metadata.get("idempotencyToken"):
                problems.refused.append(_missing(_inside(path, name)))
        return made


def instant(time: datetime) -> str:
    """Return a time as AWS SDK integrations write it: `2026-01-02T03:04:05.678Z`, without a fraction of 0."""
    time = time.astimezone(UTC)
    digits = f"{time.microsecond:06d}"
    fraction = "" if not time.microsecond else "." + (digits[:3] if digits.endswith("000") else digits)
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def milliseconds(time: datetime) -> int:
    """Return a time as optimized integrations write it: milliseconds since the epoch."""
    return round((time.astimezone(UTC) - _EPOCH).total_seconds() * 1000)


SDK_FORMS = Forms(sdk_member, instant)
"""Those of AWS SDK integrations."""
OPTIMIZED_FORMS = Forms(capitalised, milliseconds)
"""Those of optimized integrations."""


def text_of_blob(value: Any) -> str:
    """Return bytes, or a body that is read for them, as text: UTF-8 where they are, else Base64."""
    read = getattr(value, "read", None)
    found = value if read is None else read()
    if isinstance(found, str):
        return found
    try:
        return bytes(found).decode()
    except UnicodeDecodeError:
        return base64.b64encode(found).decode()


def _text(shape: Any, value: JSON) -> str | None:
    """A text; what is none becomes its JSON text (recorded for objects)."""
    return value if isinstance(value, str) else to_json_text(value)


def _blob(shape: Any, value: JSON) -> bytes:
    """A streamed body is JSON text whatever it is, also a text (recorded); other blobs are the text."""
    if isinstance(value, str) and not shape.serialization.get("streaming"):
        return value.encode()
    return to_json_text(value).encode()


def _integer(shape: Any, value: JSON) -> int | None:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        return None
    return int(value)


def _float(shape: Any, value: JSON) -> float | None:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value if is_number(value) else None  # type: ignore[return-value]


def _boolean(shape: Any, value: JSON) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _timestamp(shape: Any, value: JSON) -> datetime | None:
    if is_number(value):
        return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]
    nanoseconds = parse_nanoseconds(value)
    return None if nanoseconds is None else datetime.fromtimestamp(nanoseconds / 10**9, UTC)


_SCALARS: Mapping[str, Callable[[Any, JSON], Any]] = {
    "string": _text,
    "character": _text,
    "blob": _blob,
    "integer": _integer,
    "long": _integer,
    "bigdecimal": _float,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _limits(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Yield the limits of the model that a value does not keep, in the words of the services."""
    limits = shape.metadata
    is_text = isinstance(value, str)
    if not is_text and (isinstance(value, (bool, bytes, datetime)) or not isinstance(value, (int, float))):
        return
    size = len(value) if is_text else value
    shown = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have"
    what = "length" if is_text else "value"
    if "min" in limits and size < limits["min"]:
        yield f"{shown} {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"{shown} {what} less than or equal to {limits['max']}"


def _missing(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _unknown(key: str) -> str:
    return f"The field '{key}' is not supported by Step Functions"


def _inside(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _field(path: str) -> str:
    return capitalised(path.rsplit(".", 1)[-1] if not path.endswith(".member") else path.split(".")[-2])
