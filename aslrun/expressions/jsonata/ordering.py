"""Sorting: `^(...)` and `$sort`. Source: JSONata 2.0.6, a stable merge sort."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items

from aslrun.expressions.jsonata.comparison import keys_of
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.scopes import Closure, Compiler, Frame, Names
from aslrun.expressions.jsonata.texts import sort_key
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Value

_NUMBERS = {int, float}


def merge_sorted(items: list[Value], comes_after: Callable[[Value, Value], bool], run: Run) -> list[Value]:
    """Return items sorted by a comparison, as JSONata compares them: halves first, then the halves merged."""
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left = merge_sorted(items[:middle], comes_after, run)
    right = merge_sorted(items[middle:], comes_after, run)
    run.spend(len(items))
    merged: list[Value] = []
    first = second = 0
    while first < len(left) and second < len(right):
        if comes_after(left[first], right[second]):
            merged.append(right[second])
            second += 1
        else:
            merged.append(left[first])
            first += 1
    return merged + left[first:] + right[second:]


def sorted_scalars(items: list[Value]) -> list[Value] | None:
    """Return numbers or strings in ascending order; None for anything else."""
    kinds = set(map(type, items))
    if kinds == {str}:
        return sorted(items, key=None if all(map(str.isascii, items)) else sort_key)
    if kinds <= _NUMBERS and all(item == item for item in items):
        return sorted(items)
    return None


def compile_sort(compiler: Compiler, step: Node, names: Names) -> Callable[[Value, Frame], Value]:
    """Compile an order-by step of items."""
    order = compile_order(compiler, step, names)

    def sort(items: Value, frame: Frame) -> Value:
        return order(items, [(item, frame) for item in items], frame[0])

    return sort


def compile_order(
    compiler: Compiler, step: Node, names: Names
) -> Callable[[Value, list[tuple[Value, Frame]], Run], Value]:
    """Compile an order-by: of items, and the context and frame in which each one's keys are evaluated."""
    terms = [(compiler.compile(term.expression, names), term.descending) for term in step.terms]

    def order(items: Value, contexts: list[tuple[Value, Frame]], run: Run) -> Value:
        if len(items) <= 1:
            return items
        run.spend(len(items) * len(terms))
        first, is_descending = terms[0]
        keys = [first(item, frame) for item, frame in contexts]
        if len(terms) == 1:
            kinds = set(map(type, keys))
            if kinds == {str} or (kinds <= _NUMBERS and all(key == key for key in keys)):
                if kinds == {str} and not all(map(str.isascii, keys)):
                    keys = list(map(sort_key, keys))
                places = sorted(range(len(items)), key=keys.__getitem__, reverse=is_descending)
                return Array([items[place] for place in places])
        compare = _Comparison(terms, contexts, keys, step.end)
        places = merge_sorted(list(range(len(items))), compare.comes_after, run)
        return Array([items[place] for place in places])

    return order


def _kind_of(key: Value) -> type | None:
    return float if type(key) in _NUMBERS else str if type(key) is str else None


class _Comparison:
    """Compares two items, told by their places, by one term after the other."""

    def __init__(
        self,
        terms: list[tuple[Closure, bool]],
        contexts: list[tuple[Value, Frame]],
        keys: list[Value],
        end: int,
    ) -> None:
        self.terms = terms
        self.contexts = contexts
        self.keys: Items[dict[int, Value]] = [dict(enumerate(keys)), *({} for _ in terms[1:])]
        self.end = end

    def comes_after(self, left: int, right: int) -> bool:
        for number, (_, is_descending) in enumerate(self.terms):
            order = self.compare(self.key(number, left), self.key(number, right), is_descending)
            if order:
                return order > 0
        return False

    def key(self, number: int, place: int) -> Value:
        keys = self.keys[number]
        if place not in keys:
            keys[place] = self.terms[number][0](*self.contexts[place])
        return keys[place]

    def compare(self, left: Value, right: Value, is_descending: bool) -> int:
        """Return -1, 0 or 1; what has no key comes last in either direction."""
        if left is UNDEFINED or right is UNDEFINED:
            return (left is UNDEFINED) - (right is UNDEFINED)
        kinds = list(map(_kind_of, (left, right)))
        if None in kinds:
            raise JSONataError("T2008", self.end, value=left if kinds[0] is None else right)
        if kinds[0] is not kinds[1]:
            raise JSONataError("T2007", self.end, value=left, value2=right)
        if left == right:
            return 0
        if kinds[0] is str:
            left, right = keys_of(left, right)
        order = -1 if left < right else 1
        return -order if is_descending else order
