"""Paths that bind names on their way: `@$item`, `#$index`, and the parent `%`. Source: JSONata 2.0.6.

Such a path goes on with tuples instead of items: objects of the names bound so far, the item itself under
`@`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from aslrun.expressions.jsonata.groups import Groups
from aslrun.expressions.jsonata.ordering import compile_order
from aslrun.expressions.jsonata.paths import compile_filter, compile_path, is_kept
from aslrun.expressions.jsonata.scopes import FIRST, UNSET, Closure, Compiler, Frame, Names, names_bound_in
from aslrun.expressions.jsonata.tree import Node, Stage, nodes
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Object, Sequence, Tuples, Value, in_order

Step: TypeAlias = Callable[[Tuples, Frame], Tuples]

ITEM = "@"


def compile_tuple_path(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile a path some of whose steps bind names, with its grouping."""
    scope = _Scope(names, node)
    at = next(number for number, step in enumerate(node.steps) if step.is_tuple)
    before = Node("path", None, node.start, node.end, steps=node.steps[:at])
    find = compile_path(compiler, before, scope.names, goes_on=True) if at else None
    is_variable_first = node.steps[0].type == "variable"
    steps = [_compile_step(compiler, step, scope) for step in node.steps[at:]]
    group = _compile_group(compiler, node, scope) if node.group is not None else None

    def walk(item: Value, frame: Frame) -> Value:
        if find is not None:
            items = find(item, scope.frame(frame, {}))
            if not items:
                items = ()
        else:
            items = item if isinstance(item, list) and not is_variable_first else (item,)
        tuples = Tuples([{ITEM: one} for one in items])
        for step in steps:
            tuples = step(tuples, frame)
        if group is not None:
            return group(tuples, frame)
        return tuples if node.is_tuple else Sequence([one[ITEM] for one in tuples])

    return walk


class _Scope:
    """The names that a path binds, and their frames."""

    def __init__(self, enclosing: Names, path: Node) -> None:
        bound: dict[str, None] = {}
        for node in nodes(path):
            bound.update(dict.fromkeys(name for name in (node.focus, node.index) if name))
            bound.update(dict.fromkeys(stage.index for stage in node.stages if stage.index))
            if node.ancestor is not None:
                bound[node.ancestor.label] = None
        parts = [*path.steps, *(part for pair in path.group or () for part in pair)]
        parts += [stage.expression for stage in path.predicates if stage.expression is not None]
        later = names_bound_in(parts)
        self.names = Names(enclosing, (), [*bound, *later])
        self.bound = list(bound)
        self.unset = [UNSET] * (self.names.size - FIRST - len(self.bound))

    def frame(self, frame: Frame, bindings: dict[str, Value]) -> Frame:
        return [frame[0], frame, *(bindings.get(name, UNSET) for name in self.bound), *self.unset]


def _compile_step(compiler: Compiler, step: Node, scope: _Scope) -> Step:
    stages = [_compile_stage(compiler, stage, scope) for stage in step.stages]
    take = (_compile_sort if step.type == "sort" else _compile_take)(compiler, step, scope)

    def walk(tuples: Tuples, frame: Frame) -> Tuples:
        frame[0].spend(len(tuples))
        found = take(tuples, frame)
        for stage in stages:
            found = stage(found, frame)
        return found

    return walk


def _compile_take(compiler: Compiler, step: Node, scope: _Scope) -> Step:
    evaluate = compiler.compile(step, scope.names)

    def take(tuples: Tuples, frame: Frame) -> Tuples:
        found = Tuples()
        for one in tuples:
            item = one[ITEM]
            values = evaluate(item, scope.frame(frame, one))
            if values is UNDEFINED:
                continue
            for at, value in enumerate(values if isinstance(values, list) else (values,)):
                if type(values) is Tuples:
                    found.append({**one, **value})
                    continue
                made = {**one, ITEM: value}
                if step.focus:
                    made[step.focus], made[ITEM] = value, item
                if step.index:
                    made[step.index] = at
                if step.ancestor is not None:
                    made[step.ancestor.label] = item
                found.append(made)
        return found

    return take


def _compile_sort(compiler: Compiler, step: Node, scope: _Scope) -> Step:
    order = compile_order(compiler, step, scope.names)

    def sort(tuples: Tuples, frame: Frame) -> Tuples:
        contexts = [(one[ITEM], scope.frame(frame, one)) for one in tuples]
        found = Tuples(order(tuples, contexts, frame[0]))
        if step.index:
            for at, one in enumerate(found):
                one[step.index] = at
        return found

    return sort


def _compile_stage(compiler: Compiler, stage: Stage, scope: _Scope) -> Step:
    if stage.expression is None:
        name = stage.index
        return lambda tuples, frame: Tuples([{**one, name: at} for at, one in enumerate(tuples)])
    condition = compiler.compile(stage.expression, scope.names)

    def keep(tuples: Tuples, frame: Frame) -> Tuples:
        found = Tuples()
        for at, one in enumerate(tuples):
            holds = condition(one[ITEM], scope.frame(frame, one))
            if is_kept(holds, at, len(tuples)):
                found.append(one)
        return found

    return keep


def compile_predicate(compiler: Compiler, node: Node, stage: Stage, names: Names) -> Closure:
    """Compile a predicate of what may give tuples though it is no path: a block with a path in it."""
    of_tuples = _compile_stage(compiler, stage, _Scope(names, node))
    of_items = compile_filter(compiler, stage, names)

    def keep(found: Value, frame: Frame) -> Value:
        return (of_tuples if type(found) is Tuples else of_items)(found, frame)

    return keep


def _compile_group(compiler: Compiler, node: Node, scope: _Scope) -> Closure:
    compiled = [
        (compiler.compile(key, scope.names), compiler.compile(value, scope.names))
        for key, value in node.group or ()
    ]

    def group(tuples: Value, frame: Frame) -> Value:
        groups = Groups(node.end)
        for one in tuples or ({ITEM: UNDEFINED},):
            inner = scope.frame(frame, one)
            for number, (key_of, _) in enumerate(compiled):
                groups.add(key_of(one[ITEM], inner), number, one)
        made = Object()
        for key, members in in_order(groups.by_key).items():
            context = members.context if members.is_joined else [members.context]
            bindings = _joined(context)
            value = compiled[members.number][1](bindings[ITEM], scope.frame(frame, bindings))
            if value is not UNDEFINED:
                made[key] = value
        return made

    return group


def _joined(tuples: list[dict[str, Value]]) -> dict[str, Value]:
    """Return one tuple for several: under each name the values of all."""
    first, *rest = tuples
    joined = dict(first)
    for one in rest:
        for name, value in one.items():
            joined[name] = appended(joined.get(name, UNDEFINED), value)
    return joined


def appended(first: Value, second: Value) -> Value:
    """Return two values or arrays as one array; one that is undefined adds nothing."""
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    items = Array(first) if isinstance(first, list) else Array((first,))
    if isinstance(second, list):
        items.extend(second)
    else:
        items.append(second)
    return items
