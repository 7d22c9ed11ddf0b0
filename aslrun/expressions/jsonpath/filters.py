"""The filters of JSONPath, `[?(...)]`: Jayway's comparisons, as measured with its version 2.10.

A path that finds nothing equals nothing, not even another such path. Where an operand is none that an
operator can take, the whole filter does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionError, NoMatch
from aslrun.expressions.java import is_equal, text_of_number
from aslrun.expressions.jsonpath import tree
from aslrun.expressions.jsonpath.path import compile_find
from aslrun.values import JSON, is_number

Holds: TypeAlias = Callable[[JSON, JSON], bool]
"""A function of (`@`, `$`)."""
Value: TypeAlias = Callable[[JSON, JSON], JSON]
Compare: TypeAlias = Callable[[JSON, JSON], bool]

TIMEOUT = 1.0
"""Seconds that matching one text with a regular expression may take."""


class _Nothing:
    """What a path finds where there is nothing."""


NOTHING: Any = _Nothing()


class _Unfit(Exception):
    """An operand that its operator cannot take."""


def compile_test(test: tree.Test) -> Holds:
    """Compile a filter's test to a function of (`@`, `$`)."""
    holds = _compile(test)

    def accepts(here: JSON, root: JSON) -> bool:
        try:
            return holds(here, root)
        except _Unfit:
            return False

    return accepts


def _compile(test: tree.Test) -> Holds:
    if isinstance(test, tree.Exists):
        value = compile_operand(test.path)
        return lambda here, root: value(here, root) is not NOTHING
    if isinstance(test, tree.Comparison):
        return _compile_comparison(test)
    tests = [_compile(part) for part in test.tests]
    if test.operator == "!":
        return lambda here, root: not tests[0](here, root)
    combine = all if test.operator == "&&" else any
    return lambda here, root: combine(holds(here, root) for holds in tests)


def _compile_comparison(test: tree.Comparison) -> Holds:
    if test.operator == "=~":
        return _compile_match(test)
    left, right = compile_operand(test.left), compile_operand(test.right)
    compare = COMPARISONS[test.operator]
    return lambda here, root: compare(left(here, root), right(here, root))


def compile_operand(operand: tree.Operand) -> Value:
    """Compile a side of a comparison, or the argument of a function, to a function of (`@`, `$`)."""
    if isinstance(operand, tree.Literal):
        value = operand.value
        return lambda here, root: value
    if isinstance(operand, tree.Regex):
        raise ExpressionError("a regular expression goes with '=~' only")
    find = _compile_path(operand)
    if operand.root == "@":
        return lambda here, root: find(here)
    return lambda here, root: find(root)


def _compile_path(path: tree.Path) -> Callable[[JSON], JSON]:
    select = compile_find(path, is_strict=True)

    def find(value: JSON) -> JSON:
        try:
            return select(value, None)  # type: ignore[arg-type]
        except NoMatch:
            nothing: JSON = NOTHING
            return nothing

    return find


# ---------------------------------------------------------------- regular expressions


def _compile_match(test: tree.Comparison) -> Holds:
    operand, regex = test.left, test.right
    if isinstance(operand, tree.Regex):
        operand, regex = regex, operand
    if not isinstance(regex, tree.Regex):
        raise ExpressionError("'=~' needs a regular expression like /a.*/i")
    matches, value = compile_regex(regex), compile_operand(operand)

    def holds(here: JSON, root: JSON) -> bool:
        found = value(here, root)
        return any(matches(_matched_text(part)) for part in (found if isinstance(found, list) else [found]))

    return holds


def _matched_text(value: JSON) -> str:
    return _text_of(value) or ""


def compile_regex(regex: tree.Regex) -> Callable[[str], bool]:
    """Compile `/pattern/flags` to a test of a whole text; ExpressionError if the pattern is wrong.

    The test raises States.Runtime where the pattern takes too long.
    """
    import regex as library

    flags = {"i": "I", "m": "M", "s": "S", "x": "X", "u": "U", "d": "V0"}
    options = library.V0
    try:
        for letter in regex.flags:
            options |= getattr(library, flags[letter.lower()])
        pattern = library.compile(regex.pattern, options)
    except KeyError as flag:
        raise ExpressionError(f"there is no flag {flag} of a regular expression") from None
    except (library.error, RecursionError, OverflowError) as wrong:
        raise ExpressionError(f"the regular expression /{regex.pattern}/ is wrong: {wrong}") from None

    def matches(text: str) -> bool:
        try:
            return pattern.fullmatch(text, timeout=TIMEOUT) is not None
        except TimeoutError:
            raise FatalStateError(
                f"The regular expression /{regex.pattern}/ took longer than {TIMEOUT:g} s on one text."
            ) from None

    return matches


# ---------------------------------------------------------------- comparisons


def _equal(left: JSON, right: JSON) -> bool:
    """A number is compared with a text's number, a text with a number's text; in lists and objects `1`,
    `1.0` and `true` are three values."""
    if left is NOTHING or right is NOTHING:
        return False
    if is_number(left):
        return left == right if is_number(right) else left == _number_in(right)
    if isinstance(left, str):
        return left == (_text_of(right) if is_number(right) else right)
    return is_equal(left, right)


def _same(left: JSON, right: JSON) -> bool:
    """`===`: equal, and of the same kind."""
    is_same_kind = type(left) is type(right) or (is_number(left) and is_number(right))
    return is_same_kind and _equal(left, right)


def _text_of(value: JSON) -> str | None:
    """Return the text that a plain value is compared as; None for what has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else text_of_number(value) if is_number(value) else None  # type: ignore[arg-type]


def _number_in(text: JSON) -> Decimal | None:
    try:
        return Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return None


def _ordered(compare: Callable[[Any, Any], bool]) -> Compare:
    """Compare two numbers, or two texts."""

    def both(left: JSON, right: JSON) -> bool:
        if is_number(left) and is_number(right):
            return compare(left, right)
        return isinstance(left, str) and isinstance(right, str) and compare(left, right)

    return both


def _list_of(value: JSON) -> list[JSON] | None:
    """Return a list that values are looked for in, None for an object; anything else is unfit."""
    if isinstance(value, (list, dict)):
        return value if isinstance(value, list) else None
    raise _Unfit


def _contained(value: JSON, values: JSON) -> bool:
    return any(_equal(value, one) for one in _list_of(values) or ())


def _each(quantifier: Callable[[Any], bool], wanted: bool) -> Compare:
    def holds(left: JSON, right: JSON) -> bool:
        if _list_of(right) is None or (parts := _list_of(left)) is None:
            return False
        return quantifier(_contained(one, right) is wanted for one in parts)

    return holds


def _contains(whole: JSON, part: JSON) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    return isinstance(whole, list) and _contained(part, whole)


def _has_size(value: JSON, size: JSON) -> bool:
    return isinstance(value, (str, list)) and is_number(size) and len(value) == int(size)  # type: ignore[arg-type]


def _is_empty(value: JSON, wanted: JSON) -> bool:
    return isinstance(value, (str, list, dict)) and (len(value) == 0) is wanted


COMPARISONS: Mapping[str, Compare] = {
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
    "all": lambda left, right: isinstance(right, list) and _each(all, True)(right, left),
    "contains": _contains,
    "size": _has_size,
    "empty": _is_empty,
}
