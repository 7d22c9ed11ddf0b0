"""JSONata as Step Functions runs it: version 2.0.6 with functions of its own and without `$eval`.

This is what the rest of aslrun sees of it. An expression is parsed once and compiled to closures: all of it
by `compiler`, and what is simple, as most expressions are, by `simple` in front of that. Those modules are
imported with the first expression. Documentation: "Transforming data with JSONata"; where the service was
seen to differ from version 2.0.6, the service is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from aslrun.errors import StateError
from aslrun.expressions import ExpressionError, ExpressionScope
from aslrun.expressions.jsonata.errors import InternalFailure, JSONataError, LimitExceeded
from aslrun.expressions.jsonata.scopes import Closure, Names
from aslrun.expressions.jsonata.tree import Node, find_references, nodes
from aslrun.expressions.jsonata.values import UNDEFINED, Evaluate, References, States, Undefined, Value
from aslrun.values import JSON

_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def parse(text: str) -> Node | None:
    """Parse an expression (without `{%` and `%}`); None for one that is nested more deeply than any can be
    evaluated. Raises ExpressionError, with the place, for a text that is no JSONata.
    """
    from aslrun.expressions.jsonata.limits import MAX_DEPTH
    from aslrun.expressions.jsonata.resolution import resolve
    from aslrun.expressions.jsonata.syntax import parse_tokens

    try:
        written = parse_tokens(text)
        if written.height > MAX_DEPTH:
            return None
        tree = resolve(written)
    except LimitExceeded:
        return None
    except JSONataError as wrong:
        place = min(max(wrong.offset or 0, 0), len(text))
        raise ExpressionError(str(wrong), place) from None
    for node in nodes(tree):
        if node.type == "regex":
            _check_pattern(node)
    return tree


def _check_pattern(node: Node) -> None:
    from aslrun.expressions.jsonata.functions.patterns import compile_pattern

    try:
        compile_pattern(*node.value)
    except ValueError as wrong:
        raise ExpressionError(str(wrong), node.start) from None


@lru_cache(maxsize=4096)
def compile_jsonata(text: str) -> Evaluate:
    """Compile an expression (without `{%` and `%}`) to a closure of (`$states`, scope).

    The closure gives a JSON value or UNDEFINED, and raises JSONataError, nothing else; it may be called from
    several threads. Raises ExpressionError, with the place, for a text that is no JSONata.
    """
    from aslrun.expressions.jsonata.simple import compile_simple

    tree = parse(text)
    evaluate = compile_full(tree)
    return evaluate if tree is None else compile_simple(tree, evaluate) or evaluate


def compile_full(tree: Node | None) -> Evaluate:
    """Compile a syntax tree without the shorter way for what is simple."""
    compiled = compile_with_input(tree)
    return lambda states, scope: compiled(UNDEFINED, states, scope)


def compile_with_input(tree: Node | None) -> Callable[[Value, States, ExpressionScope], JSON | Undefined]:
    """Compile a syntax tree to a closure of what `$` and `$$` are outside of any path, `$states`, and scope.

    In Step Functions there is no such input; JSONata's own test suite has one.
    """
    from aslrun.expressions.jsonata.functions import BUILTINS
    from aslrun.expressions.jsonata.limits import Run
    from aslrun.expressions.jsonata.outgoing import leave
    from aslrun.expressions.jsonata.values import Wrapped

    if tree is None:
        return _too_deep
    named = {node.value for node in nodes(tree) if node.type in ("variable", "name")}
    called = frozenset(named & BUILTINS.keys())
    ways: dict[frozenset[str], tuple[Closure, Names]] = {}

    def evaluate(input: Value, states: States, scope: ExpressionScope) -> JSON | Undefined:
        hides = not called.isdisjoint(scope.variables)
        hidden = frozenset(called & scope.variables.keys()) if hides else _NONE
        way = ways.get(hidden)
        if way is None:
            way = ways[hidden] = _compile(tree, hidden)
        closure, names = way
        run = Run(states, scope, input)
        item = Wrapped((input,)) if isinstance(input, list) else input
        try:
            return leave(closure(item, [run, None, *names.unset]))
        except RecursionError:
            raise LimitExceeded("U1001") from None
        except MemoryError:
            raise LimitExceeded("U1003") from None
        except (JSONataError, StateError):
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            raise InternalFailure(scope.draw_uuid()) from None

    return evaluate


def _compile(tree: Node, hidden: frozenset[str]) -> tuple[Closure, Names]:
    from aslrun.expressions.jsonata.compiler import TreeCompiler
    from aslrun.expressions.jsonata.scopes import names_bound_in

    names = Names(None, (), names_bound_in([tree]))
    try:
        return TreeCompiler(hidden).compile(tree, names), names
    except LimitExceeded as limit:
        return _raising(limit.code), names


def _raising(code: str) -> Callable[..., Value]:
    def evaluate(item: Value, frame: object) -> Value:
        raise LimitExceeded(code)

    return evaluate


def _too_deep(input: Value, states: States, scope: ExpressionScope) -> JSON | Undefined:
    raise LimitExceeded("U1001")


@lru_cache(maxsize=16_384)
def references(text: str) -> References:
    """Return what an expression names; ExpressionError for a text that is no JSONata."""
    tree = parse(text)
    return find_references(tree) if tree is not None else References((), (), ())


@lru_cache(maxsize=1)
def functions() -> frozenset[str]:
    """Return the names of all functions that an expression may call, without `$`."""
    from aslrun.expressions.jsonata.functions import BUILTINS

    return frozenset(BUILTINS)
