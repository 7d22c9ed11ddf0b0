"""Where jsonata-python gives other results than JSONata 2.0.6, as found by running both on the same
expressions. The functions here take and give the package's own values, undefined as None."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonata as library
from jsonata.functions import Functions
from jsonata.utils import Utils

_NUMBER = re.compile(
    r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+"
)


class Program(library.Jsonata):  # type: ignore[misc]
    """An expression, with the operators and the checks of arguments put right."""

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        if op == "%" and Utils.is_numeric(lhs) and Utils.is_numeric(rhs) and rhs != 0:
            return Utils.convert_number(math.fmod(lhs, rhs))
        return super().evaluate_numeric_expression(lhs, rhs, op)

    def validate_arguments(self, signature: Any, args: Any, context: Any) -> Any:
        checked = getattr(signature, "signature", None)
        if (
            checked is not None
            and isinstance(args, list)
            and not checked._regex.fullmatch(_kinds(checked, args))
        ):
            name = getattr(signature, "function_name", None) or checked.function_name
            raise library.JException("T0410", -1, _first_bad(checked, args), name)
        return super().validate_arguments(signature, args, context)

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:
        if not (Utils.is_function(proc) or Functions.is_lambda(proc) or Functions.is_regex(proc)):
            raise library.JException("T1006", 0)
        return super().apply_inner(proc, args, input, environment)


def _kinds(signature: Any, args: list[Any]) -> str:
    """Return the arguments' kinds as a signature has them, a letter each; null is not undefined."""
    return "".join("l" if one is Utils.NULL_VALUE else signature.get_symbol(one) for one in args)


def _first_bad(signature: Any, args: list[Any]) -> int:
    """Return the number of the first argument that does not match a function's signature."""
    kinds = _kinds(signature, args)
    pattern, good = "", 0
    for param in signature._params:
        pattern += param.regex
        match = re.match(pattern, kinds)
        if match is None:
            break
        good = match.end()
    return good + 1


def count(value: Any) -> Any:
    if isinstance(value, list):
        return len(value)
    return 0 if value is None else 1


def number(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise library.JException("D3030", -1, value)
        return Utils.convert_number(
            int(value, 0) if value[1:2].isalpha() and value[0] == "0" else float(value)
        )
    return int(value) if isinstance(value, bool) else value


def power(base: Any, exponent: Any) -> Any:
    if base is None:
        return None
    try:
        result = float(base) ** exponent
    except (OverflowError, ZeroDivisionError):
        result = math.inf
    if isinstance(result, complex) or not math.isfinite(result):
        raise library.JException("D3061", -1, base, exponent)
    return Utils.convert_number(result)


def sort(items: Any, comes_after: Any = None) -> Any:
    if items is not None and comes_after is None:
        kinds = {
            str if isinstance(item, str) else float if Utils.is_numeric(item) else None for item in items
        }
        if len(items) > 1 and (len(kinds) > 1 or None in kinds):
            raise library.JException("D3070", -1)
    return Functions.sort(items, comes_after)


def distinct(items: Any) -> Any:
    if not isinstance(items, list) or len(items) <= 1:
        return items
    kept: list[Any] = Utils.create_sequence() if Utils.is_sequence(items) else []
    for item in items:
        if not any(Utils.is_deep_equal(item, other) for other in kept):
            kept.append(item)
    return kept


def to_millis(text: Any, picture: Any = None) -> Any:
    if text is None:
        return None
    try:
        return Functions.datetime_to_millis(text, picture)
    except (ValueError, IndexError):
        raise library.JException("D3110", -1, text) from None


def from_millis(millis: Any, picture: Any = None, timezone: Any = None) -> Any:
    if millis is None:
        return None
    try:
        return Functions.datetime_from_millis(millis, picture, timezone)
    except KeyError as unknown:
        raise library.JException("D3132", -1, unknown.args[0]) from None
    except (ValueError, RuntimeError):
        raise library.JException("D3135", -1) from None


REPAIRED: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "count": ("<x:n>", count),
    "number": ("<(nsb)-:n>", number),
    "power": ("<n-n:n>", power),
    "sort": ("<af?:a>", sort),
    "distinct": ("<x:x>", distinct),
    "toMillis": ("<s-s?:n>", to_millis),
    "fromMillis": ("<n-s?s?:s>", from_millis),
}
"""Name → (signature, function)."""
