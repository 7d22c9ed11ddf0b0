"""Where variables live: each name is resolved to a place in a frame when an expression is compiled.

A frame is a list: the evaluation, the enclosing frame, then a value for each name that its scope binds. A
name that is bound by `:=` has no value until then, and one of an enclosing scope is seen instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, TypeAlias

from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import COLLAPSING, Value, collapse

Frame: TypeAlias = list[Any]
Closure: TypeAlias = Callable[[Value, Frame], Value]
"""A compiled part: the value of `$` and a frame → the value."""

UNSET: Final = object()
"""Stands in a frame for a name that is not bound yet."""
FIRST = 2
"""The place of the first name in a frame."""


class Names:
    """The names that one scope binds: `given` ones have a value from the start."""

    def __init__(self, enclosing: Names | None, given: Iterable[str], later: Iterable[str]) -> None:
        self.enclosing = enclosing
        self.given = list(given)
        self.places: dict[str, int] = {name: FIRST + at for at, name in enumerate(self.given)}
        self.size = FIRST + len(self.given)
        for name in later:
            if name not in self.places:
                self.places[name] = self.size
                self.size += 1
        self.unset = [UNSET] * (self.size - FIRST - len(self.given))

    def find(self, name: str) -> Iterator[tuple[int, int, bool]]:
        """Yield where a name may be bound, from the inside: frames up, place, whether it always is."""
        scope: Names | None = self
        depth = 0
        while scope is not None:
            place = scope.places.get(name)
            if place is not None:
                is_given = name in scope.given
                yield depth, place, is_given
                if is_given:
                    return
            scope, depth = scope.enclosing, depth + 1


class Compiler(Protocol):
    """What the parts of the compiler have of the whole."""

    level: int
    """How deep the part at hand is nested in its function."""
    is_settled: bool
    """Set by what compiles a part to a closure that never gives a sequence which is to be collapsed."""
    hidden: frozenset[str]
    """Names of functions that variables of the state hide."""

    def compile(self, node: Node, names: Names) -> Closure:
        """Compile a part."""

    def compile_tail(self, node: Node, names: Names) -> Closure:
        """Compile the part of a function that gives its result: a call there is returned as a TailCall."""


def names_bound_in(parts: Iterable[Node]) -> list[str]:
    """Return the names bound by `:=` in parts, but not in the scopes within them."""
    found: dict[str, None] = {}
    waiting = list(parts)
    while waiting:
        node = waiting.pop()
        if node.type == "bind":
            found[node.lhs.value] = None
        if node.type == "block":  # its predicates and groups are evaluated outside of it
            outside = [stage.expression for stage in (*node.predicates, *node.stages)]
            waiting.extend(one for one in outside if one is not None)
            waiting.extend(one for pair in node.group or () for one in pair)
        elif node.type != "lambda":
            waiting.extend(node.children())
    return list(found)


def compile_lookup(name: str, names: Names, otherwise: Closure) -> Closure:
    """Compile the reading of a variable; `otherwise` is what it is where nothing binds it.

    Sequences are collapsed as they are read: a function of functions hands them on as they are.
    """
    closure = otherwise
    for depth, place, is_given in reversed(list(names.find(name))):
        closure = _reader(depth, place) if is_given else _trying_reader(depth, place, closure)
    return closure


def _reader(depth: int, place: int) -> Closure:
    def read_own(item: Value, frame: Frame) -> Value:
        value = frame[place]
        return collapse(value) if type(value) in COLLAPSING else value

    def read(item: Value, frame: Frame) -> Value:
        for _ in range(depth):
            frame = frame[1]
        value = frame[place]
        return collapse(value) if type(value) in COLLAPSING else value

    return read if depth else read_own


def _trying_reader(depth: int, place: int, otherwise: Closure) -> Closure:
    def read(item: Value, frame: Frame) -> Value:
        at = frame
        for _ in range(depth):
            at = at[1]
        value = at[place]
        if type(value) in COLLAPSING:
            return collapse(value)
        return otherwise(item, frame) if value is UNSET else value

    return read
