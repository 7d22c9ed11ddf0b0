"""Input and output processing: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.

Spec: Input and Output Processing. raw input → InputPath → Parameters → effective input; result →
ResultSelector → ResultPath, into the raw input → OutputPath → effective output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from aslrun.errors import FatalStateError, UsageError
from aslrun.expressions import ExpressionScope, NoMatch, Select
from aslrun.expressions.path import compile_path, compile_result_path
from aslrun.expressions.template import compile_template
from aslrun.values import JSON, is_number, to_json_text

if TYPE_CHECKING:
    Fields: TypeAlias = Mapping[str, JSON]

Conclude: TypeAlias = Callable[[JSON, JSON, ExpressionScope], JSON]
Number: TypeAlias = "Callable[[JSON, ExpressionScope], int | float | None]"


def whole(value: JSON, scope: ExpressionScope) -> JSON:
    """The path `$`: the value itself."""
    return value


def text_of(fields: Fields, name: str, default: str = "") -> str:
    """Return the string in field `name`; validation has seen to it that it is one."""
    value = fields.get(name, default)
    assert isinstance(value, str), name
    return value


def number_of(fields: Fields, name: str) -> int | float | None:
    """Return the number in field `name`, None where it is absent; UsageError for an unfilled placeholder."""
    value = fields.get(name)
    if value is None or isinstance(value, (int, float)):
        return value
    raise UsageError(f"{name} is {to_json_text(value)}: a placeholder without a value cannot be run")


def next_of(fields: Fields) -> str | None:
    """Return the name of the next state, None where the state is the end."""
    return text_of(fields, "Next") if "Next" in fields else None


def compile_field_path(text: JSON) -> Select:
    """Compile InputPath or OutputPath. null is `{}`; no match: `Invalid path '$.x' : ...` (recorded)."""
    if text is None:
        return lambda value, scope: {}
    assert isinstance(text, str)
    if text == "$":
        return whole
    select = compile_path(text)

    def field_path(value: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(value, scope)
        except NoMatch as none:
            raise FatalStateError(f"Invalid path '{text}' : {none}") from None

    return field_path


def compile_input(fields: Fields, template: str = "Parameters") -> Select:
    """Compile what makes the effective input of the raw input: InputPath, then the payload template."""
    select = compile_field_path(fields.get("InputPath", "$"))
    if template not in fields:
        return select
    fill = compile_template(fields[template])
    if select is whole:
        return fill
    return lambda raw, scope: fill(select(raw, scope), scope)


def compile_output(fields: Fields) -> Conclude:
    """Compile what makes the effective output of a result: ResultSelector, ResultPath, OutputPath."""
    path: JSON = fields.get("ResultPath", "$")
    select = compile_field_path(fields.get("OutputPath", "$"))
    reselect = compile_template(fields["ResultSelector"]) if "ResultSelector" in fields else whole
    if path == "$":
        return lambda raw, result, scope: select(reselect(result, scope), scope)
    if path is None:

        def keep_input(raw: JSON, result: JSON, scope: ExpressionScope) -> JSON:
            reselect(result, scope)  # the result is thrown away, but its errors are not
            return select(raw, scope)

        return keep_input
    assert isinstance(path, str)
    insert = compile_result_path(path)
    return lambda raw, result, scope: select(insert(raw, reselect(result, scope)), scope)


def items_of(value: JSON) -> list[JSON]:
    """Return the items of a Map; States.Runtime if they are none (recorded)."""
    if not isinstance(value, list):
        raise FatalStateError("Attempting to map over non-iterable node.")
    return value


def compile_number(fields: Fields, name: str, integer: bool = True) -> Number:
    """Compile a numeric field with its Path form; the closure gives None where neither is present.

    Texts as recorded for MaxConcurrencyPath; numeric strings are numbers.
    """
    if f"{name}Path" not in fields:
        constant = number_of(fields, name)
        return lambda value, scope: constant
    path = text_of(fields, f"{name}Path")
    select = compile_field_path(path)
    kind = "integer" if integer else "float"

    def number_at_path(value: JSON, scope: ExpressionScope) -> int | float:
        found = select(value, scope)
        number = _as_number(found, integer)
        if number is None:
            shown = found if isinstance(found, str) else to_json_text(found)
            raise FatalStateError(
                f'The {name}Path field refers to value "{shown}" which is not a valid {kind}: {path}'
            )
        return number

    return number_at_path


def _as_number(value: JSON, integer: bool) -> int | float | None:
    if isinstance(value, str):
        try:
            return int(value) if integer else float(value)
        except ValueError:
            return None
    if not is_number(value) or (integer and not isinstance(value, int)):
        return None
    assert isinstance(value, (int, float))
    return value
