"""Functions on arrays and objects, and those of any value.

Source: JSONata 2.0.6; `$merge` as measured on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.expressions.jsonata.callables import arguments_for
from aslrun.expressions.jsonata.comparison import key_of, truth
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.ordering import merge_sorted, sorted_scalars
from aslrun.expressions.jsonata.paths import look_up
from aslrun.expressions.jsonata.signatures import kind_of
from aslrun.expressions.jsonata.transforms import copied
from aslrun.expressions.jsonata.tuples import appended
from aslrun.expressions.jsonata.values import (
    UNDEFINED,
    Array,
    Function,
    Object,
    Sequence,
    Value,
    in_order,
)

_TYPES = {
    "s": "string", "n": "number", "b": "boolean", "l": "null", "a": "array", "o": "object", "f": "function",
}  # fmt: skip

# ---------------------------------------------------------------- arrays


def count(run: Run, items: Value) -> Value:
    """`$count(array)`: 0 of nothing, 1 of what is no array."""
    return 0 if items is UNDEFINED else len(items)


def append(run: Run, first: Value, second: Value) -> Value:
    """`$append(first, second)`: one array of both."""
    result = appended(first, second)
    if isinstance(result, list):
        run.check_items(len(result))
    return result


def reverse(run: Run, items: Value) -> Value:
    """`$reverse(array)`."""
    return items if items is UNDEFINED or len(items) <= 1 else Array(reversed(items))


def shuffle(run: Run, items: Value) -> Value:
    """`$shuffle(array)`: in an order drawn from the execution's seed."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    shuffled = Array()
    for at, item in enumerate(items):
        place = int(run.scope.draw() * (at + 1))
        if place == at:
            shuffled.append(item)
        else:
            shuffled.append(shuffled[place])
            shuffled[place] = item
    return shuffled


def distinct(run: Run, items: Value) -> Value:
    """`$distinct(array)`: each value once, where it stands first."""
    if not isinstance(items, list) or len(items) <= 1:
        return items
    seen = set()
    kept: Array = Sequence() if isinstance(items, Sequence) else Array()
    for item in items:
        key = key_of(item)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def zip_(run: Run, *arrays: Value) -> Value:
    """`$zip(array, ...)`: the first items of all, the second ones, and so on while there are any."""
    if any(not isinstance(one, list) for one in arrays):
        return Array()
    return Array(Array(items) for items in zip(*arrays, strict=False))


def sort(run: Run, items: Value, comes_after: Value) -> Value:
    """`$sort(array[, function])`: the function tells whether its first argument comes after its second."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    if isinstance(comes_after, Function):
        function = comes_after
        return Array(
            merge_sorted(list(items), lambda left, right: truth(function.invoke(run, [left, right])), run)
        )
    in_order_ = sorted_scalars(items)
    if in_order_ is None:
        raise JSONataError("D3070", index=1)
    return Array(in_order_)


# ---------------------------------------------------------------- functions of functions


def map_(run: Run, items: Value, function: Value) -> Value:
    """`$map(array, function)`."""
    if items is UNDEFINED:
        return UNDEFINED
    found = Sequence()
    invoke = function.invoke
    if function.arity < 2:
        for item in items:
            value = invoke(run, [item])
            if value is not UNDEFINED:
                found.append(value)
        return found
    for at, item in enumerate(items):
        value = invoke(run, arguments_for(function, item, at, items))
        if value is not UNDEFINED:
            found.append(value)
    return found


def filter_(run: Run, items: Value, function: Value) -> Value:
    """`$filter(array, function)`."""
    if items is UNDEFINED:
        return UNDEFINED
    found = Sequence()
    for at, item in enumerate(items):
        if truth(function.invoke(run, arguments_for(function, item, at, items))):
            found.append(item)
    return found


def single(run: Run, items: Value, function: Value) -> Value:
    """`$single(array[, function])`: the one item for which the function holds; else an error."""
    if items is UNDEFINED:
        return UNDEFINED
    found: list[Value] = []
    for at, item in enumerate(items):
        if function is UNDEFINED or truth(function.invoke(run, arguments_for(function, item, at, items))):
            if found:
                raise JSONataError("D3138", index=at)
            found.append(item)
    if not found:
        raise JSONataError("D3139")
    return found[0]


def reduce_(run: Run, items: Value, function: Value, start: Value) -> Value:
    """`$reduce(array, function[, start])`."""
    if items is UNDEFINED:
        return UNDEFINED
    if function.arity < 2:
        raise JSONataError("D3050", index=1)
    remaining = list(enumerate(items))
    result = start
    if start is UNDEFINED and remaining:
        result = remaining.pop(0)[1]
    for at, item in remaining:
        result = function.invoke(run, [result, item, at, items][: min(function.arity, 4)])
    return result


def each(run: Run, value: Value, function: Value) -> Value:
    """`$each(object, function)`: what the function gives for each value and key."""
    found = Sequence()
    if value is UNDEFINED:
        return found
    for key, part in in_order(value).items():
        result = function.invoke(run, arguments_for(function, part, key, value))
        if result is not UNDEFINED:
            found.append(result)
    return found


def sift(run: Run, value: Value, function: Value) -> Value:
    """`$sift(object, function)`: the members for which the function holds."""
    if value is UNDEFINED or function is UNDEFINED:
        return UNDEFINED
    found = Object()
    for key, part in in_order(value).items():
        if truth(function.invoke(run, arguments_for(function, part, key, value))):
            found[key] = part
    return found or UNDEFINED


# ---------------------------------------------------------------- objects


def keys(run: Run, value: Value) -> Value:
    """`$keys(object)`: also of all objects in an array, each key once."""
    return Sequence(in_order(dict.fromkeys(_keys(value, run))))


def _keys(value: Value, run: Run) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from in_order(value)
        elif isinstance(value, list):
            run.spend(len(value))
            waiting.extend(reversed(value))


def lookup(run: Run, value: Value, key: Value) -> Value:
    """`$lookup(object, key)`: of an array, the members of all objects in it."""
    return look_up(value, key, run)


def spread(run: Run, value: Value) -> Value:
    """`$spread(object)`: an object for each member."""
    if isinstance(value, dict):
        return Sequence(Object({key: part}) for key, part in in_order(value).items())
    if not isinstance(value, list):
        return value
    run.spend(len(value))
    spreads = Array() if value else Sequence()
    for item in value:
        part = spread(run, item)
        if isinstance(part, list):
            spreads.extend(part)
        elif part is not UNDEFINED:
            spreads.append(part)
    return spreads


def merge(run: Run, objects: Value) -> Value:
    """`$merge(objects)`: one object of all; arrays in the array are merged too (measured)."""
    if objects is UNDEFINED:
        return UNDEFINED
    merged = Object()
    _merge_into(merged, objects, run)
    return in_order(merged)


def _merge_into(merged: Object, objects: list[Value], run: Run) -> None:
    run.spend(len(objects))
    for one in objects:
        if isinstance(one, list):
            _merge_into(merged, one, run)
        elif isinstance(one, dict):
            merged.update(one)
        else:
            raise JSONataError("T0412", index=1, type="objects")


# ---------------------------------------------------------------- any value


def boolean(run: Run, value: Value) -> Value:
    """`$boolean(value)`."""
    return UNDEFINED if value is UNDEFINED else truth(value)


def not_(run: Run, value: Value) -> Value:
    """`$not(value)`."""
    return UNDEFINED if value is UNDEFINED else not truth(value)


def exists(run: Run, value: Value) -> Value:
    """`$exists(value)`."""
    return value is not UNDEFINED


def type_(run: Run, value: Value) -> Value:
    """`$type(value)`."""
    if value is UNDEFINED:
        return UNDEFINED
    if type(value) is float and abs(value) == float("inf"):
        raise JSONataError("D1001", value=value)
    return _TYPES[kind_of(value)]


def error(run: Run, message: Value) -> Value:
    """`$error([message])`."""
    raise JSONataError("D3137", message=message or "$error() function evaluated")


def assert_(run: Run, condition: Value, message: Value) -> Value:
    """`$assert(condition[, message])`."""
    if not condition:
        raise JSONataError("D3141", message=message or "$assert() statement failed")
    return UNDEFINED


def clone(run: Run, value: Value) -> Value:
    """`$clone(value)`: a copy of an array or object."""
    return UNDEFINED if value is UNDEFINED else copied(value, run)
