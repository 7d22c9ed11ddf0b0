"""Paths: names looked up in the items found so far, predicates, order-by, grouping. Source: JSONata 2.0.6.

Names that follow each other, which most paths consist of, are walked in one go.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import TypeAlias

from aslrun.expressions.jsonata.comparison import truth
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.ordering import compile_sort
from aslrun.expressions.jsonata.scopes import Closure, Compiler, Frame, Names
from aslrun.expressions.jsonata.tree import Node, Stage
from aslrun.expressions.jsonata.values import (
    COLLAPSING,
    UNDEFINED,
    Constructed,
    Kept,
    Sequence,
    Value,
    collapse,
)

Step: TypeAlias = Callable[[Value, Frame], Value]
"""The items found so far and a frame → the items found by one step more."""

_NUMBERS = (int, float)


def compile_path(compiler: Compiler, node: Node, names: Names, goes_on: bool = False) -> Closure:
    """Compile a path without tuples. Its sequence is collapsed by what is around it.

    What `goes_on` with steps of another kind gives a list of items, or undefined.
    """
    first, *rest = node.steps
    plain = 0
    if not goes_on and all(map(_is_plain_name, node.steps)):
        compiler.is_settled = len(node.steps) == 1
        return _compile_names([step.value for step in node.steps])
    if first.type == "variable":
        while plain < len(rest) and _is_plain_name(rest[plain]):
            plain += 1
    if plain == 1 == len(rest) and not goes_on:
        return _compile_member(compiler, first, rest[0].value, names)
    if plain:
        is_last = plain == len(rest) and not goes_on
        find = _compile_head(compiler, first, [step.value for step in rest[:plain]], is_last, names)
        rest = rest[plain:]
    elif first.is_constructed:
        find = _on_sequence(compiler.compile(first, names), first.type == "variable")
    else:
        step = _compile_step(compiler, first, not rest and not goes_on, names)
        find = _on_sequence(step, first.type == "variable")
    steps = [_compile_step(compiler, step, step is node.steps[-1] and not goes_on, names) for step in rest]
    if not steps:
        return find
    if len(steps) == 1:
        (only,) = steps

        def find_one(item: Value, frame: Frame) -> Value:
            found = find(item, frame)
            return only(found, frame) if found else _of_nothing(found)

        return find_one

    def find_all(item: Value, frame: Frame) -> Value:
        found = find(item, frame)
        for step in steps:
            if not found:
                return _of_nothing(found)
            found = step(found, frame)
        return found

    return find_all


def _of_nothing(found: Value) -> Value:
    """Return what a path gives some step of which finds nothing: an array that is written out stays."""
    return found if type(found) is Constructed else UNDEFINED


def keep_singleton(found: Value) -> Value:
    """Return what a path gives that has a `[]`."""
    if type(found) is Constructed:
        return Kept((found,))
    if isinstance(found, list):
        return Kept(found) if isinstance(found, Sequence) else found
    return found if found is UNDEFINED else Kept((found,))


def _is_plain_name(step: Node) -> bool:
    return step.type == "name" and not step.stages and not step.predicates and step.group is None


def _on_sequence(step: Step, is_variable: bool) -> Closure:
    def find(item: Value, frame: Frame) -> Value:
        return step(item if isinstance(item, list) and not is_variable else [item], frame)

    return find


# ---------------------------------------------------------------- names


def _compile_names(path: list[str]) -> Closure:
    """Compile a path of nothing but names; of a single one it is settled."""
    if len(path) > 1:

        def walk(item: Value, frame: Frame) -> Value:
            if isinstance(item, dict):
                return walk_names(item, path, True, frame[0])
            return _walk_items(item, path, True, frame[0]) if isinstance(item, list) else UNDEFINED

        return walk
    (name,) = path

    def find(item: Value, frame: Frame) -> Value:
        if not isinstance(item, dict):
            if not isinstance(item, list):
                return UNDEFINED
            value = find_name(item, name, True, frame[0])
        else:
            value = item.get(name, UNDEFINED)
        return collapse(Sequence(value)) if type(value) in COLLAPSING else value

    return find


def _compile_member(compiler: Compiler, root: Node, name: str, names: Names) -> Closure:
    """Compile a variable and one name behind it."""
    find = _compile_root(compiler, root, name, names)
    if find is not None:
        return find
    read = compiler.compile(root, names)

    def member(item: Value, frame: Frame) -> Value:
        value = read(item, frame)
        if isinstance(value, dict):
            value = value.get(name, UNDEFINED)
        elif isinstance(value, list):
            value = find_name(value, name, True, frame[0])
        else:
            return UNDEFINED
        return collapse(Sequence(value)) if type(value) in COLLAPSING else value

    own = next(names.find(root.value), (1, 0, False))
    if own[0] > 0 or not own[2] or root.predicates or root.group is not None:
        compiler.is_settled = True
        return member
    place = own[1]

    def own_member(item: Value, frame: Frame) -> Value:
        """Of a parameter of the function itself, which is an object most of the time."""
        whole = frame[place]
        if not isinstance(whole, dict):
            return member(item, frame)
        value = whole.get(name, UNDEFINED)
        return collapse(Sequence(value)) if type(value) in COLLAPSING else value

    compiler.is_settled = True
    return own_member


def _compile_root(compiler: Compiler, root: Node, name: str, names: Names) -> Closure | None:
    """Compile `$states.input` and the like, which look into the evaluation itself."""
    members = {"input": _input, "result": _result, "errorOutput": _error_output, "context": _context}
    if root.value != "states" or root.predicates or root.group is not None or any(names.find("states")):
        return None
    return members.get(name)


def _compile_head(compiler: Compiler, root: Node, path: list[str], is_last: bool, names: Names) -> Closure:
    """Compile a variable and names behind it; items that more steps follow come as a list."""
    inside = _compile_root(compiler, root, path[0], names)
    find = inside or compiler.compile(root, names)
    path = path[1:] if inside is not None else path

    def walk(item: Value, frame: Frame) -> Value:
        return walk_names(find(item, frame), path, is_last, frame[0])

    return walk


def _input(item: Value, frame: Frame) -> Value:
    return frame[0].states.input


def _result(item: Value, frame: Frame) -> Value:
    return frame[0].states.result


def _error_output(item: Value, frame: Frame) -> Value:
    return frame[0].states.error_output


def _context(item: Value, frame: Frame) -> Value:
    return frame[0].scope.context


def walk_names(value: Value, path: Items[str], is_last: bool, run: Run) -> Value:
    """Return what names find one after the other, beginning at a value."""
    for at, name in enumerate(path):
        if isinstance(value, dict):
            value = value.get(name, UNDEFINED)
        elif isinstance(value, list):
            return _walk_items(value, path[at:], is_last, run)
        else:
            return UNDEFINED
    if is_last:
        return Sequence(value) if isinstance(value, Sequence) and path else value
    if isinstance(value, list) and type(value) is not Constructed:
        return value
    return UNDEFINED if value is UNDEFINED else [value]


def _walk_items(items: Value, path: Items[str], is_last: bool, run: Run) -> Value:
    *before, last = path
    for name in before:
        items = find_name(items, name, False, run)
        if not items:
            return UNDEFINED
    return find_name(items, last, is_last, run)


def find_name(items: Items[Value], name: str, is_last: bool, run: Run) -> Value:
    """Return what a name finds in each item, spliced together."""
    run.spend(len(items))
    found = Sequence()
    holds_arrays = False
    for item in items:
        if isinstance(item, dict):
            value = item.get(name, UNDEFINED)
        elif isinstance(item, list):
            value = collapse(look_up(item, name, run))
        else:
            continue
        if value is not UNDEFINED:
            found.append(value)
            if isinstance(value, list):
                holds_arrays = True
    return spliced(found, is_last) if holds_arrays else found


def look_up(value: Value, name: str, run: Run) -> Value:
    """Return a member of an object, or those of the objects in an array, at any depth."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    run.spend(len(value))
    found = Sequence()
    for item in value:
        part = look_up(item, name, run)
        if isinstance(part, list):
            found.extend(part)
        elif part is not UNDEFINED:
            found.append(part)
    return found


def spliced(found: Sequence, is_last: bool) -> Value:
    """Return what a step found with arrays spliced in; at the end of a path a single array stays itself."""
    for value in found:
        if isinstance(value, list):
            break
    else:
        return found
    if is_last and len(found) == 1 and not isinstance(found[0], Sequence):
        return found[0]
    items = Sequence()
    for value in found:
        if isinstance(value, list) and type(value) is not Constructed:
            items.extend(value)
        else:
            items.append(value)
    return items


# ---------------------------------------------------------------- steps


def _compile_step(compiler: Compiler, step: Node, is_last: bool, names: Names) -> Step:
    if step.type == "sort":
        sort = compile_sort(compiler, step, names)
        return _with_filters(sort, [compile_filter(compiler, stage, names) for stage in step.stages])
    if _is_plain_name(step):
        name = step.value
        return lambda items, frame: find_name(items, name, is_last, frame[0])
    evaluate = compiler.compile(step, names)
    filters = [compile_filter(compiler, stage, names) for stage in step.stages]

    def take(items: Value, frame: Frame) -> Value:
        frame[0].spend(len(items))
        found = Sequence()
        for item in items:
            value = evaluate(item, frame)
            for keep in filters:
                value = keep(value, frame)
            if value is not UNDEFINED:
                found.append(value)
        return spliced(found, is_last)

    return take


def _with_filters(step: Step, filters: list[Step]) -> Step:
    if not filters:
        return step

    def take(items: Value, frame: Frame) -> Value:
        found = step(items, frame)
        for keep in filters:
            found = keep(found, frame)
        return found

    return take


def compile_filter(compiler: Compiler, stage: Stage, names: Names) -> Step:
    """Compile a predicate: a number picks an item, anything else is a condition on each."""
    assert stage.expression is not None
    if stage.expression.type == "number" and not stage.expression.predicates:
        return _compile_pick(math.floor(stage.expression.value))
    condition = compiler.compile(stage.expression, names)

    def keep(items: Value, frame: Frame) -> Value:
        if not isinstance(items, list):
            items = (items,)
        frame[0].spend(len(items))
        found = Sequence()
        for at, item in enumerate(items):
            holds = condition(item, frame)
            if holds is True or (holds is not False and is_kept(holds, at, len(items))):
                found.append(item)
                for _ in range(repeated(holds, at, len(items)) - 1 if isinstance(holds, list) else 0):
                    found.append(item)
        return found

    return keep


def _compile_pick(index: int) -> Step:
    def pick(items: Value, frame: Frame) -> Value:
        if not isinstance(items, list):
            return items if index in (0, -1) and items is not UNDEFINED else Sequence()
        if not -len(items) <= index < len(items):
            return Sequence()
        item = items[index]
        return item if isinstance(item, list) else Sequence((item,))

    return pick


def is_kept(holds: Value, at: int, count: int) -> bool:
    """Tell whether a predicate's value keeps the item at an index: a number is an index, as are several."""
    if type(holds) in _NUMBERS:
        return _is_index(holds, at, count)
    if isinstance(holds, list) and all(_is_finite(one) for one in holds):
        return any(_is_index(one, at, count) for one in holds)
    return truth(holds)


def repeated(holds: Value, at: int, count: int) -> int:
    """Return how often a list of indexes names one."""
    if not all(type(one) in _NUMBERS for one in holds):
        return 1
    return sum(_is_index(one, at, count) for one in holds)


def _is_finite(value: Value) -> bool:
    if type(value) not in _NUMBERS or value != value:
        return False
    if type(value) is float and math.isinf(value):
        raise JSONataError("D1001", value=value)
    return True


def _is_index(number: float, at: int, count: int) -> bool:
    if not _is_finite(number):
        return False
    index = math.floor(number)
    return (index + count if index < 0 else index) == at
