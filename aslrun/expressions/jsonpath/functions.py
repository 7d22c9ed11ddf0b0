"""The functions that a path may end in: Jayway's.

Its aggregates give floating-point numbers and pass over what is no number; `length()`, `size()` and
`keys()` of what has none are null. Users report that the service finds nothing for `sum()` and its kind,
where `length()` works: States.MathAdd and States.ArrayLength are the portable way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from aslrun.expressions import NoMatch
from aslrun.values import JSON, is_number, to_json_text

Function: TypeAlias = Callable[[JSON, "list[JSON]"], JSON]
"""A function of (what the path finds before it, its arguments)."""

NOTHING_TO_TAKE = "Aggregation function attempted to calculate value using empty array"


def _length(value: JSON, arguments: list[JSON]) -> JSON:
    return len(value) if isinstance(value, (list, dict)) else None


def _keys(value: JSON, arguments: list[JSON]) -> JSON:
    return list(value) if isinstance(value, dict) else None


def _aggregate(calculate: Callable[[list[float]], float]) -> Function:
    def aggregate(value: JSON, arguments: list[JSON]) -> JSON:
        parts = [value] if isinstance(value, list) else []
        parts += [argument if isinstance(argument, list) else [argument] for argument in arguments]
        numbers = [float(number) for part in parts for number in part if is_number(number)]  # type: ignore[arg-type]
        if not numbers:
            raise NoMatch(NOTHING_TO_TAKE)
        return calculate(numbers)

    return aggregate


def _stddev(numbers: list[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


def _element(value: JSON, index: int) -> JSON:
    if not isinstance(value, list):
        raise NoMatch(NOTHING_TO_TAKE)
    if not -len(value) <= index < len(value):
        raise NoMatch(f"Index {index} out of bounds for length {len(value)}")
    return value[index]


def _index(value: JSON, arguments: list[JSON]) -> JSON:
    index = arguments[0] if arguments else None
    if not isinstance(index, int):
        raise NoMatch("index() takes the number of an element")
    return _element(value, index)


def _concat(value: JSON, arguments: list[JSON]) -> JSON:
    texts = [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
    for argument in arguments:
        parts = argument if isinstance(argument, list) else [argument]
        texts += [part if isinstance(part, str) else to_json_text(part) for part in parts if part is not None]
    return "".join(texts)


def _append(value: JSON, arguments: list[JSON]) -> JSON:
    return [*value, *arguments] if isinstance(value, list) else value


FUNCTIONS: Mapping[str, Function] = {
    "length": _length,
    "size": _length,
    "keys": _keys,
    "first": lambda value, arguments: _element(value, 0),
    "last": lambda value, arguments: _element(value, -1),
    "index": _index,
    "min": _aggregate(min),
    "max": _aggregate(max),
    "avg": _aggregate(lambda numbers: math.fsum(numbers) / len(numbers)),
    "sum": _aggregate(math.fsum),
    "stddev": _aggregate(_stddev),
    "concat": _concat,
    "append": _append,
}
