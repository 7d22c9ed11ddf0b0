"""A recorded execution with the children of its distributed Maps, and how two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aslrun.document.printable import printable
from aslrun.history.diff import Difference, describe_difference, first_difference
from aslrun.history.scopes import RecordedEvent

Compare: TypeAlias = Callable[[Sequence[RecordedEvent], Sequence[RecordedEvent]], Difference | None]
"""Returns the first difference between two histories."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The events of an execution, and its children by the names of the Maps that started them, in the order
    in which they began."""

    events: Sequence[RecordedEvent]
    children: Mapping[str, Sequence[RecordedRun]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChildrenDiffer:
    """The first child in which two executions differ, by the Maps and numbers that lead to it: in its events,
    or in how many children its Map `map` has."""

    steps: tuple[tuple[str, int], ...]
    difference: Difference | None = None
    map: str = ""
    counts: tuple[int, int] = (0, 0)


def compare_children(
    left: RecordedRun,
    right: RecordedRun,
    compare: Compare = first_difference,
    steps: tuple[tuple[str, int], ...] = (),
) -> ChildrenDiffer | None:
    """Return the first child that differs. The children of a Map are compared where both sides have some:
    histories of children need not be kept."""
    for map, ours in left.children.items():
        theirs = right.children.get(map, ())
        if not theirs:
            continue
        for number, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
            inner = (*steps, (map, number))
            # Its own children first: what differs in it may be the consequence.
            if (found := compare_children(one, other, compare, inner)) is not None:
                return found
            if (difference := compare(one.events, other.events)) is not None:
                return ChildrenDiffer(inner, difference)
        if len(ours) != len(theirs):
            return ChildrenDiffer(steps, None, map, (len(ours), len(theirs)))
    return None


def count_compared(left: RecordedRun, right: RecordedRun) -> int:
    """Return how many children both sides have."""
    return sum(1 + count_compared(one, other) for one, other in _pairs(left, right))


def _pairs(left: RecordedRun, right: RecordedRun) -> Iterator[tuple[RecordedRun, RecordedRun]]:
    for map, ours in left.children.items():
        yield from zip(ours, right.children.get(map, ()), strict=False)


def describe_children(found: ChildrenDiffer, left_name: str, right_name: str) -> str:
    """Tell a person of a child that differs."""
    place = " of ".join(f"child {number} of '{map}'" for map, number in reversed(found.steps))
    if found.difference is not None:
        told = describe_difference(found.difference, left_name, right_name)
        return f"in {printable(place)} {told}"
    ours, theirs = found.counts
    around = f" in {printable(place)}" if place else ""
    return f"'{printable(found.map)}'{around} has {ours} children in {left_name}, {theirs} in {right_name}"
