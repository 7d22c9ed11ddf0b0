"""Paths: compiled to closures of (value, scope). Spec: Paths, Reference Paths.

Reference paths, nearly all that people write, are closures of plain indexing; other JSONPath is evaluated
in `jsonpath.py`. The reasons for which nothing is found are worded as the service words them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from aslrun.errors import EvaluationError
from aslrun.expressions import ExpressionError, ExpressionScope, NoMatch, Select
from aslrun.expressions.jsonpath.syntax import parse_path
from aslrun.expressions.jsonpath.tree import Path
from aslrun.values import JSON

Insert: TypeAlias = Callable[[JSON, JSON], JSON]


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Select:
    """Compile any JSONPath: `$...`, `$$...` (the context object) or `$name...` (a variable).

    The closure raises NoMatch where a definite path finds nothing; an indefinite one gives a list.
    Raises ExpressionError for a text that is no path.
    """
    path = parse_path(text)
    find = compile_find(path)
    if path.root == "$":
        return find
    if path.root == "$$":
        return lambda value, scope: find(scope.context, scope)
    name = path.root[1:]

    def find_in_variable(value: JSON, scope: ExpressionScope) -> JSON:
        if name not in scope.variables:
            raise NoMatch(f"the variable ${name} is not assigned")
        return find(scope.variables[name], scope)

    return find_in_variable


def compile_find(path: Path, is_strict: bool = False) -> Select:
    """Compile what `path` does from its root on; the scope is not looked at.

    With `is_strict`, an indefinite path whose definite beginning is missing raises NoMatch too.
    """
    steps = path.steps
    if steps is None:
        from aslrun.expressions.jsonpath.evaluation import compile_jsonpath, compile_strictly

        return compile_strictly(path) if is_strict else compile_jsonpath(path)
    if all(isinstance(step, str) for step in steps):
        return _compile_names(tuple(str(step) for step in steps), path)
    return _compile_steps(steps, path)


def _compile_names(names: tuple[str, ...], path: Path) -> Select:
    if not names:
        return lambda value, scope: value
    if len(names) == 1:
        (name,) = names

        def one_name(value: JSON, scope: ExpressionScope) -> JSON:
            try:
                return value[name]  # type: ignore[call-overload, index]
            except (KeyError, TypeError):
                return _say_why(path, value, scope)

        return one_name

    def all_names(value: JSON, scope: ExpressionScope) -> JSON:
        found = value
        try:
            for name in names:
                found = found[name]  # type: ignore[call-overload, index]
        except (KeyError, TypeError):
            return _say_why(path, value, scope)
        return found

    return all_names


def _compile_steps(steps: tuple[str | int, ...], path: Path) -> Select:
    def all_steps(value: JSON, scope: ExpressionScope) -> JSON:
        found = value
        for step in steps:
            if isinstance(found, dict) and isinstance(step, str) and step in found:
                found = found[step]
            elif isinstance(found, list) and isinstance(step, int) and -len(found) <= step < len(found):
                found = found[step]
            else:
                return _say_why(path, value, scope)
        return found

    return all_steps


def _say_why(path: Path, value: JSON, scope: ExpressionScope) -> JSON:
    """Raise NoMatch with the service's reason, which the evaluation of all paths knows."""
    from aslrun.expressions.jsonpath.evaluation import compile_jsonpath

    return compile_jsonpath(path)(value, scope)


def path_text(steps: tuple[str | int, ...]) -> str:
    """Return steps as the service writes them: `$['a'][0]`."""
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


def kind_of(value: JSON) -> str:
    """Return what kind of JSON value this is, in a word."""
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def parse_reference_path(text: str) -> tuple[str | int, ...]:
    """Return the steps of a Reference Path from `$` (spec: Reference Paths); else ExpressionError."""
    try:
        path = parse_path(text)
    except ExpressionError as wrong:
        raise ExpressionError(f"Value is not a Reference Path: {wrong.message}", wrong.offset) from None
    if path.root != "$":
        raise ExpressionError(f"Value is not a Reference Path: it begins with '{path.root}', not '$'")
    steps = path.steps
    if steps is None or any(isinstance(step, int) and step < 0 for step in steps):
        raise ExpressionError("Value is not a Reference Path: only names and indices may follow '$'")
    return steps


@lru_cache(maxsize=4096)
def compile_result_path(text: str) -> Insert:
    """Compile a ResultPath to a function of (raw input, result) that gives a new value.

    Only the spine that changes is copied; objects that are missing on the way are made. The function raises
    States.ResultPathMatchFailure where the path cannot be applied to the raw input.
    """
    steps = parse_reference_path(text)
    if not steps:
        return lambda raw, result: result

    def insert(raw: JSON, result: JSON) -> JSON:
        return _insert(raw, steps, 0, result, text)

    return insert


def _insert(value: JSON, steps: tuple[str | int, ...], at: int, result: JSON, text: str) -> JSON:
    if at == len(steps):
        return result
    step = steps[at]
    if isinstance(step, str) and isinstance(value, dict):
        return {**value, step: _insert(value.get(step, {}), steps, at + 1, result, text)}
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return [*value[:step], _insert(value[step], steps, at + 1, result, text), *value[step + 1 :]]
    place = f"{path_text(steps[:at])} is {kind_of(value)}"
    raise EvaluationError(
        "States.ResultPathMatchFailure", f"Unable to apply ResultPath '{text}' to the state's input: {place}."
    )
