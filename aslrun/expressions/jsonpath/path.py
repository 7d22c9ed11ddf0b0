"""Paths: compiled to closures of (value, scope). Spec: Paths, Reference Paths.

Reference paths, nearly all that people write, are closures of plain indexing; other JSONPath is evaluated
in `evaluation.py`. The reasons for which nothing is found are worded as the service words them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from aslrun.errors import EvaluationError, FatalStateError
from aslrun.expressions import ExpressionError, ExpressionScope, NoElement, NoMatch, NotFit, Select
from aslrun.expressions.java import json_text, plain_text
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.expressions.jsonpath.tree import Path
from aslrun.values import JSON

Insert: TypeAlias = Callable[[JSON, JSON], JSON]

MAX_DEPTH = 500
"""Steps of a path to put something at: values have at most so many levels."""


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Select:
    """Compile any JSONPath: `$...`, `$$...` (the context object) or `$name...` (a variable).

    The closure raises NoMatch where the path finds nothing, and States.Runtime where it is applied to null
    or is one that the service refuses. Raises ExpressionError for a text that is no path.
    """
    if text == "$":
        return _itself
    path = parse_path(text)
    find = _compile_find(path)
    if path.root == "$":
        return _unless_null(find) if path.steps is None or not path.segments else find
    if path.root == "$$":
        return lambda value, scope: find(scope.context, scope)
    name = path.root[1:]

    def find_in_variable(value: JSON, scope: ExpressionScope) -> JSON:
        if name not in scope.variables:
            raise NoMatch(f"the variable ${name} is not assigned")
        return find(scope.variables[name], scope)

    return find_in_variable


def _itself(value: JSON, scope: ExpressionScope) -> JSON:
    if value is None:
        raise _null_input()
    return value


def _unless_null(find: Select) -> Select:
    def find_in_something(value: JSON, scope: ExpressionScope) -> JSON:
        if value is None:
            raise _null_input()
        return find(value, scope)

    return find_in_something


def _null_input() -> FatalStateError:
    """Return the error of any path that is applied to null, as users report it."""
    return FatalStateError("Unable to apply Path transformation to null or empty input.")


def _compile_find(path: Path) -> Select:
    """Compile what `path` does from its root on; the scope is not looked at."""
    refused = next((remark for remark in path.remarks if remark.refuses), None)
    if refused is not None:
        return _refuse(f"Invalid path '{path.text}' : {refused.message}")
    steps = path.steps
    if steps is None:
        from aslrun.expressions.jsonpath.evaluation import compile_jsonpath  # 24 ms, for few machines

        return compile_jsonpath(path)
    if all(isinstance(step, str) for step in steps):
        return _compile_names(tuple(str(step) for step in steps), path.root)
    return _compile_steps(steps, path.root)


def _refuse(cause: str) -> Select:
    def refuse(value: JSON, scope: ExpressionScope) -> JSON:
        raise FatalStateError(cause)

    return refuse


def _compile_names(names: tuple[str, ...], root: str) -> Select:
    if not names:
        return lambda value, scope: value
    if len(names) == 1:
        (name,) = names

        def one_name(value: JSON, scope: ExpressionScope) -> JSON:
            try:
                return value[name]  # type: ignore[call-overload, index]
            except (KeyError, TypeError):
                raise _why_nothing(names, value, root) from None

        return one_name

    def all_names(value: JSON, scope: ExpressionScope) -> JSON:
        found = value
        try:
            for name in names:
                found = found[name]  # type: ignore[call-overload, index]
        except (KeyError, TypeError):
            raise _why_nothing(names, value, root) from None
        return found

    return all_names


def _compile_steps(steps: tuple[str | int, ...], root: str) -> Select:
    def all_steps(value: JSON, scope: ExpressionScope) -> JSON:
        found = value
        for step in steps:
            if isinstance(found, dict) and isinstance(step, str) and step in found:
                found = found[step]
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                raise _why_nothing(steps, value, root)
        return found

    return all_steps


def _why_nothing(steps: tuple[str | int, ...], value: JSON, root: str) -> Exception:
    """Return the error of a plain path that finds nothing, with the service's reason."""
    if value is None and root == "$":
        return _null_input()
    found = value
    for at, step in enumerate(steps):
        here = path_text(steps[:at])
        if isinstance(step, str):
            if not isinstance(found, dict):
                return NoMatch(f"Property ['{step}'] not found in path {here}")
            if step not in found:
                why = "No results for path:" if at == len(steps) - 1 else "Missing property in path"
                return NoMatch(f"{why} {here}['{step}']")
            found = found[step]
        elif isinstance(found, list):
            if not 0 <= step < len(found):
                return _why_no_element(steps, at)
            found = found[step]
        elif found is None and at and isinstance(steps[at - 1], str):
            return NoMatch(f"The path {here} is null")
        else:
            is_element = at == 0 or isinstance(steps[at - 1], int)
            shown = json_text(found) if is_element else plain_text(found)
            rest = path_text(steps[at:])[1:]
            return NotFit(f"Filter: {rest} can only be applied to arrays. Current context is: {shown}")
    raise AssertionError("the path finds something")


def _why_no_element(steps: tuple[str | int, ...], at: int) -> NoMatch:
    here = path_text(steps[: at + 1])
    if at == len(steps) - 1:
        return NoElement(f"No results for path: {here}")
    beyond = steps[at + 1]
    if isinstance(beyond, str):
        return NoMatch(f"Property ['{beyond}'] not found in path {here}")
    return NoMatch(f"The path {here} is null")


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
    if len(steps) > MAX_DEPTH:
        raise ExpressionError(f"Value is not a Reference Path: it has more than {MAX_DEPTH} steps")
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
