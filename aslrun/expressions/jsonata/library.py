"""The package jsonata-python behind our own terms: JSON in, JSON or JSONataError out, within limits.

The package has null and undefined as `NULL_VALUE` and None, lists of its own, and lets Python's errors
through; none of that leaves this module. Messages: as JSONata 2.0.6 words them.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aslrun.errors import StateError
from aslrun.expressions import ExpressionError, ExpressionScope
from aslrun.expressions.jsonata.expression import UNDEFINED, Evaluate, JSONataError, States, Undefined
from aslrun.expressions.jsonata.functions import FUNCTIONS
from aslrun.expressions.jsonata.messages import TEMPLATES, as_in_jsonata, render_message, values_of
from aslrun.expressions.jsonata.syntax import find_references
from aslrun.values import JSON

TIMEOUT = 5.0
"""Seconds that one expression may take; a match of a regular expression may take as many."""
MAX_DEPTH = 400
"""Nested evaluations of one expression: a tenth of what Python's stack is given for it."""
_STACK = 12_000

_limit = sys.getrecursionlimit()
import jsonata as library  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

from aslrun.expressions.jsonata.repairs import REPAIRED, Program  # noqa: E402

sys.setrecursionlimit(_limit)  # the package raises it for the whole process

NULL: Any = Utils.NULL_VALUE


def parse(text: str) -> Program:
    """Parse an expression; ExpressionError, with the place, if it is none."""
    try:
        return Program(text, regex_engine=_compile_pattern)
    except library.JException as wrong:
        place = min(max(wrong.location or 0, 0), len(text))
        raise ExpressionError(str(_told(wrong)), place) from None
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None
    except Exception as wrong:
        raise ExpressionError(f"the expression cannot be read: {wrong}") from None


def function_names() -> frozenset[str]:
    """Return the names of the package's functions and of those that Step Functions adds."""
    return frozenset({*library.Jsonata.static_frame.bindings, *FUNCTIONS} - {"eval"})


def compile_with_library(program: Program) -> Evaluate:
    """Return a closure that evaluates `program` by the package."""
    names = find_references(program.ast)
    used = {name for name, _ in (*names.functions, *names.variables)}
    repaired = {name: _Repaired(*REPAIRED[name]) for name in used & REPAIRED.keys()}
    added = {name: FUNCTIONS[name] for name in used & FUNCTIONS.keys()}

    def evaluate(states: States, scope: ExpressionScope) -> JSON | Undefined:
        frame = program.create_frame()
        frame.set_runtime_bounds(round(TIMEOUT * 1000), MAX_DEPTH)
        frame.bind("eval", None)
        for name, repair in repaired.items():
            frame.bind(name, repair)
        for name, (signature, function) in added.items():
            frame.bind(name, _Added(signature, function, scope))
        for name, value in _bindings(used, states, scope):
            frame.bind(name, value)
        with _all_errors_as_ours():
            library.Jsonata.CURRENT.jsonata = program  # functions that call functions look for it here
            return from_library(program.evaluate(None, frame))

    program.set_output_convert_nulls(False)
    program.set_validate_input(False)
    return evaluate


class _Repaired(library.Jsonata.JFunction):  # type: ignore[misc]
    """A function on the package's own values."""

    def __init__(self, signature: str, function: Callable[..., Any]) -> None:
        super().__init__(None, signature)
        self.answer = function

    def call(self, input: object, args: list[Any]) -> Any:
        return self.answer(*args)


class _Added(library.Jsonata.JFunction):  # type: ignore[misc]
    """A function on values of ours, which may look at time and chance."""

    def __init__(self, signature: str, function: Callable[..., JSON | Undefined], scope: ExpressionScope):
        super().__init__(None, signature)
        self.answer, self.scope = function, scope

    def call(self, input: object, args: list[Any]) -> Any:
        return to_library(self.answer(self.scope, *map(from_library, args)))


def _bindings(used: set[str], states: States, scope: ExpressionScope) -> Iterator[tuple[str, Any]]:
    for name in used & scope.variables.keys():
        yield name, to_library(scope.variables[name])
    if "states" in used:
        yield "states", to_library(states_object(states, scope))


def states_object(states: States, scope: ExpressionScope) -> JSON:
    """Return `$states` as the object it is for an expression that does not just look into it."""
    shown: dict[str, JSON | Undefined] = {
        "input": states.input,
        "result": states.result,
        "errorOutput": states.error_output,
        "context": scope.context,
    }
    return {name: value for name, value in shown.items() if not isinstance(value, Undefined)}


# ---------------------------------------------------------------- values


def to_library(value: JSON | Undefined) -> Any:
    """Return a value in the package's terms; what holds no null stays the value it is."""
    if value is None:
        return NULL
    if isinstance(value, Undefined):
        return None
    return _replaced(value, lambda part: NULL if part is None else part)


def from_library(value: Any) -> JSON | Undefined:
    """Return a value of the package's as JSON. Functions are no JSON: they are left out."""
    if value is None or _is_function(value):
        return UNDEFINED
    replaced: JSON = _replaced(value, _scalar_from_library)
    return replaced


def _scalar_from_library(value: Any) -> JSON:
    if value is NULL or value is None:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        raise _failed("D1001", value)
    assert isinstance(value, (str, int, float))
    return value


def _is_function(value: Any) -> bool:
    return not isinstance(value, (str, int, float, list, dict)) and value is not NULL and value is not None


def _replaced(value: Any, scalar: Callable[[Any], Any]) -> Any:
    """Return `value` with its scalars replaced; containers in which nothing changes are shared."""
    if isinstance(value, dict):
        parts = {key: _replaced(part, scalar) for key, part in value.items() if not _is_function(part)}
        unchanged = len(parts) == len(value) and all(parts[key] is value[key] for key in parts)
        return value if unchanged and type(value) is dict else parts
    if isinstance(value, list):
        items = [_replaced(part, scalar) for part in value if not _is_function(part)]
        unchanged = type(value) is list and all(map(_is_same, items, value))
        return value if unchanged and len(items) == len(value) else items
    return scalar(value)


def _is_same(one: object, other: object) -> bool:
    return one is other


# ---------------------------------------------------------------- errors and limits


@contextmanager
def _all_errors_as_ours() -> Iterator[None]:
    """Turn whatever the package raises into JSONataError, with room on the stack meanwhile."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _STACK))
    try:
        yield
    except (JSONataError, StateError):
        raise
    except library.JException as error:
        raise _told(error) from None
    except (ZeroDivisionError, OverflowError):
        raise _failed("D1001", "Infinity") from None
    except RecursionError:
        raise _failed("U1001") from None
    except TimeoutError:
        raise _failed("U1002") from None
    except Exception as error:
        raise JSONataError(
            "D3030", f"A function was called with a value that it cannot take: {error}"
        ) from None
    finally:
        sys.setrecursionlimit(limit)


_RUNAWAY = {"D1011": "U1001", "D1012": "U1002"}


def _told(error: library.JException) -> JSONataError:
    code = _RUNAWAY.get(error.error, error.error)
    if not re.fullmatch("[A-Z][0-9]{4}", code):  # the text itself instead of its code
        templates = {template: known for known, template in library.JException.error_codes.items()}
        code = templates.get(code.replace(" function ", " Object "), "D3030")
    template = TEMPLATES.get(code) or as_in_jsonata(library.JException.error_codes[code])
    values = values_of(code, error.current, error.expected, error.extra)
    return JSONataError(code, render_message(template, list(values)), error.location)


def _failed(code: str, *values: object) -> JSONataError:
    return JSONataError(code, render_message(TEMPLATES[code], values))


def _compile_pattern(pattern: str, flags: Any) -> Any:
    """Compile a regular expression that gives up in time, whatever it is matched with."""
    import regex

    options = regex.V0
    if flags.case_insensitive:
        options |= regex.IGNORECASE
    if flags.multiline:
        options |= regex.MULTILINE
    return _Pattern(regex.compile(pattern, options))


class _Pattern:
    """A compiled pattern with the methods that the package calls."""

    def __init__(self, pattern: Any) -> None:
        self.pattern = pattern

    def search(self, text: str) -> Any:
        return self.pattern.search(text, timeout=TIMEOUT)

    def finditer(self, text: str) -> Any:
        return self.pattern.finditer(text, timeout=TIMEOUT)

    def sub(self, replacement: Any, text: str, count: int = 0) -> Any:
        return self.pattern.sub(replacement, text, count, timeout=TIMEOUT)

    def split(self, text: str, maxsplit: int = 0) -> Any:
        return self.pattern.split(text, maxsplit, timeout=TIMEOUT)
