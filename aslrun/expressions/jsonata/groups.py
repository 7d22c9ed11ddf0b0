"""Grouping, and objects written as `{key: value}`, which are the grouping of what they stand in.

Source: JSONata 2.0.6.
"""

from __future__ import annotations

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.scopes import Closure, Compiler, Frame, Names
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Object, Value, in_order


class Group:
    """The items that have one key: the pair `number` that gave it, and what the value is evaluated on."""

    __slots__ = ("context", "is_joined", "number")

    def __init__(self, number: int, item: Value) -> None:
        self.number = number
        self.context = item
        self.is_joined = False

    def add(self, item: Value) -> None:
        """Add an item; an array adds what is in it."""
        if not self.is_joined:
            first, self.context = self.context, Array()
            self.is_joined = True
            self.add(first)
        if isinstance(item, list):
            self.context.extend(item)
        elif item is not UNDEFINED:
            self.context.append(item)


class Groups:
    """Groups under way: keys in the order in which they are met."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.by_key: dict[str, Group] = {}

    def add(self, key: Value, number: int, item: Value) -> None:
        """Put an item under the key that pair `number` gave for it; none under undefined."""
        if type(key) is not str:
            if key is UNDEFINED:
                return
            raise JSONataError("T1003", self.end, value=key)
        group = self.by_key.get(key)
        if group is None:
            self.by_key[key] = Group(number, item)
        elif group.number != number:
            raise JSONataError("D1009", self.end, value=key)
        else:
            group.add(item)


def compile_group(compiler: Compiler, pairs: list[tuple[Node, Node]], names: Names, end: int) -> Closure:
    """Compile `{key: value, ...}`; what is grouped takes the place of `$` in the closure."""
    compiled = [(compiler.compile(key, names), compiler.compile(value, names)) for key, value in pairs]

    def group(items: Value, frame: Frame) -> Value:
        groups = Groups(end)
        listed = items if isinstance(items, list) else (items,)
        run: Run = frame[0]
        run.spend(len(listed))
        for item in listed or (UNDEFINED,):
            for number, (key_of, _) in enumerate(compiled):
                groups.add(key_of(item, frame), number, item)
        made = Object()
        for key, one in in_order(groups.by_key).items():
            value = compiled[one.number][1](one.context, frame)
            if value is not UNDEFINED:
                made[key] = value
        return made

    return group


def compile_object(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile an object that is written out."""
    group = compile_group(compiler, node.pairs, names, node.end)
    keys = [key.value for key, _ in node.pairs if key.type == "string" and not key.predicates]
    if len(set(keys)) != len(node.pairs):
        return _compile_computed(compiler, node, names, group)
    parts = {key.value: compiler.compile(value, names) for key, value in node.pairs}
    members = list(in_order(parts).items())

    def construct(item: Value, frame: Frame) -> Value:
        if isinstance(item, list):
            return group(item, frame)
        made = Object()
        for key, evaluate in members:
            value = evaluate(item, frame)
            if value is not UNDEFINED:
                made[key] = value
        return made

    return construct


def _compile_computed(compiler: Compiler, node: Node, names: Names, group: Closure) -> Closure:
    """Compile an object some of whose keys are computed, or written twice."""
    pairs = [(compiler.compile(key, names), compiler.compile(value, names)) for key, value in node.pairs]

    def construct(item: Value, frame: Frame) -> Value:
        if isinstance(item, list):
            return group(item, frame)
        keys: dict[str, Closure] = {}
        for key_of, evaluate in pairs:
            key = key_of(item, frame)
            if key is UNDEFINED:
                continue
            if type(key) is not str:
                raise JSONataError("T1003", node.end, value=key)
            if key in keys:
                raise JSONataError("D1009", node.end, value=key)
            keys[key] = evaluate
        made = Object()
        for key, evaluate in in_order(keys).items() if len(keys) > 1 else keys.items():
            value = evaluate(item, frame)
            if value is not UNDEFINED:
                made[key] = value
        return made

    return construct
