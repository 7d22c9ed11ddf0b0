"""Makes paths of a parsed expression, and finds for each `%` the step whose input it is.

Source: the language as JSONata 2.0.6 has it, with its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.tree import Node, Slot, Stage, Term


def resolve(tree: Node) -> Node:
    """Return a parsed expression with its paths; JSONataError, with the place, if that cannot be."""
    resolved = _Resolver().resolve(tree)
    if resolved.type == "parent" or resolved.seeking:
        raise JSONataError("S0217", 0 if resolved.type == "parent" else resolved.end, token=resolved.type)
    return resolved


class _Resolver:
    """Resolves one expression; the labels of its `%` count up."""

    def __init__(self) -> None:
        self.labels = count()

    def resolve(self, node: Node) -> Node:
        keeps_array = node.keeps_array
        if node.type in _RESOLVE:
            resolved = _RESOLVE[node.type](self, node)
        elif node.type == "binary" and node.value in _RESOLVE_BINARY:
            resolved = _RESOLVE_BINARY[node.value](self, node)
        else:
            resolved = self.parts(node)
        if keeps_array:
            resolved.keeps_array = True
        return resolved

    # ------------------------------------------------------------ what has only parts

    def parts(self, node: Node) -> Node:
        """Resolve each part in place."""
        for name in ("lhs", "rhs", "expression", "condition", "then", "otherwise"):
            part = getattr(node, name)
            if part is not None:
                setattr(node, name, self.part(node, part))
        node.expressions = [self.part(node, part) for part in node.expressions]
        node.pairs = [(self.part(node, key), self.part(node, value)) for key, value in node.pairs]
        return node

    def part(self, whole: Node, part: Node) -> Node:
        resolved = self.resolve(part)
        _hand_up(whole, resolved)
        return resolved

    def name(self, node: Node) -> Node:
        step = Node("name", node.value, node.start, node.end, keeps_array=node.keeps_array)
        return Node("path", None, node.start, node.end, steps=[step], keeps_singleton=node.keeps_array)

    def end(self, node: Node) -> Node:
        raise JSONataError("S0207", node.end, token=node.value)

    def parent(self, node: Node) -> Node:
        node.slot = Slot(f"!{next(self.labels)}")
        return node

    def negation(self, node: Node) -> Node:
        inner = self.resolve(node.expression)
        if inner.type == "number":
            inner.value = -inner.value or 0
            return inner
        node.expression = inner
        _hand_up(node, inner)
        return node

    def block(self, node: Node) -> Node:
        self.parts(node)
        for part in node.expressions:
            if part.is_constructed or (part.type == "path" and part.steps[0].is_constructed):
                node.is_constructed = True
        return node

    def bind(self, node: Node) -> Node:
        node.rhs = self.part(node, node.rhs)
        return node

    def apply(self, node: Node) -> Node:
        made = Node("apply", node.value, node.start, node.end)
        made.lhs, made.rhs = self.resolve(node.lhs), self.resolve(node.rhs)
        made.keeps_array = made.lhs.keeps_array or made.rhs.keeps_array
        return made

    def call(self, node: Node) -> Node:
        node.arguments = [self.part(node, argument) for argument in node.arguments]
        node.procedure = self.resolve(node.procedure)
        return node

    def function(self, node: Node) -> Node:
        node.body = self.resolve(node.body)
        return node

    def transform(self, node: Node) -> Node:
        node.pattern, node.update = self.resolve(node.pattern), self.resolve(node.update)
        node.delete = self.resolve(node.delete) if node.delete is not None else None
        return node

    # ------------------------------------------------------------ paths

    def map(self, node: Node) -> Node:
        first = self.resolve(node.lhs)
        path = first if first.type == "path" else _path_of(first)
        if first.type == "parent" and first.slot is not None:
            path.seeking = [first.slot]
        rest = self.resolve(node.rhs)
        if rest.type == "path":
            path.steps.extend(rest.steps)
        else:
            rest.stages, rest.predicates = rest.stages + rest.predicates, []
            path.steps.append(rest)
        for step in path.steps:
            if step.type in ("number", "value"):
                raise JSONataError("S0213", step.end, value=step.value)
            if step.type == "string":
                step.type = "name"
        path.keeps_singleton = path.keeps_singleton or any(step.keeps_array for step in path.steps)
        for end in (path.steps[0], path.steps[-1]):
            if end.type == "array":
                end.is_constructed = True
        _find_ancestors(path)
        return path

    def predicate(self, node: Node) -> Node:
        resolved = self.resolve(node.lhs)
        step = resolved.steps[-1] if resolved.type == "path" else resolved
        if step.group is not None:
            raise JSONataError("S0209", node.end)
        predicate = self.resolve(node.rhs)
        for slot in predicate.seeking:
            if slot.level == 1:
                _seek(step, slot)
            else:
                slot.level -= 1
        if predicate.seeking:
            _hand_up(step, predicate)
        (step.stages if resolved.type == "path" else step.predicates).append(Stage(predicate))
        return resolved

    def group(self, node: Node) -> Node:
        resolved = self.resolve(node.lhs)
        if resolved.group is not None:
            raise JSONataError("S0210", node.end)
        resolved.group = [(self.resolve(key), self.resolve(value)) for key, value in node.pairs]
        return resolved

    def order_by(self, node: Node) -> Node:
        resolved = self.resolve(node.lhs)
        path = resolved if resolved.type == "path" else _path_of(resolved)
        step = Node("sort", "^", node.start, node.end)
        for term in node.terms:
            step.terms.append(Term(self.part(step, term.expression), term.descending))
        path.steps.append(step)
        _find_ancestors(path)
        return path

    def focus(self, node: Node) -> Node:
        resolved = self.resolve(node.lhs)
        step = resolved.steps[-1] if resolved.type == "path" else resolved
        if step.stages or step.predicates:
            raise JSONataError("S0215", node.end)
        if step.type == "sort":
            raise JSONataError("S0216", node.end)
        step.keeps_array = step.keeps_array or node.keeps_array
        step.focus, step.is_tuple = node.rhs.value, True
        return resolved

    def index(self, node: Node) -> Node:
        resolved = self.resolve(node.lhs)
        if resolved.type == "path":
            step = resolved.steps[-1]
        else:
            step, resolved = resolved, _path_of(resolved)
            step.stages, step.predicates = step.stages + step.predicates, []
        if step.stages:
            step.stages.append(Stage(None, node.rhs.value))
        else:
            step.index = node.rhs.value
        step.is_tuple = True
        return resolved


def _path_of(step: Node) -> Node:
    return Node("path", None, step.start, step.end, steps=[step])


# ---------------------------------------------------------------- the parent operator


def _hand_up(whole: Node, part: Node) -> None:
    """Let the `%` that look beyond a part look beyond the whole."""
    whole.seeking.extend(part.seeking)
    if part.type == "parent" and part.slot is not None:
        whole.seeking.append(part.slot)


def _find_ancestors(path: Node) -> None:
    """Find the steps whose input the `%` in the last step are; those that look further are the path's own."""
    last = path.steps[-1]
    if last.type == "parent" and last.slot is not None:
        last.seeking.append(last.slot)
    for slot in last.seeking:
        at = len(path.steps) - 2
        while slot.level > 0:
            if at < 0:
                path.seeking.append(slot)
                break
            step, at = path.steps[at], at - 1
            while at >= 0 and step.focus and path.steps[at].focus:
                step, at = path.steps[at], at - 1
            _seek(step, slot)


def _seek(node: Node, slot: Slot) -> None:
    """Look for the step that is `slot.level` steps up from the end of a part."""
    if node.type in ("name", "wildcard"):
        slot.level -= 1
        if slot.level == 0:
            if node.ancestor is not None:
                slot.label = node.ancestor.label
            node.ancestor, node.is_tuple = slot, True
    elif node.type == "parent":
        slot.level += 1
    elif node.type == "block":
        if node.expressions:
            node.is_tuple = True
            _seek(node.expressions[-1], slot)
    elif node.type == "path":
        node.is_tuple = True
        for at, step in enumerate(reversed(node.steps)):
            if at > 0 and slot.level <= 0:
                break
            _seek(step, slot)
    else:
        raise JSONataError("S0217", node.end, token=node.type)


_RESOLVE: Mapping[str, Callable[[_Resolver, Node], Node]] = {
    "name": _Resolver.name,
    "end": _Resolver.end,
    "parent": _Resolver.parent,
    "negation": _Resolver.negation,
    "block": _Resolver.block,
    "bind": _Resolver.bind,
    "function": _Resolver.call,
    "partial": _Resolver.call,
    "lambda": _Resolver.function,
    "transform": _Resolver.transform,
}
_RESOLVE_BINARY: Mapping[str, Callable[[_Resolver, Node], Node]] = {
    ".": _Resolver.map,
    "[": _Resolver.predicate,
    "{": _Resolver.group,
    "^": _Resolver.order_by,
    "@": _Resolver.focus,
    "#": _Resolver.index,
    "~>": _Resolver.apply,
}
