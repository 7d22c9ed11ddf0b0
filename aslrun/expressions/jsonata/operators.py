"""Operators between two values. Source: JSONata 2.0.6; "JSONata as measured on AWS" for division by zero."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aslrun.expressions.jsonata.comparison import compare, is_equal, is_same, truth
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import MAX_ITEMS, Run
from aslrun.expressions.jsonata.numbers import EXACT, divide, double, normal, remainder
from aslrun.expressions.jsonata.scopes import Closure, Frame
from aslrun.expressions.jsonata.strings import text_of
from aslrun.expressions.jsonata.texts import joined
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Sequence, Value

_NUMBERS = frozenset({int, float})

Build: TypeAlias = Callable[[Closure, Closure, Node], Closure]


def check_number(value: Value, code: str) -> bool:
    """Tell whether a value is a number to compute with; undefined is none, anything else an error."""
    if value is UNDEFINED:
        return False
    if type(value) is float:
        if math.isinf(value):
            raise JSONataError("D1001", value=value)
        if value == value:
            return True
    elif type(value) is int:
        return True
    raise JSONataError(code, value=value)


def _arithmetic(compute: Callable[[Any, Any], Any], slowly: Callable[[Any, Any], Any]) -> Build:
    def build(left: Closure, right: Closure, node: Node) -> Closure:
        token, end = node.value, node.end

        def evaluate(item: Value, frame: Frame) -> Value:
            first, second = left(item, frame), right(item, frame)
            if type(first) in _NUMBERS and type(second) in _NUMBERS:
                result = compute(first, second)
                if type(result) is int:
                    if -EXACT < result < EXACT:
                        return result
                elif result - result == 0.0:  # finite, and so were both sides
                    return normal(result) if result.is_integer() else result
            try:
                is_first, is_second = check_number(first, "T2001"), check_number(second, "T2002")
            except JSONataError as error:
                raise error.named(token, end) from None
            return slowly(first, second) if is_first and is_second else UNDEFINED

        return evaluate

    return build


def _on_doubles(compute: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    return lambda first, second: normal(compute(double(first), double(second)))


def _with_infinities(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Let whole numbers that are too large for a double be infinite."""

    def computed(first: Any, second: Any) -> Any:
        try:
            return compute(first, second)
        except OverflowError:
            return math.inf

    return computed


def _quotient(first: Any, second: Any) -> Any:
    return first / second if second and _are_exact(first, second) else math.nan


def _rest(first: Any, second: Any) -> Any:
    return math.fmod(first, second) if second and _are_exact(first, second) else math.nan


def _are_exact(first: Any, second: Any) -> bool:
    return bool(-EXACT < first < EXACT and -EXACT < second < EXACT)


def _comparison(symbol: str, test: Callable[[Any, Any], bool]) -> Build:
    def build(left: Closure, right: Closure, node: Node) -> Closure:
        end = node.end

        def evaluate(item: Value, frame: Frame) -> Value:
            first, second = left(item, frame), right(item, frame)
            if type(first) in _NUMBERS and type(second) in _NUMBERS:
                return test(first, second)
            try:
                return compare(symbol, first, second)
            except JSONataError as error:
                raise error.named(symbol, end) from None

        return evaluate

    return build


def _equality(expected: bool) -> Build:
    def build(left: Closure, right: Closure, node: Node) -> Closure:
        def evaluate(item: Value, frame: Frame) -> Value:
            first, second = left(item, frame), right(item, frame)
            if type(first) is str and type(second) is str:
                return (first == second) is expected
            if first is UNDEFINED or second is UNDEFINED:
                return False
            if isinstance(first, list):
                frame[0].spend(len(first))
            return is_equal(first, second) is expected

        return evaluate

    return build


def _concatenation(left: Closure, right: Closure, node: Node) -> Closure:
    token, end = node.value, node.end

    def evaluate(item: Value, frame: Frame) -> Value:
        first, second = left(item, frame), right(item, frame)
        try:
            if type(first) is not str:
                first = "" if first is UNDEFINED else text_of(first)
            if type(second) is not str:
                second = "" if second is UNDEFINED else text_of(second)
        except JSONataError as error:
            raise error.named(token, end) from None
        text = first + second
        if len(text) > 64:
            frame[0].check_text(len(text))
        return text if text.isascii() else joined(text)

    return evaluate


def _both(left: Closure, right: Closure, node: Node) -> Closure:
    return lambda item, frame: truth(left(item, frame)) and truth(right(item, frame))


def _either(left: Closure, right: Closure, node: Node) -> Closure:
    return lambda item, frame: truth(left(item, frame)) or truth(right(item, frame))


def _membership(left: Closure, right: Closure, node: Node) -> Closure:
    def evaluate(item: Value, frame: Frame) -> Value:
        member, whole = left(item, frame), right(item, frame)
        if member is UNDEFINED or whole is UNDEFINED:
            return False
        if not isinstance(whole, list):
            return is_same(member, whole)
        frame[0].spend(len(whole))
        return any(is_same(member, one) for one in whole)

    return evaluate


def _range(left: Closure, right: Closure, node: Node) -> Closure:
    def evaluate(item: Value, frame: Frame) -> Value:
        first, last = left(item, frame), right(item, frame)
        try:
            return range_of(first, last, frame[0])
        except JSONataError as error:
            raise error.named("..", node.end) from None

    return evaluate


def range_of(first: Value, last: Value, run: Run) -> Value:
    """Return the whole numbers from one to another."""
    for end, code in ((first, "T2003"), (last, "T2004")):
        if end is not UNDEFINED and not (type(end) is int or (type(end) is float and end.is_integer())):
            raise JSONataError(code, value=end)
    if first is UNDEFINED or last is UNDEFINED or first > last:
        return UNDEFINED
    run.check_items(int(min(last - first + 1, MAX_ITEMS + 1)))
    return Sequence(range(int(first), int(last) + 1))


OPERATORS: Mapping[str, Build] = {
    "+": _arithmetic(_with_infinities(operator.add), _on_doubles(operator.add)),
    "-": _arithmetic(_with_infinities(operator.sub), _on_doubles(operator.sub)),
    "*": _arithmetic(_with_infinities(operator.mul), _on_doubles(operator.mul)),
    "/": _arithmetic(_quotient, divide),
    "%": _arithmetic(_rest, remainder),
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "=": _equality(True),
    "!=": _equality(False),
    "&": _concatenation,
    "and": _both,
    "or": _either,
    "in": _membership,
    "..": _range,
}
"""What each operator makes of its two sides."""
