"""JSONata in the fields of a state: strings `{% ... %}`, at any depth of a JSON value.

Documentation: "Transforming data with JSONata in Step Functions"; the errors' texts as recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from aslrun.errors import QueryEvaluationError
from aslrun.expressions import ExpressionScope, is_query
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.expression import compile_jsonata
from aslrun.expressions.jsonata.values import States, Undefined
from aslrun.values import JSON, is_number, to_json_text

Query: TypeAlias = Callable[[States, ExpressionScope], JSON]

_IS_A: dict[str, Callable[[JSON], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and value == int(value),  # type: ignore[arg-type]
    "number": is_number,
    "string": lambda value: isinstance(value, str),
}


def compile_query(text: str, location: str, expected: str | None = None) -> Query:
    """Compile one `{% ... %}` string, found at `location` in the state (`Output/total`).

    The closure raises States.QueryEvaluationError when the expression fails, gives nothing, or gives no
    value of the `expected` type: array, boolean, integer, number or string.
    Raises ExpressionError for a text that is no JSONata; its offset counts from the `{%`.
    """
    expression = text[2:-2].strip()
    evaluate = compile_jsonata(expression)
    told = f"The JSONata expression '{expression}' specified for the field '{location}'"
    is_expected = _IS_A.get(expected or "")

    def query(states: States, scope: ExpressionScope) -> JSON:
        try:
            value = evaluate(states, scope)
        except JSONataError as error:
            raise QueryEvaluationError(location, f"{told} {error.told}") from None
        if isinstance(value, Undefined):
            raise QueryEvaluationError(location, f"{told} returned nothing (undefined).")
        if is_expected is not None and not is_expected(value):
            found = f"'{kind_of(value)}' for value: {to_json_text(value)}"
            raise QueryEvaluationError(
                location, f"{told} returned an unexpected result type. Expected '{expected}', but was {found}"
            )
        return value

    return query


def compile_queries(template: JSON, location: str) -> Query:
    """Compile any JSON value that may hold `{% ... %}` strings; what holds none stays the value it is."""
    compiled = _compile(template, location)
    return compiled if compiled is not None else lambda states, scope: template


def _compile(template: JSON, location: str) -> Query | None:
    if is_query(template):
        return compile_query(template, location)
    if isinstance(template, dict):
        return _compile_object(template, location)
    if isinstance(template, list):
        return _compile_list(template, location)
    return None


def _compile_object(template: dict[str, JSON], location: str) -> Query | None:
    queries = [
        (key, query) for key, part in template.items() if (query := _compile(part, f"{location}/{key}"))
    ]
    if not queries:
        return None

    def fill(states: States, scope: ExpressionScope) -> JSON:
        filled = template.copy()  # the keys keep their order
        for key, query in queries:
            filled[key] = query(states, scope)
        return filled

    return fill


def _compile_list(template: list[JSON], location: str) -> Query | None:
    parts = [(_compile(part, f"{location}[{index}]"), part) for index, part in enumerate(template)]
    if not any(query for query, _ in parts):
        return None
    return lambda states, scope: [query(states, scope) if query else part for query, part in parts]


def kind_of(value: JSON) -> str:
    """Return the type of a JSON value, in the word that the service uses (recorded)."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
