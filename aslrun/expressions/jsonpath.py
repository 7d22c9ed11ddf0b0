"""Paths that are not plain, evaluated by jsonpath-ng with the service's semantics around it.

An indefinite path gives a list, `[]` when nothing matches, also where its definite beginning is missing
(recorded). Filters, several names at once and functions have Jayway's rules, which jsonpath-ng's differ from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, TypeAlias

from jsonpath_ng import Child, Descendants, Fields, Index, JSONPath, Root
from jsonpath_ng.jsonpath import DatumInContext

from aslrun.expressions import ExpressionError, ExpressionScope, NoMatch, Select
from aslrun.expressions import jsonpath_syntax as syntax
from aslrun.expressions.path import compile_find, kind_of
from aslrun.values import JSON, is_number

Holds: TypeAlias = Callable[[JSON, JSON], bool]
"""A function of (`@`, `$`)."""
Value: TypeAlias = Callable[[JSON, JSON], JSON]

MAX_MATCHED = 2_000
"""Characters of a text that a regular expression is tried on: what longer ones cost cannot be bounded."""


def compile_jsonpath(path: syntax.Path) -> Select:
    """Compile a path of any segments to a closure of (value, scope)."""
    finder = _compile_segments(path.segments)
    is_definite = path.is_definite
    function = FUNCTIONS[path.function] if path.function else None

    if is_definite and _ends_with_names(path):
        return _compile_merge(path, function)

    def find(value: JSON, scope: ExpressionScope) -> JSON:
        found: list[JSON] = [datum.value for datum in finder.find(value)]
        if not is_definite:
            return found if function is None else function(found)
        if not found:
            raise NoMatch(f"No results for path: {path.text}")
        return found[0] if function is None else function(found[0])

    return find


def _ends_with_names(path: syntax.Path) -> bool:
    last = path.segments[-1] if path.segments else None
    return isinstance(last, syntax.Names) and len(last.names) > 1


def _compile_merge(path: syntax.Path, function: Callable[[JSON], JSON] | None) -> Select:
    """Compile a path with several names at its end: one object of those that are there (Jayway)."""
    *before, last = path.segments
    assert isinstance(last, syntax.Names)
    select = compile_find(syntax.Path(path.text, path.root, tuple(before)))
    names = last.names

    def merge(value: JSON, scope: ExpressionScope) -> JSON:
        whole = select(value, scope)
        if not isinstance(whole, dict):
            wanted = ", ".join(f"'{name}'" for name in names)
            raise NoMatch(f"Expected to find an object with properties [{wanted}] but found {kind_of(whole)}")
        found: JSON = {name: whole[name] for name in names if name in whole}
        return found if function is None else function(found)

    return merge


def _compile_segments(segments: tuple[syntax.Segment, ...]) -> JSONPath:
    left: JSONPath = Root()
    descends = False
    for segment in segments:
        if isinstance(segment, syntax.Descend):
            descends = True
            continue
        right = SEGMENTS[type(segment)](segment)
        left = Descendants(left, right) if descends else Child(left, right)
        descends = False
    return left


def _names(segment: syntax.Names) -> JSONPath:
    return Each(Fields(name) for name in segment.names)


def _indices(segment: syntax.Indices) -> JSONPath:
    return Each(At(index) for index in segment.indices)


def _wildcard(segment: syntax.Wildcard) -> JSONPath:
    return Everything()


def _slice(segment: syntax.Slice) -> JSONPath:
    return Part(segment.start, segment.stop)


def _filter(segment: syntax.Filter) -> JSONPath:
    return Where(compile_test(segment.test))


SEGMENTS: Mapping[type, Callable[[Any], JSONPath]] = {
    syntax.Names: _names,
    syntax.Indices: _indices,
    syntax.Slice: _slice,
    syntax.Wildcard: _wildcard,
    syntax.Filter: _filter,
}


class At(JSONPath):
    """One index, from the end where it is negative; only in lists."""

    def __init__(self, index: int) -> None:
        self.index = index

    def find(self, datum: Any) -> list[DatumInContext]:
        datum = DatumInContext.wrap(datum)
        value = datum.value
        if not isinstance(value, list) or not -len(value) <= self.index < len(value):
            return []
        return [DatumInContext(value[self.index], path=Index(self.index), context=datum)]


class Each(JSONPath):
    """What several names or indices find, one after the other."""

    def __init__(self, parts: Iterable[JSONPath]) -> None:
        self.parts = list(parts)

    def find(self, datum: Any) -> list[DatumInContext]:
        return [found for part in self.parts for found in part.find(datum)]


class Everything(JSONPath):
    """`*`: the values of an object, the elements of a list."""

    def find(self, datum: Any) -> list[DatumInContext]:
        datum = DatumInContext.wrap(datum)
        if isinstance(datum.value, dict):
            return [DatumInContext(value, Fields(name), datum) for name, value in datum.value.items()]
        if isinstance(datum.value, list):
            return [DatumInContext(value, Index(at), datum) for at, value in enumerate(datum.value)]
        return []


class Part(JSONPath):
    """A slice of a list, as Jayway takes it: of two ends neither counts from the list's end.

    `[0:-1]` is empty, `[-2:1]` goes from the last but one round to the first.
    """

    def __init__(self, start: int | None, stop: int | None) -> None:
        self.start = start
        self.stop = stop

    def find(self, datum: Any) -> list[DatumInContext]:
        datum = DatumInContext.wrap(datum)
        if not isinstance(datum.value, list):
            return []
        return [found for at in self.range(len(datum.value)) for found in At(at).find(datum)]

    def range(self, length: int) -> range:
        """Return the indices for a list of `length`; those below 0 count from its end."""
        start, stop = self.start, self.stop
        if start is None or stop is None:
            return range(*slice(start, stop).indices(length))
        return range(max(start, -length), min(stop, length))


class Where(JSONPath):
    """A filter: the elements of a list that it holds for, or an object itself."""

    def __init__(self, holds: Holds) -> None:
        self.holds = holds

    def find(self, datum: Any) -> list[DatumInContext]:
        datum = DatumInContext.wrap(datum)
        root = datum
        while root.context is not None:
            root = root.context
        if isinstance(datum.value, dict):
            return [datum] if self.holds(datum.value, root.value) else []
        parts = Everything().find(datum)
        return [part for part in parts if self.holds(part.value, root.value)]


# ---------------------------------------------------------------- filters


class _Nothing:
    """What a path in a filter finds where there is nothing."""


NOTHING: Any = _Nothing()


def compile_test(test: syntax.Test) -> Holds:
    """Compile a filter's test to a function of (`@`, `$`)."""
    if isinstance(test, syntax.Exists):
        value = _compile_operand(test.path)
        return lambda here, root: value(here, root) is not NOTHING
    if isinstance(test, syntax.Comparison):
        return _compile_comparison(test)
    tests = [compile_test(part) for part in test.tests]
    if test.operator == "!":
        return lambda here, root: not tests[0](here, root)
    combine = all if test.operator == "&&" else any
    return lambda here, root: combine(holds(here, root) for holds in tests)


def _compile_comparison(test: syntax.Comparison) -> Holds:
    if test.operator == "=~":
        return _compile_match(test)
    left, right = _compile_operand(test.left), _compile_operand(test.right)
    compare = COMPARISONS[test.operator]
    return lambda here, root: compare(left(here, root), right(here, root))


def _compile_operand(operand: syntax.Operand) -> Value:
    if isinstance(operand, syntax.Literal):
        return lambda here, root: operand.value
    if isinstance(operand, syntax.Regex):
        raise ExpressionError("a regular expression goes with '=~' only")
    find = _compile_operand_path(operand)
    if operand.root == "@":
        return lambda here, root: find(here)
    return lambda here, root: find(root)


def _compile_operand_path(path: syntax.Path) -> Callable[[JSON], JSON]:
    select = compile_jsonpath(path)

    def find(value: JSON) -> JSON:
        try:
            return select(value, None)  # type: ignore[arg-type]
        except NoMatch:
            nothing: JSON = NOTHING
            return nothing

    return find


def _compile_match(test: syntax.Comparison) -> Holds:
    operand, regex = test.left, test.right
    if isinstance(operand, syntax.Regex):
        operand, regex = regex, operand
    if not isinstance(regex, syntax.Regex):
        raise ExpressionError("'=~' needs a regular expression like /a.*/i")
    pattern, value = compile_regex(regex), _compile_operand(operand)

    def holds(here: JSON, root: JSON) -> bool:
        text = _text_of(value(here, root))
        return text is not None and len(text) <= MAX_MATCHED and pattern.fullmatch(text) is not None

    return holds


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": re.UNICODE}
# A repetition of something that is itself repeated can take exponential time.
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*[*+}](?:[^()\\]|\\.)*\)[*+{]")


def compile_regex(regex: syntax.Regex) -> re.Pattern[str]:
    """Compile `/pattern/flags`; ExpressionError if it is wrong, or could take for ever."""
    if _NESTED_REPEAT.search(regex.pattern) or len(regex.pattern) > 500:
        raise ExpressionError(f"the regular expression /{regex.pattern}/ could take too long")
    try:
        flags = reduce(lambda flags, letter: flags | _FLAGS[letter], regex.flags.lower(), re.RegexFlag(0))
        return re.compile(regex.pattern, flags)
    except KeyError as flag:
        raise ExpressionError(f"there is no flag {flag} of a regular expression") from None
    except (re.error, RecursionError, OverflowError) as wrong:
        raise ExpressionError(f"the regular expression /{regex.pattern}/ is wrong: {wrong}") from None


def _equal(left: JSON, right: JSON) -> bool:
    """Jayway compares a number with a text's number, and a text with a number's text.

    What is not there equals nothing, not even what is not there either.
    """
    if left is NOTHING or right is NOTHING:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and isinstance(right, str):
        return _as_number(right) == left
    if isinstance(left, str) and is_number(right):
        return left == _text_of(right)
    return type(left) is type(right) and left == right if not is_number(left) else left == right


def _same(left: JSON, right: JSON) -> bool:
    """`===`: equal, and of the same kind."""
    return kind_of(left) == kind_of(right) and _equal(left, right)


def _text_of(value: JSON) -> str | None:
    """Return the text that a plain value is compared as; None for what has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value) if is_number(value) else None


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[JSON, JSON], bool]:
    def both(left: JSON, right: JSON) -> bool:
        if is_number(left) and is_number(right):
            return compare(left, right)
        return isinstance(left, str) and isinstance(right, str) and compare(left, right)

    return both


def _contained(value: JSON, values: JSON) -> bool:
    return isinstance(values, list) and any(_equal(value, one) for one in values)


def _each(quantifier: Callable[[Any], bool], wanted: bool) -> Callable[[JSON, JSON], bool]:
    def holds(left: JSON, right: JSON) -> bool:
        return isinstance(left, list) and quantifier(_contained(one, right) is wanted for one in left)

    return holds


def _holds_all(left: JSON, right: JSON) -> bool:
    return isinstance(right, list) and all(_contained(one, left) for one in right)


def _has_size(value: JSON, size: JSON) -> bool:
    return isinstance(value, (str, list)) and is_number(size) and len(value) == size


def _is_empty(value: JSON, wanted: JSON) -> bool:
    return isinstance(value, (str, list, dict)) and (len(value) == 0) is wanted


def _contains(whole: JSON, part: JSON) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    return _contained(part, whole)


COMPARISONS: Mapping[str, Callable[[JSON, JSON], bool]] = {
    "===": _same,
    "!==": lambda left, right: not _same(left, right),
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": _contained,
    "nin": lambda left, right: not _contained(left, right),
    "subsetof": _each(all, True),
    "anyof": _each(any, True),
    "noneof": _each(all, False),
    "contains": _contains,
    "all": _holds_all,
    "size": _has_size,
    "empty": _is_empty,
}


# ---------------------------------------------------------------- functions


def _numbers(value: JSON) -> list[float]:
    numbers = [part for part in value if is_number(part)] if isinstance(value, list) else []
    if not numbers:
        raise NoMatch("Aggregation function attempted to calculate value using empty array")
    return numbers  # type: ignore[return-value]


def _stddev(value: JSON) -> JSON:
    numbers = _numbers(value)
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


def _end(at: int) -> Callable[[JSON], JSON]:
    def end(value: JSON) -> JSON:
        if not isinstance(value, list) or not value:
            raise NoMatch("Aggregation function attempted to calculate value using empty array")
        return value[at]

    return end


def _length(value: JSON) -> JSON:
    return len(value) if isinstance(value, (list, dict)) else None


def _keys(value: JSON) -> JSON:
    return list(value) if isinstance(value, dict) else None


FUNCTIONS: Mapping[str, Callable[[JSON], JSON]] = {
    "length": _length,
    "min": lambda value: float(min(_numbers(value))),
    "max": lambda value: float(max(_numbers(value))),
    "avg": lambda value: math.fsum(_numbers(value)) / len(_numbers(value)),
    "sum": lambda value: math.fsum(_numbers(value)),
    "stddev": _stddev,
    "keys": _keys,
    "first": _end(0),
    "last": _end(-1),
}
"""Functions at a path's end. Jayway's aggregates give floating-point numbers."""
