"""The tests of filters as nodes of jsonpath-ng: JsonPath 2.0.0's comparisons.

What stands in a filter is a text to it, `5` and `true` too, and is read as a number or a boolean where the
other side is one. Where nothing is found, and where two kinds cannot be compared, no test holds, `!=`
neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from jsonpath_ng.ext.filter import Expression
from jsonpath_ng.jsonpath import DatumInContext, JSONPath, Root

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionError, NotFit
from aslrun.expressions.java import plain_text
from aslrun.expressions.jsonpath.nodes import Data, NotFound
from aslrun.expressions.jsonpath.segments import Regex
from aslrun.values import JSON, is_number

TIMEOUT = 1.0
"""Seconds of processor time that matching one text with a regular expression may take."""
LONG = range(-(2**63), 2**63)
"""Whole numbers that can be compared."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?")


class _Incomparable(Exception):
    """Two kinds of values that have no order."""


class Text(JSONPath):
    """A text in a filter, as an operand."""

    def __init__(self, text: str) -> None:
        self.found = [DatumInContext(text)]

    def find(self, datum: DatumInContext) -> Data:
        return self.found


class Top(Root):
    """`$` in a filter: the value that the whole path is applied to."""

    def find(self, datum: DatumInContext) -> Data:
        while datum.context is not None:
            datum = datum.context
        return [DatumInContext(datum.value)]


class IsThere(Expression):
    """A path alone: it finds something that is not null."""

    def __init__(self, target: JSONPath) -> None:
        super().__init__(target, None, None)

    def find(self, datum: DatumInContext) -> Data:
        try:
            (found,) = self.target.find(datum)
        except NotFound:
            return []
        return [] if found.value is None else [datum]


class IsNotThere(IsThere):
    """`!@.a`."""

    def find(self, datum: DatumInContext) -> Data:
        return [] if super().find(datum) else [datum]


class Compared(Expression):
    """`left operator right`; `holds` is a function of their values."""

    def __init__(self, left: JSONPath, holds: Callable[[JSON, JSON], bool], right: JSONPath) -> None:
        super().__init__(left, None, right)
        self.holds = holds

    def find(self, datum: DatumInContext) -> Data:
        try:
            (left,), (right,) = self.target.find(datum), self.value.find(datum)
            return [datum] if self.holds(left.value, right.value) else []
        except (NotFound, _Incomparable):
            return []


class Matched(Expression):
    """`operand =~ /pattern/`."""

    def __init__(self, operand: JSONPath, matches: Callable[[str], bool]) -> None:
        super().__init__(operand, None, None)
        self.matches = matches

    def find(self, datum: DatumInContext) -> Data:
        try:
            (found,) = self.target.find(datum)
        except NotFound:
            return []
        return [datum] if found.value is not None and self.matches(plain_text(found.value)) else []


# ---------------------------------------------------------------- order


def order(left: JSON, right: JSON) -> int:
    """Return -1, 0 or 1, as the right side of a comparison is below, equal to or above the left one.

    It is not the same both ways round: only a text on the right is read as a number or a boolean. Raises
    NotFit for such a text that is no number.
    """
    if left is None or left == "null" or right is None or right == "null":
        return _order(right in (None, "null"), left in (None, "null")) * -1
    if isinstance(right, str):
        return _order_of_text(right, left)
    if isinstance(right, bool):
        if isinstance(left, bool):
            return _order(right, left)
    elif is_number(right) and is_number(left) and _fits(right) and _fits(left):
        return _order(_decimal(right), _decimal(left))
    raise _Incomparable


def _order_of_text(text: str, left: JSON) -> int:
    if isinstance(left, str):
        expected = text.replace("\\'", "'")
        return 0 if expected == left else _order(_units(expected), _units(left))
    if isinstance(left, bool):
        return _order(text.lower() == "true", left)
    if not is_number(left) or not _fits(left):
        raise _Incomparable
    if not _NUMBER.fullmatch(text):
        raise NotFit(f"'{text}' cannot be compared with the number {plain_text(left)}")
    return _order(Decimal(text), _decimal(left))


def _order(first: Any, second: Any) -> int:
    return int(first > second) - int(first < second)


def _units(text: str) -> bytes:
    """Return what a text is ordered by: its UTF-16 units."""
    return text.encode("utf-16-be", "surrogatepass")


def _fits(number: JSON) -> bool:
    return isinstance(number, float) or number in LONG


def _decimal(number: JSON) -> Decimal:
    return Decimal(repr(number))


def _unless_one_is_null(holds: Callable[[JSON, JSON], bool]) -> Callable[[JSON, JSON], bool]:
    return lambda left, right: (left is None) is (right is None) and holds(left, right)


COMPARISONS: Mapping[str, Callable[[JSON, JSON], bool]] = {
    "==": lambda left, right: order(left, right) == 0,
    "!=": lambda left, right: order(left, right) != 0,
    "<": _unless_one_is_null(lambda left, right: order(left, right) > 0),
    "<=": _unless_one_is_null(lambda left, right: order(left, right) >= 0),
    ">": _unless_one_is_null(lambda left, right: order(left, right) < 0),
    ">=": _unless_one_is_null(lambda left, right: order(left, right) <= 0),
}


# ---------------------------------------------------------------- regular expressions


def compile_regex(regex: Regex) -> Callable[[str], bool]:
    """Compile `/pattern/flags` to a test of a whole text; ExpressionError if the pattern is wrong.

    The test raises States.Runtime where the pattern takes too long.
    """
    import regex as library

    options = library.V0 | (library.I if "i" in regex.flags else library.V0)
    try:
        pattern = library.compile(regex.pattern, options)
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
