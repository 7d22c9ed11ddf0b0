"""The steps `*` and `**` of a path. Source: JSONata 2.0.6."""

from __future__ import annotations

from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.scopes import Frame
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Sequence, Value, Wrapped, in_order


def find_members(item: Value, frame: Frame) -> Value:
    """Return what `*` finds: all values of an object, arrays among them laid flat."""
    if type(item) is Wrapped:
        item = item[0] if item else UNDEFINED
    found = Sequence()
    is_array = False
    if isinstance(item, (dict, list)):
        values = in_order(item).values() if isinstance(item, dict) else item
        frame[0].spend(len(values))
        for value in values:
            if isinstance(value, list):
                flat: list[Value] = []
                lay_flat(value, flat, frame[0])
                found.extend(flat)
                is_array = True
            else:
                found.append(value)
    # JSONata makes a plain array of the sequence when it appends one to it.
    return Array(found) if is_array else found


def lay_flat(value: Value, into: list[Value], run: Run) -> None:
    """Append a value to a list, and instead of an array all in it."""
    if isinstance(value, list):
        run.spend(len(value))
        for item in value:
            lay_flat(item, into, run)
    else:
        into.append(value)


def find_descendants(item: Value, frame: Frame) -> Value:
    """Return what `**` finds: the value and all in it, from the top, but for the arrays."""
    found = Sequence()
    if item is not UNDEFINED:
        _descend(item, found, frame[0])
        frame[0].check_items(len(found))
    return found


def _descend(value: Value, found: Sequence, run: Run) -> None:
    if isinstance(value, list):
        run.spend(len(value))
        for item in value:
            _descend(item, found, run)
        return
    found.append(value)
    if isinstance(value, dict):
        run.spend(len(value))
        for part in in_order(value).values():
            _descend(part, found, run)
