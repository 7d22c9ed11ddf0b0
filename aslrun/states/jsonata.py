"""JSONata: Arguments, Output, Assign, Items, and `{% ... %}` in the fields that take a number or a string.

Documentation: "Transforming data with JSONata in Step Functions". `$states.input` is always the raw input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aslrun.errors import QueryEvaluationError, UsageError
from aslrun.expressions import ExpressionScope, Select, is_query
from aslrun.expressions.jsonata.values import States
from aslrun.expressions.query import Query, compile_queries, compile_query
from aslrun.states.fields import Conclude, Fields, Number, assigning, number_of, whole, whole_result
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Scope

WITH_RESULT = frozenset({"Task", "Parallel", "Map"})
"""The types of states whose fields see `$states.result`."""


def compile_input(fields: Fields, template: str = "Arguments") -> Select:
    """Compile Arguments; the raw input where it is absent."""
    if "Arguments" not in fields:
        return whole
    return _on_input(compile_queries(fields["Arguments"], "Arguments"))


def _on_input(query: Query) -> Select:
    return lambda raw, scope: query(States(raw), scope)


def compile_output(fields: Fields) -> Conclude:
    """Compile Output and Assign; the effective output is the result where Output is absent."""
    return _compile_end(fields, _of_result if fields.get("Type") in WITH_RESULT else _of_input)


def compile_choice_output(fields: Fields, state: Fields) -> Conclude:
    """Compile the Output and Assign of a choice rule, or those of the state for its Default."""
    return _compile_end(fields, _of_input)


def compile_catcher(fields: Fields) -> Conclude:
    """Compile a catcher's Output and Assign; its output is the error output where Output is absent."""
    return _compile_end(fields, _of_error)


def _of_input(raw: JSON, result: JSON) -> States:
    return States(raw)


def _of_result(raw: JSON, result: JSON) -> States:
    return States(raw, result)


def _of_error(raw: JSON, error_output: JSON) -> States:
    return States(raw, error_output=error_output)


def _compile_end(fields: Fields, states: Callable[[JSON, JSON], States]) -> Conclude:
    output, assign = _query(fields, "Output"), _query(fields, "Assign")

    def conclude(raw: JSON, result: JSON, scope: Scope) -> JSON:
        return result if output is None else output(states(raw, result), scope)

    if assign is None and output is None:
        return whole_result
    if assign is None:
        return conclude
    return assigning(conclude, lambda raw, result, scope: assign(states(raw, result), scope))


def _query(fields: Fields, field: str) -> Query | None:
    return compile_queries(fields[field], field) if field in fields else None


def compile_number(fields: Fields, name: str, integer: bool = True) -> Number:
    """Compile a numeric field; what is less than 0 is no value for any of them."""
    text = fields.get(name)
    if not is_query(text):
        constant = number_of(fields, name)
        return lambda value, scope: constant
    query = compile_query(text, name, "integer" if integer else "number")

    def number(value: JSON, scope: ExpressionScope) -> int | float:
        found = query(States(value), scope)
        assert isinstance(found, (int, float))
        if found < 0:
            raise QueryEvaluationError(
                name,
                f"The JSONata expression '{text[2:-2].strip()}' specified for the field '{name}' returned a"
                f" value that is out of range: {to_json_text(found)}",
            )
        return int(found) if integer else found

    return number


def compile_text(fields: Fields, name: str) -> Select:
    """Compile a string field."""
    text = fields.get(name)
    if not is_query(text):
        return lambda value, scope: text
    return _on_input(compile_query(text, name, "string"))


def compile_role(fields: Fields) -> Select | None:
    """Compile the RoleArn of Credentials."""
    credentials = fields.get("Credentials")
    role = credentials.get("RoleArn") if isinstance(credentials, dict) else None
    if not is_query(role):
        return None if role is None else lambda raw, scope: role
    return _on_input(compile_query(role, "Credentials/RoleArn", "string"))


def compile_items(fields: Fields) -> Select:
    """Compile Items: an array, or an expression that gives one; the raw input where it is absent."""
    items = fields.get("Items", "{% $states.input %}")
    if is_query(items):
        return _on_input(compile_query(items, "Items", "array"))
    if not isinstance(items, list):
        raise UsageError("Items is no array; one of objects has to be made of an object, as with $each")
    return _on_input(compile_queries(items, "Items"))


def compile_item_selector(fields: Fields) -> Select | None:
    """Compile ItemSelector."""
    selector = fields.get("ItemSelector")
    return None if selector is None else _on_input(compile_queries(selector, "ItemSelector"))
