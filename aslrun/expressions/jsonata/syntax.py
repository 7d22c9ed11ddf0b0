"""What a parsed JSONata expression names: for the bindings it is evaluated with, and for validation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aslrun.expressions.jsonata.expression import References

_CHILDREN = (
    "expression", "steps", "slot", "procedure", "arguments", "body", "predicate", "stages", "group", "expr",
    "lhs", "rhs", "lhs_object", "rhs_object", "rhs_terms", "terms", "condition", "then", "_else",
    "expressions", "pattern", "update", "delete", "next_function",
)  # fmt: skip


def symbols(symbol: Any) -> Iterator[Any]:
    """Yield the symbols of a syntax tree of jsonata-python, from the top."""
    if isinstance(symbol, (list, tuple)):
        for part in symbol:
            yield from symbols(part)
    elif hasattr(symbol, "type") and hasattr(symbol, "position"):
        yield symbol
        for name in _CHILDREN:
            child = getattr(symbol, name, None)
            if child is not None:
                yield from symbols(child)


def find_references(tree: Any) -> References:
    """Return what a syntax tree names; a name that is bound anywhere in it counts as bound everywhere."""
    found = list(symbols(tree))
    bound = {name for symbol in found for name in _binds(symbol)}
    called = {id(symbol.procedure): symbol for symbol in found if symbol.type in ("function", "partial")}
    variables: list[tuple[str, int]] = []
    functions: list[tuple[str, int]] = []
    for symbol in found:
        if symbol.type != "variable" or symbol.value in ("", "$") or symbol.value in bound:
            continue
        # The library notes where a token ends.
        place = symbol.value, symbol.position - len(symbol.value) - 1
        (functions if id(symbol) in called else variables).append(place)
    roots = dict.fromkeys(_roots(tree))
    return References(tuple(variables), tuple(functions), tuple(_members_of_states(found)), tuple(roots))


def _binds(symbol: Any) -> Iterator[str]:
    if symbol.type == "bind":
        yield symbol.lhs.value
    elif symbol.type == "lambda":
        yield from (argument.value for argument in symbol.arguments or ())
    for mark in ("focus", "index"):
        if isinstance(getattr(symbol, mark, None), str):
            yield getattr(symbol, mark)


def _members_of_states(found: list[Any]) -> Iterator[tuple[str, int]]:
    for symbol in found:
        if symbol.type == "path" and len(symbol.steps) > 1:
            first, second = symbol.steps[0], symbol.steps[1]
            if (first.type, first.value) == ("variable", "states") and second.type == "name":
                yield second.value, second.position - len(second.value)


_OF_ITEMS = {"predicate", "stages", "group", "steps", "slot"}
"""Children for which `$` is something else than for the symbol itself."""


def _roots(symbol: Any) -> Iterator[tuple[str, int]]:
    """Yield what is looked up in the expression's own input: `$`, `$$`, and names that begin a path.

    A function's body has the input of the expression around it, as the service takes it (measured).
    """
    if isinstance(symbol, (list, tuple)):
        for part in symbol:
            yield from _roots(part)
    elif not hasattr(symbol, "position") or symbol.type == "transform":
        return
    elif symbol.type == "path":
        yield from _roots(symbol.steps[0])
    elif symbol.type == "name":
        yield symbol.value, symbol.position - len(symbol.value)
    elif symbol.type == "variable" and symbol.value in ("", "$"):
        yield f"${symbol.value}", symbol.position - len(symbol.value) - 1
    else:
        for name in _CHILDREN:
            child = getattr(symbol, name, None)
            if child is not None and name not in _OF_ITEMS:
                yield from _roots(child)
