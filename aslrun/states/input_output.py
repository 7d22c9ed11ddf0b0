"""JSONPath: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, and the `...Path` fields.

Spec: Input and Output Processing. raw input → InputPath → Parameters → effective input; result →
ResultSelector → ResultPath, into the raw input → OutputPath → effective output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionScope, NoMatch, Select
from aslrun.expressions.jsonpath.path import compile_path, compile_result_path
from aslrun.expressions.template import compile_expression, compile_template
from aslrun.states.fields import Conclude, Fields, Number, assigning, number_of, text_of, whole, whole_result
from aslrun.values import JSON, is_number, to_json_text

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Scope


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
    """Compile what makes the effective output of a result: ResultSelector, ResultPath, OutputPath, and
    Assign, whose `$` is the result before ResultSelector."""
    return _with_assign(fields, _compile_result(fields))


def _compile_result(fields: Fields) -> Conclude:
    path: JSON = fields.get("ResultPath", "$")
    select = compile_field_path(fields.get("OutputPath", "$"))
    reselect = compile_template(fields["ResultSelector"]) if "ResultSelector" in fields else whole
    if path == "$":
        if reselect is whole:
            return whole_result if select is whole else lambda raw, result, scope: select(result, scope)
        return lambda raw, result, scope: select(reselect(result, scope), scope)
    if path is None:

        def keep_input(raw: JSON, result: JSON, scope: Scope) -> JSON:
            reselect(result, scope)  # the result is thrown away, but its errors are not
            return select(raw, scope)

        return keep_input
    assert isinstance(path, str)
    insert = compile_result_path(path)
    return lambda raw, result, scope: select(insert(raw, reselect(result, scope)), scope)


def _with_assign(fields: Fields, conclude: Conclude) -> Conclude:
    if "Assign" not in fields:
        return conclude
    fill = compile_template(fields["Assign"])
    return assigning(conclude, lambda raw, result, scope: fill(result, scope))


def compile_choice_output(fields: Fields, state: Fields) -> Conclude:
    """Compile what a choice rule does when it holds: its Assign, and the state's OutputPath."""
    select = compile_field_path(state.get("OutputPath", "$"))
    conclude = whole_result if select is whole else lambda raw, value, scope: select(value, scope)
    return _with_assign(fields, conclude)


def compile_catcher(fields: Fields) -> Conclude:
    """Compile what a catcher does: ResultPath puts the error output into the raw input; `$` of its Assign
    is the error output."""
    return _with_assign(fields, _compile_result({"ResultPath": fields.get("ResultPath", "$")}))


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


def compile_text(fields: Fields, name: str) -> Select:
    """Compile a string field with its Path form, a path or an intrinsic call that gives a string."""
    field = f"{name}Path"
    if field not in fields:
        constant = fields.get(name)
        return lambda value, scope: constant
    path = text_of(fields, field)
    select = compile_expression(path, field)

    def text_at_path(value: JSON, scope: ExpressionScope) -> JSON:
        found = select(value, scope)
        if not isinstance(found, str):
            raise FatalStateError(
                f"The {field} field refers to value '{to_json_text(found)}' which is not a string: {path}"
            )
        return found

    return text_at_path


def compile_role(fields: Fields) -> Select | None:
    """Compile Credentials, a payload template of one field."""
    if "Credentials" not in fields:
        return None
    fill = compile_template(fields["Credentials"])

    def role(value: JSON, scope: ExpressionScope) -> JSON:
        credentials = fill(value, scope)
        return credentials.get("RoleArn") if isinstance(credentials, dict) else None

    return role


def compile_items(fields: Fields) -> Select:
    """Compile ItemsPath; States.Runtime if what is there is no list (recorded)."""
    select = compile_field_path(fields.get("ItemsPath", "$"))

    def items(value: JSON, scope: ExpressionScope) -> JSON:
        found = select(value, scope)
        if not isinstance(found, list):
            raise FatalStateError("Attempting to map over non-iterable node.")
        return found

    return items


def compile_item_selector(fields: Fields) -> Select | None:
    """Compile ItemSelector, or Parameters as it was called before."""
    selector = fields.get("ItemSelector", fields.get("Parameters"))
    return None if selector is None else compile_template(selector)
