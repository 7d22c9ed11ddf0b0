"""The syntax tree of a JSONata expression, and what it names: for its evaluation and for validation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aslrun.expressions.jsonata.values import References


@dataclass(slots=True, eq=False)
class Slot:
    """The place of a `%`: `level` is how many steps up it still looks, `label` the name it is bound to."""

    label: str
    level: int = 1


@dataclass(slots=True, eq=False)
class Stage:
    """What a step's items pass through: a predicate `expression`, or the name `index` for their number."""

    expression: Node | None
    index: str = ""


@dataclass(slots=True, eq=False)
class Term:
    """One key of an order-by."""

    expression: Node
    descending: bool


@dataclass(slots=True, eq=False)
class Node:
    """A part of an expression; `start` and `end` are its token's place in the text.

    Which fields are in use depends on `type`: path (steps), binary (value, lhs, rhs), negation (expression),
    array (expressions), object (pairs), block (expressions), condition (condition, then, otherwise),
    bind (lhs, rhs), function and partial (procedure, arguments), lambda (arguments, signature, body),
    apply (lhs, rhs), transform (pattern, update, delete), sort (terms), regex (value), and the leaves
    string, number, value, name, variable, wildcard, descendant, parent, placeholder, end. A part that its
    type does not have is None.
    """

    type: str
    value: Any
    start: int
    end: int
    height: int = 1
    lhs: Node = None  # type: ignore[assignment]
    rhs: Node = None  # type: ignore[assignment]
    expression: Node = None  # type: ignore[assignment]
    expressions: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    steps: list[Node] = field(default_factory=list)
    condition: Node = None  # type: ignore[assignment]
    then: Node = None  # type: ignore[assignment]
    otherwise: Node | None = None
    procedure: Node = None  # type: ignore[assignment]
    arguments: list[Node] = field(default_factory=list)
    signature: str | None = None
    body: Node = None  # type: ignore[assignment]
    pattern: Node = None  # type: ignore[assignment]
    update: Node = None  # type: ignore[assignment]
    delete: Node | None = None
    predicates: list[Stage] = field(default_factory=list)
    """Predicates of what is no step of a path; those of a step are its `stages`."""
    stages: list[Stage] = field(default_factory=list)
    group: list[tuple[Node, Node]] | None = None
    focus: str | None = None
    """The variable that `@` binds to each item."""
    index: str | None = None
    """The variable that `#` binds to each item's number."""
    ancestor: Slot | None = None
    slot: Slot | None = None
    is_tuple: bool = False
    """Whether the step binds names, so that its path goes on with tuples."""
    keeps_array: bool = False
    """Whether `[]` follows."""
    keeps_singleton: bool = False
    """Whether a `[]` follows any step of the path."""
    is_constructed: bool = False
    """Whether an array is written at an end of a path."""
    seeking: list[Slot] = field(default_factory=list)
    """The `%` in this part that look beyond it."""

    def children(self) -> Iterator[Node]:
        """Yield the parts, in the order in which they are evaluated where that matters."""
        single: tuple[Node | None, ...] = (
            self.lhs, self.rhs, self.expression, self.condition, self.then, self.otherwise, self.procedure,
        )  # fmt: skip
        yield from (node for node in single if node is not None)
        for pair in self.pairs:
            yield from pair
        yield from self.expressions
        yield from self.steps
        yield from self.arguments
        single = (self.body, self.pattern, self.update, self.delete)
        yield from (node for node in single if node is not None)
        yield from (term.expression for term in self.terms)
        for stage in (*self.predicates, *self.stages):
            if stage.expression is not None:
                yield stage.expression
        for pair in self.group or ():
            yield from pair


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node and all in it, from the top."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.children())))


def bound_by(node: Node) -> Iterator[str]:
    """Yield the names that a node itself binds."""
    if node.type == "bind":
        yield node.lhs.value
    elif node.type == "lambda":
        yield from (argument.value for argument in node.arguments)
    yield from (name for name in (node.focus, node.index) if name is not None)
    yield from (stage.index for stage in node.stages if stage.index)


def find_references(tree: Node) -> References:
    """Return what a syntax tree names; a name that is bound anywhere in it counts as bound everywhere."""
    found = list(nodes(tree))
    bound = {name for node in found for name in bound_by(node)}
    called = {id(node.procedure) for node in found if node.type in ("function", "partial")}
    variables: list[tuple[str, int]] = []
    functions: list[tuple[str, int]] = []
    for node in found:
        if node.type == "variable" and node.value not in ("", "$") and node.value not in bound:
            (functions if id(node) in called else variables).append((node.value, node.start))
    roots = dict.fromkeys(_roots(tree))
    return References(tuple(variables), tuple(functions), tuple(_members_of_states(found)), tuple(roots))


def _members_of_states(found: list[Node]) -> Iterator[tuple[str, int]]:
    for node in found:
        if node.type == "path" and len(node.steps) > 1:
            first, second = node.steps[0], node.steps[1]
            if (first.type, first.value) == ("variable", "states") and second.type == "name":
                yield second.value, second.start


def _roots(node: Node) -> Iterator[tuple[str, int]]:
    """Yield what is looked up in the expression's own input: `$`, `$$`, and names that begin a path.

    A function's body has the input of the expression around it, as the service takes it (measured).
    """
    if node.type == "transform":
        return
    if node.type == "path":
        yield from _roots(node.steps[0])
    elif node.type == "name":
        yield node.value, node.start
    elif node.type == "variable" and node.value in ("", "$"):
        yield f"${node.value}", node.start
    else:
        in_items = {id(stage.expression) for stage in (*node.predicates, *node.stages)}
        in_items.update(id(part) for pair in node.group or () for part in pair)
        for child in node.children():
            if id(child) not in in_items:
                yield from _roots(child)
