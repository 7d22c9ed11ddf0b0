"""JSONPath followed: what paths, intrinsic calls and templates read, and where what they give comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from aslrun.expressions.intrinsics.functions import INTRINSICS
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.expressions.jsonpath.segments import (
    Combination,
    Comparison,
    Descend,
    Exists,
    Filter,
    FromEnd,
    Literal,
    Test,
)
from aslrun.expressions.jsonpath.tree import Indices, Names, Path, Segment
from aslrun.fuzzing.functions import bound_arguments
from aslrun.fuzzing.origins import (
    FAILURE_TEXT,
    NUMBER,
    TEXT,
    TRUTH,
    UNKNOWN,
    Fixed,
    Kind,
    Listed,
    Made,
    Origin,
    Place,
    Row,
    Some,
    either,
    field_of,
    fixed,
    item_of,
    merged,
    parts_of,
    places_of,
)
from aslrun.fuzzing.sight import Sight
from aslrun.values import JSON

_OF_ARGUMENT: Mapping[str, Kind] = {
    "a string": "string", "an array": "array", "an object": "object", "a number": "integer",
}  # fmt: skip


def follow_expression(text: str, sight: Sight, kind: Kind | None = None) -> Origin | None:
    """Follow what a `.$` field may hold: a path or an intrinsic call. None: it certainly finds nothing."""
    if text.startswith("$"):
        return follow_path(parse_path(text), sight, kind)
    return follow_call(text.strip(), sight)


def follow_template(template: JSON, sight: Sight) -> Origin | None:
    """Follow a payload template."""
    if isinstance(template, list):
        items = [follow_template(item, sight) for item in template]
        return Row(tuple(item if item is not None else UNKNOWN for item in items))
    if not isinstance(template, dict):
        return fixed(template)
    fields: dict[str, Origin] = {}
    for key, part in template.items():
        if key.endswith(".$") and isinstance(part, str):
            found = follow_expression(part, sight)
        else:
            found = follow_template(part, sight)
        if found is None:
            return None
        fields[key.removesuffix(".$")] = found
    return Made(tuple(fields.items()))


def follow_path(path: Path, sight: Sight, kind: Kind | None = None) -> Origin | None:
    """Follow a path, whose value is taken to be of a kind."""
    origin: Origin | None = sight.here
    if path.root == "$$":
        origin = sight.context
    elif path.root.startswith("$") and path.root != "$":
        origin = sight.variables.get(path.root[1:], UNKNOWN)
    elif sight.is_raw and path.steps and not sight.asks and sight.is_sure:
        sight.notes.reads.setdefault(sight.state, set()).add(path.steps)
    first = path.segments[0] if path.segments and path.root == "$" else None
    if isinstance(first, Names) and len(first.names) == 1:
        sight.note_found(first.names[0])
    is_many = False
    for segment in path.segments:
        if origin is None:
            return None
        origin, opens = _follow_segment(segment, origin, sight)
        is_many = is_many or opens
        sight.read(origin)
    if is_many:
        return None if origin is None else Listed(origin)
    return sight.read(origin, kind)


def _follow_segment(segment: Segment, origin: Origin, sight: Sight) -> tuple[Origin | None, bool]:
    """Return what a segment finds, and whether it is each of several."""
    if isinstance(segment, Descend):
        return UNKNOWN, True
    sight.trace(origin)
    if isinstance(segment, Names) and segment.names[0].endswith(")"):
        return None, False  # a function, which paths do not have: nobody has a field of that name
    if isinstance(segment, Names) and len(segment.names) == 1:
        return field_of(origin, segment.names[0]), False
    if isinstance(segment, Names):
        found = {name: field_of(origin, name) for name in segment.names}
        return Made(tuple((name, part) for name, part in found.items() if part is not None)), False
    if isinstance(segment, Indices) and len(segment.indices) == 1:
        return item_of(origin, segment.indices[0]), False
    if isinstance(segment, FromEnd):
        return item_of(origin, -segment.distance), False
    item = item_of(origin)
    if isinstance(segment, Filter) and item is not None:
        _follow_filter(segment.test, item, sight)
    return item, True


def _follow_filter(test: Test, item: Origin, sight: Sight) -> None:
    if isinstance(test, Combination):
        for inner in test.tests:
            _follow_filter(inner, item, sight)
        return
    # A filter copes with what is missing, and what it asks for is worth having.
    operands = [test.path] if isinstance(test, Exists) else [test.left, test.right]
    found = [_follow_relative(operand, item) for operand in operands if isinstance(operand, Path)]
    values = [operand.value for operand in operands if isinstance(operand, Literal)]
    for origin in found:
        for place in places_of(origin):
            if isinstance(test, Comparison):
                place.compare(*(near for value in values for near in nearby(value)))
    sight.trace(item)


def _follow_relative(path: Path, item: Origin) -> Origin | None:
    origin: Origin | None = item if path.root == "@" else UNKNOWN
    for step in path.steps or ():
        if origin is None:
            return None
        origin = field_of(origin, step) if isinstance(step, str) else item_of(origin, step)
    return origin


def nearby(value: JSON) -> Iterator[JSON]:
    """Yield a value that something is compared with, and some beside it."""
    yield value
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value - 1, value + 1)
    elif isinstance(value, str):
        yield "other" if value != "other" else "another"


# ---------------------------------------------------------------- intrinsic functions

_CALL = re.compile(r"(States\.\w+)\s*\((.*)\)\s*", re.DOTALL)
_PIECES = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[()\[\],]|[^'"()\[\],]+""", re.DOTALL)


def follow_call(text: str, sight: Sight) -> Origin | None:
    """Follow an intrinsic call."""
    match = _CALL.fullmatch(text)
    if match is None:
        return UNKNOWN
    name, arguments = match[1], arguments_of(match[2])
    kinds = INTRINSICS[name].kinds if name in INTRINSICS else ()
    found: list[Origin] = []
    for index, argument in enumerate(arguments):
        kind = _OF_ARGUMENT.get(kinds[index]) if index < len(kinds) else None
        origin = _follow_argument(argument, sight, kind)
        if origin is None:
            return None
        found.append(origin)
    bound_arguments(name, found)
    return _result_of(name, found)


def arguments_of(text: str) -> list[str]:
    """Split the text between a call's parentheses at its commas."""
    arguments, depth = [""], 0
    for piece in _PIECES.findall(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += piece
    return [argument.strip() for argument in arguments if argument.strip()]


def _follow_argument(text: str, sight: Sight, kind: Kind | None) -> Origin | None:
    if text.startswith("$"):
        return follow_path(parse_path(text), sight, kind)
    if text.startswith("States."):
        return follow_call(text, sight)
    return TEXT if text.startswith("'") else NUMBER


def _result_of(name: str, arguments: Sequence[Origin]) -> Origin | None:
    first = arguments[0] if arguments else UNKNOWN
    match name:
        case "States.StringToJson":
            return parsed(first)
        case "States.Array":
            return Row(tuple(arguments))
        case "States.ArrayGetItem":
            return item_of(first)
        case "States.ArrayUnique":
            return first
        case "States.ArrayPartition":
            return Listed(first)
        case "States.JsonMerge":
            return merged(arguments[:2])
        case "States.ArrayRange":
            return Listed(NUMBER)
        case "States.StringSplit":
            return Listed(TEXT)
        case "States.MathAdd" | "States.MathRandom" | "States.ArrayLength":
            return NUMBER
        case "States.ArrayContains":
            return TRUTH
    return TEXT


def parsed(text: Origin) -> Origin:
    """Return what is in a JSON text. The Cause of an error has what functions say of theirs."""
    found: list[Origin] = []
    for part in parts_of(text):
        if isinstance(part, Place):
            found.append(part.as_text())
        else:
            found.append(FAILURE_TEXT if isinstance(part, (Fixed, Some)) else UNKNOWN)
    return either(found)
