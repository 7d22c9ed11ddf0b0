"""Transformations: `|pattern|update, delete|`. Source: JSONata 2.0.6."""

from __future__ import annotations

from aslrun.expressions.jsonata.callables import Native
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.scopes import Closure, Compiler, Frame, Names
from aslrun.expressions.jsonata.signatures import kind_of, parse_signature
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Function, Object, Value

_SIGNATURE = parse_signature("<(oa):o>")


def compile_transform(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile a transformation to a function: it changes a copy of its argument."""
    pattern, update = compiler.compile(node.pattern, names), compiler.compile(node.update, names)
    delete = compiler.compile(node.delete, names) if node.delete is not None else None
    transform = _Transformation(node, pattern, update, delete)
    return lambda item, frame: Native(lambda run, arguments: transform(run, arguments, item, frame), 1)


class _Transformation:
    def __init__(self, node: Node, pattern: Closure, update: Closure, delete: Closure | None) -> None:
        self.node = node
        self.pattern = pattern
        self.update = update
        self.delete = delete

    def __call__(self, run: Run, arguments: list[Value], item: Value, frame: Frame) -> Value:
        (value,) = _SIGNATURE.values(arguments, item)
        if value is UNDEFINED:
            return UNDEFINED
        copy = copied(value, run)
        matches = self.pattern(copy, frame)
        if matches is UNDEFINED:
            return copy
        for match in matches if isinstance(matches, list) else (matches,):
            self.change(match, frame)
        return copy

    def change(self, match: Value, frame: Frame) -> None:
        update = self.update(match, frame)
        if update is not UNDEFINED:
            if not isinstance(update, dict):
                raise JSONataError("T2011", _end(self.node.update), value=update)
            if isinstance(match, Object):
                match.update(update)
        if self.delete is None:
            return
        names = self.delete(match, frame)
        if names is UNDEFINED:
            return
        listed = names if isinstance(names, list) else [names]
        if any(type(name) is not str for name in listed):
            raise JSONataError("T2012", _end(self.node.delete), value=names)
        if isinstance(match, Object):
            for name in listed:
                match.pop(name, None)


def _end(node: Node | None) -> int | None:
    return node.end if node is not None else None


def copied(value: Value, run: Run) -> Value:
    """Return a copy of a value, all through, that may be changed; functions become empty strings."""
    run.spend(1)
    if isinstance(value, dict):
        parts = ((key, copied(part, run)) for key, part in value.items() if part is not UNDEFINED)
        return Object(parts)
    if isinstance(value, list):
        return Array([copied(item, run) for item in value])
    if isinstance(value, Function):
        return ""
    if kind_of(value) == "n" and (value != value or abs(value) == float("inf")):
        if value != value:
            return None
        raise JSONataError("D1001", value=value)
    return value
