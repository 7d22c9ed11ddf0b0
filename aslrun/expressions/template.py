"""Payload templates: Parameters, ResultSelector, ItemSelector. Spec: Payload Template.

A template is compiled once: what holds no expression stays the one value it is, and is shared.
"""

from __future__ import annotations

from functools import lru_cache

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionError, ExpressionScope, NoElement, NoMatch, Select
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.expressions.jsonpath.tree import Path
from aslrun.values import JSON, to_json_text


def compile_template(template: JSON) -> Select:
    """Compile a payload template to a closure of (value, scope).

    Only keys that end in `.$` are evaluated, at any depth; everything else is literal.
    Raises ExpressionError for such a key whose value is no path and no intrinsic call.
    """
    compiled = _compile(template)
    return compiled if compiled is not None else lambda value, scope: template


def _compile(template: JSON) -> Select | None:
    """Compile a part of a template; None where it holds no expression."""
    if isinstance(template, dict):
        return _compile_object(template)
    if isinstance(template, list):
        return _compile_list(template)
    return None


def _compile_object(template: dict[str, JSON]) -> Select | None:
    fields: list[tuple[str, Select]] = []
    constants: dict[str, JSON] = {}
    for key, value in template.items():
        if key.endswith(".$"):
            fields.append((key[:-2], _compile_value(value, key)))
        elif (part := _compile(value)) is not None:
            fields.append((key, part))
        else:
            constants[key] = value
    if not fields:
        return None
    if len(fields) == 1 and not constants:
        ((name, select),) = fields
        return lambda value, scope: {name: select(value, scope)}

    def fill(value: JSON, scope: ExpressionScope) -> JSON:
        filled = constants.copy()
        for name, select in fields:
            filled[name] = select(value, scope)
        return filled

    return fill


def _compile_list(template: list[JSON]) -> Select | None:
    parts = [_compile(part) for part in template]
    if not any(parts):
        return None
    selects = [part or compile_template(value) for part, value in zip(parts, template, strict=True)]
    return lambda value, scope: [select(value, scope) for select in selects]


def _compile_value(text: JSON, key: str) -> Select:
    if not isinstance(text, str):
        raise ExpressionError(
            f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
        )
    return compile_expression(text, key)


def compile_expression(text: str, field: str) -> Select:
    """Compile what a `.$` field, ErrorPath or CausePath may hold: a path or an intrinsic call.

    Where a path finds nothing, the closure raises States.Runtime in the words that are recorded.
    """
    if not text.startswith("$"):
        from aslrun.expressions.intrinsics.calls import compile_intrinsic

        return compile_intrinsic(text)
    select = compile_path(text)
    if text == "$":
        return select  # which finds something, or fails otherwise

    def evaluate(value: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(value, scope)
        except NoElement:
            return None
        except NoMatch:
            raise FatalStateError(
                f"The JSONPath '{text}' specified for the field '{field}' could not be found in the input"
                f" '{to_json_text(value)}'"
            ) from None

    return evaluate


@lru_cache(maxsize=4096)
def paths_in(text: str) -> tuple[tuple[Path, int], ...]:
    """Return the paths that a path or an intrinsic call reads, each with its offset in the text.

    Raises ExpressionError for a text that is neither.
    """
    if text.startswith("$"):
        return ((parse_path(text), 0),)
    from aslrun.expressions.intrinsics.calls import paths_in_call

    return tuple((parse_path(path), offset) for path, offset in paths_in_call(text))
