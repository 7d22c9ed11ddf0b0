"""How data passes through one state: what its fields see of the raw input, and what it gives on.

The same way that `states/input_output.py` and `states/jsonata.py` take, for shapes instead of values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from aslrun.expressions import ExpressionError
from aslrun.expressions.template import paths_in
from aslrun.validation.jsonata import query_of
from aslrun.validation.machines import Edge, Expression, StateNode, is_distributed
from aslrun.validation.shapes import (
    ANY,
    ARRAY,
    EMPTY,
    ERROR_OUTPUT,
    Shape,
    Steps,
    insert,
    shape_of,
    shape_of_expression,
    shape_of_query,
    shape_of_template,
)
from aslrun.values import JSON

View: TypeAlias = Callable[[StateNode, Shape], Shape]
"""A function of (state, raw input) that gives what a field's `$` is."""


class Read(NamedTuple):
    """A plain path that an expression reads: its text, its steps, where in the expression it begins."""

    text: str
    steps: Steps
    start: int


def _raw(state: StateNode, raw: Shape) -> Shape:
    return raw


def _at_path(text: JSON, shape: Shape) -> Shape:
    return EMPTY if text is None else shape if text == "$" else shape_of_expression(text, shape)


def selected(state: StateNode, raw: Shape) -> Shape:
    """What InputPath selects."""
    return _at_path(state.fields.get("InputPath", "$"), raw)


def effective(state: StateNode, raw: Shape) -> Shape:
    """The effective input, of Parameters or Arguments."""
    if state.language == "JSONata":
        return shape_of_query(state.fields.get("Arguments", "{% $states.input %}"), raw)
    shape = selected(state, raw)
    parameters = state.fields.get("Parameters")
    return shape if parameters is None else shape_of_template(parameters, shape)


def result(state: StateNode, raw: Shape) -> Shape:
    """What the state does; the results of Tasks are not known."""
    if state.type == "Task" or is_distributed(state):
        return ANY
    if state.type in ("Parallel", "Map"):
        return ARRAY
    if state.language == "JSONata":
        return raw
    if state.type == "Pass":
        return shape_of(state.fields["Result"]) if "Result" in state.fields else effective(state, raw)
    return selected(state, raw)


def combined(state: StateNode, raw: Shape) -> Shape:
    """What ResultPath makes of raw input and result: OutputPath is applied to it."""
    shape = result(state, raw)
    if "ResultSelector" in state.fields:
        shape = shape_of_template(state.fields["ResultSelector"], shape)
    return put(state.fields.get("ResultPath", "$"), raw, shape)


def put(path: JSON, raw: Shape, part: Shape) -> Shape:
    """What ResultPath makes of the raw input and what is put into it."""
    if path is None:
        return raw
    if path == "$":
        return part
    if not isinstance(path, str) or not path.startswith("$"):
        return ANY
    try:
        ((found, _),) = paths_in(path)
    except ExpressionError:
        return ANY
    steps = found.steps
    return ANY if steps is None else insert(raw, steps, part)


def given_on(state: StateNode, raw: Shape) -> list[tuple[Edge, Shape]]:
    """The transitions of a state, each with what the next state is given on it."""
    if state.language == "JSONata":
        return [(edge, _given_on_by_query(edge, state, raw)) for edge in state.edges]
    given: list[tuple[Edge, Shape]] = []
    plain: Shape | None = None
    for edge in state.edges:
        if edge.kind == "Catch":
            given.append((edge, put(edge.fields.get("ResultPath", "$"), raw, ERROR_OUTPUT)))
        else:
            plain = plain or _at_path(state.fields.get("OutputPath", "$"), combined(state, raw))
            given.append((edge, plain))
    return given


def _given_on_by_query(edge: Edge, state: StateNode, raw: Shape) -> Shape:
    if "Output" in edge.fields:
        return shape_of_query(edge.fields["Output"], raw)
    return ERROR_OUTPUT if edge.kind == "Catch" else result(state, raw)


def given_inside(state: StateNode, raw: Shape) -> Shape:
    """What the branches of a Parallel state, or the iterations of a Map, are given."""
    if state.type == "Parallel":
        return effective(state, raw)
    selector = state.fields.get("ItemSelector", state.fields.get("Parameters"))
    if selector is None or "ItemBatcher" in state.fields:
        return ANY
    if state.language == "JSONata":
        return shape_of_query(selector, raw)
    return shape_of_template(selector, selected(state, raw))


VIEWS: Mapping[str, View] = {
    "InputPath": _raw,
    "ErrorPath": _raw,
    "CausePath": _raw,
    "Parameters": selected,
    "ItemSelector": selected,
    "ItemsPath": selected,
    "SecondsPath": selected,
    "TimestampPath": selected,
    "MaxConcurrencyPath": selected,
    "ToleratedFailureCountPath": selected,
    "ToleratedFailurePercentagePath": selected,
    "Choices": selected,
    "ResultSelector": result,
    "OutputPath": combined,
}
"""What the fields of JSONPath states are applied to; others are not looked at."""

JSONATA_FIELDS = frozenset({"Arguments", "Output", "Assign", "ItemSelector", "Items", "Error", "Cause"})


def reads(expression: Expression) -> tuple[View, Sequence[Read]]:
    """The plain paths that an expression reads, and what they are applied to."""
    if expression.state.language == "JSONata":
        return _raw, _reads_of_query(expression)
    view = VIEWS.get(expression.field)
    if view is None or "Assign" in expression.at:
        return _raw, ()
    return view, _reads_in(expression.text)


@lru_cache(maxsize=4096)
def _reads_in(text: str) -> Sequence[Read]:
    try:
        paths = paths_in(text)
    except ExpressionError:
        return ()  # told where it is looked at as an expression
    return [
        Read(path.text, path.steps, offset)
        for path, offset in paths
        if path.root == "$" and path.steps and not path.remarks
    ]


def _reads_of_query(expression: Expression) -> Sequence[Read]:
    """A query that is a path and nothing else fails where there is nothing; others may well expect it."""
    query, begin = query_of(expression.text)
    root, *names = query.split(".")
    is_path = root == "$states" and len(names) > 1 and all(map(str.isidentifier, names))
    if is_path and names[0] == "input" and expression.field in JSONATA_FIELDS:
        return [Read(query, names[1:], begin)]
    return ()
