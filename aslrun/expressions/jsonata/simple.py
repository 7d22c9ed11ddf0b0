"""Simple JSONata as closures of our own: paths over bindings, comparisons, arithmetic, constructors.

What people mostly write is some times faster this way. A closure knows exactly one case of each rule, the
plain one; whatever else it meets at run time (a list in the middle of a path, values of unlike types, an
error) raises Complicated, and the compiled whole evaluates the expression. So the results are the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aslrun.expressions import ExpressionScope
from aslrun.expressions.jsonata.numbers import EXACT
from aslrun.expressions.jsonata.texts import joined
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Evaluate, States, Undefined, in_order
from aslrun.values import JSON

Value: TypeAlias = "JSON | Undefined"

LONG = 2**16
"""Characters from which on a text's length is counted against the limits, which is done by the others."""


class Complicated(Exception):
    """A value that these closures leave to the others."""


class NotSimple(Exception):
    """An expression that these closures leave to the others."""


def compile_simple(tree: Node, otherwise: Evaluate) -> Evaluate | None:
    """Compile a syntax tree; None where it is not simple."""
    try:
        closure = _compile(tree)
    except NotSimple:
        return None

    def evaluate(states: States, scope: ExpressionScope) -> Value:
        try:
            return closure(states, scope)
        except Complicated:
            return otherwise(states, scope)

    return evaluate


def _compile(tree: Node | None) -> Evaluate:
    assert tree is not None
    unusual = (tree.focus, tree.index, tree.ancestor, tree.predicates, tree.keeps_array, tree.keeps_singleton)
    if any(unusual) or tree.group is not None or tree.type not in _COMPILERS:
        raise NotSimple
    return _COMPILERS[tree.type](tree)


# ---------------------------------------------------------------- literals, variables, paths


def _compile_literal(tree: Node) -> Evaluate:
    constant = tree.value
    return lambda states, scope: constant


def _compile_variable(tree: Node) -> Evaluate:
    if tree.value in ("", "$", "states"):
        raise NotSimple
    name = tree.value
    return lambda states, scope: scope.variables.get(name, UNDEFINED)


def _compile_path(tree: Node) -> Evaluate:
    first, *rest = tree.steps
    steps = [_step(step) for step in rest]
    if first.type != "variable" or first.predicates or first.stages or first.group is not None:
        raise NotSimple
    if first.value == "states":
        return _compile_states_path(steps)
    root = _compile_variable(first)
    return lambda states, scope: _walk(root(states, scope), steps)


def _compile_states_path(steps: list[str]) -> Evaluate:
    member, *rest = steps
    if member not in _MEMBERS:
        raise NotSimple
    read = _MEMBERS[member]
    if not rest:
        return read
    return lambda states, scope: _walk(read(states, scope), rest)


_MEMBERS: Mapping[str, Evaluate] = {
    "input": lambda states, scope: states.input,
    "result": lambda states, scope: states.result,
    "errorOutput": lambda states, scope: states.error_output,
    "context": lambda states, scope: scope.context,
}


def _step(step: Any) -> str:
    unusual = (step.stages, step.predicates, step.keeps_array, step.focus, step.index, step.ancestor)
    if step.type != "name" or any(unusual):
        raise NotSimple
    return str(step.value)


def _walk(value: Value, names: list[str]) -> Value:
    for name in names:
        if not isinstance(value, dict):
            if isinstance(value, list):
                raise Complicated
            return UNDEFINED
        value = value.get(name, UNDEFINED)
    return value


# ---------------------------------------------------------------- operators


def _compile_binary(tree: Node) -> Evaluate:
    if tree.value not in _OPERATORS:
        raise NotSimple
    if tree.value == "&" and tree.lhs.type == "string" and not tree.lhs.predicates:
        return _prepend(tree.lhs.value, _compile(tree.rhs))
    return _OPERATORS[tree.value](_compile(tree.lhs), _compile(tree.rhs))


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def compile_operator(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(states: States, scope: ExpressionScope) -> Value:
            first, second = left(states, scope), right(states, scope)
            if type(first) is not int or type(second) is not int:
                return _compute_numbers(compute, first, second)
            result: int = compute(first, second)  # of a division it may be a fraction
            if -EXACT < result < EXACT:
                return result
            raise Complicated

        return evaluate

    return compile_operator


def _compute_numbers(compute: Callable[[Any, Any], Any], first: Value, second: Value) -> Value:
    if type(first) not in (int, float) or type(second) not in (int, float):
        raise Complicated
    try:
        result = compute(first, second)
    except OverflowError:  # a whole number beyond all doubles
        raise Complicated from None
    if not -EXACT < result < EXACT:
        raise Complicated
    return int(result) if result == int(result) else float(result)


def _divide(first: Any, second: Any) -> Any:
    if second == 0 or not (-EXACT < first < EXACT):
        raise Complicated
    result = first / second
    return int(result) if -EXACT < result < EXACT and result == int(result) else result


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def compile_operator(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(states: States, scope: ExpressionScope) -> Value:
            first, second = left(states, scope), right(states, scope)
            kind = _ORDERED.get(type(first))
            if kind is None or _ORDERED.get(type(second)) is not kind:
                raise Complicated
            if kind is str and not (str(first).isascii() and str(second).isascii()):
                raise Complicated
            return compare(first, second)

        return evaluate

    return compile_operator


_ORDERED: Mapping[type, object] = {int: int, float: int, str: str}
_EQUAL: Mapping[type, object] = {**_ORDERED, bool: bool, type(None): None}
"""Types whose values compare with each other."""


def _equality(equal: bool) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def compile_operator(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(states: States, scope: ExpressionScope) -> Value:
            first, second = left(states, scope), right(states, scope)
            try:
                alike = _EQUAL[type(first)] is _EQUAL[type(second)]
            except KeyError:
                raise Complicated from None
            return (alike and first == second) is equal

        return evaluate

    return compile_operator


def _concatenate(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(states: States, scope: ExpressionScope) -> Value:
        return _checked(_text(left(states, scope)) + _text(right(states, scope)))

    return evaluate


def _prepend(constant: str, right: Evaluate) -> Evaluate:
    """Compile the joining of a literal and anything."""

    def evaluate(states: States, scope: ExpressionScope) -> Value:
        value = right(states, scope)
        text = constant + (value if type(value) is str else _text(value))
        return text if len(text) < LONG and text.isascii() else _checked(text)

    return evaluate


def _checked(text: str) -> str:
    if len(text) >= LONG:
        raise Complicated
    return text if text.isascii() else joined(text)


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int and -EXACT < value < EXACT:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Complicated


def _both(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda states, scope: _truth(left(states, scope)) and _truth(right(states, scope))


def _either(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda states, scope: _truth(left(states, scope)) or _truth(right(states, scope))


def _truth(value: Value) -> bool:
    if isinstance(value, list):
        raise Complicated
    return not isinstance(value, Undefined) and bool(value)


_OPERATORS: Mapping[str, Callable[[Evaluate, Evaluate], Evaluate]] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "=": _equality(True),
    "!=": _equality(False),
    "&": _concatenate,
    "and": _both,
    "or": _either,
}


def _compile_condition(tree: Node) -> Evaluate:
    condition, then = _compile(tree.condition), _compile(tree.then)
    otherwise = _compile(tree.otherwise) if tree.otherwise is not None else lambda states, scope: UNDEFINED
    return lambda states, scope: (then if _truth(condition(states, scope)) else otherwise)(states, scope)


def _compile_block(tree: Node) -> Evaluate:
    if len(tree.expressions) != 1:
        raise NotSimple
    return _compile(tree.expressions[0])


# ---------------------------------------------------------------- constructors and functions


def _compile_object(tree: Node) -> Evaluate:
    keys = [key.value for key, _ in tree.pairs if key.type == "string" and not key.predicates]
    if len(set(keys)) != len(tree.pairs):
        raise NotSimple
    pairs = list(in_order({key.value: _compile(value) for key, value in tree.pairs}).items())

    def construct(states: States, scope: ExpressionScope) -> Value:
        made: dict[str, JSON] = {}
        for name, evaluate in pairs:
            value = evaluate(states, scope)
            if not isinstance(value, Undefined):
                made[name] = value
        return made

    return construct


def _compile_array(tree: Node) -> Evaluate:
    # A list inside is spliced in, but one that is written as a list; the latter is left to the others.
    if tree.is_constructed or any(part.type == "array" for part in tree.expressions):
        raise NotSimple
    parts = [_compile(part) for part in tree.expressions]

    def construct(states: States, scope: ExpressionScope) -> Value:
        made: list[JSON] = []
        for evaluate in parts:
            value = evaluate(states, scope)
            if isinstance(value, list):
                made.extend(value)
            elif not isinstance(value, Undefined):
                made.append(value)
        return made

    return construct


def _compile_function(tree: Node) -> Evaluate:
    procedure = tree.procedure
    if procedure.type != "variable" or procedure.predicates or procedure.value not in _FUNCTIONS:
        raise NotSimple
    if len(tree.arguments) != 1:
        raise NotSimple
    name, function, argument = procedure.value, _FUNCTIONS[procedure.value], _compile(tree.arguments[0])

    def call(states: States, scope: ExpressionScope) -> Value:
        if name in scope.variables:
            raise Complicated
        return function(argument(states, scope))

    return call


def _count(value: Value) -> Value:
    return len(value) if isinstance(value, list) else int(not isinstance(value, Undefined))


def _not(value: Value) -> Value:
    if isinstance(value, Undefined):
        raise Complicated
    return not _truth(value)


def _string(value: Value) -> Value:
    return _text(value)


_FUNCTIONS: Mapping[str, Callable[[Value], Value]] = {
    "count": _count,
    "exists": lambda value: not isinstance(value, Undefined),
    "not": _not,
    "string": _string,
}

_COMPILERS: Mapping[str, Callable[[Any], Evaluate]] = {
    "string": _compile_literal,
    "number": _compile_literal,
    "value": _compile_literal,
    "variable": _compile_variable,
    "path": _compile_path,
    "binary": _compile_binary,
    "object": _compile_object,
    "array": _compile_array,
    "condition": _compile_condition,
    "block": _compile_block,
    "function": _compile_function,
}
