"""Where the items of each layer lie beside each other: straight lines where that can be.

Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2002): items are aligned with the
middle one of their neighbours in four ways (from above or below, from the left or right), each packed
tightly; of the four results the middle is taken, which is symmetrical where the graph is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from aslrun.graph.layers import Item, Place

if TYPE_CHECKING:
    from networkx import DiGraph

Rows = Sequence[Sequence[Item]]
Gap = Callable[[Item, Item], float]
"""The least distance of the middles of two neighbours, left and right."""


def find_places(rows: Rows, links: DiGraph[Item], gap: Gap) -> dict[Item, float]:
    """Return the position of each item's middle along its layer, the smallest at any value."""
    conflicts = _conflicts(rows, links)
    tries = [
        _place_one_way(rows, links, gap, conflicts, down, left)
        for down in (True, False)
        for left in (True, False)
    ]
    narrowest = min(tries, key=lambda tried: max(tried.values()) - min(tried.values()))
    low, high = min(narrowest.values()), max(narrowest.values())
    shifts = [low - min(tried.values()) if left else high - max(tried.values())
              for tried, left in zip(tries, (True, False, True, False), strict=True)]  # fmt: skip
    placed = {}
    for item in narrowest:
        _, one, other, _ = sorted(tried[item] + shift for tried, shift in zip(tries, shifts, strict=True))
        placed[item] = (one + other) / 2
    return placed


Segment = tuple[Item, Item]


def _conflicts(rows: Rows, links: DiGraph[Item]) -> set[Segment]:
    """Return the links that cross one between two places: those give way, so that long edges are straight."""
    found: set[Segment] = set()
    for upper, lower in pairwise(rows):
        at = {item: number for number, item in enumerate(lower)}
        segments = [
            (number, at[below], isinstance(item, Place) and isinstance(below, Place), (item, below))
            for number, item in enumerate(upper)
            for below in links.successors(item)
            if below in at
        ]
        # The furthest right that inner ones reach from the left of each position, and the other way round.
        right, left = [-1] * (len(upper) + 1), [len(lower)] * (len(upper) + 1)
        for top, bottom, is_inner, _ in segments:
            if is_inner:
                right[top + 1], left[top] = max(right[top + 1], bottom), min(left[top], bottom)
        right = list(accumulate(right, max))
        left = list(accumulate(reversed(left), min))[::-1]
        found.update(
            segment
            for top, bottom, is_inner, segment in segments
            if not is_inner and (right[top] > bottom or left[top + 1] < bottom)
        )
    return found


def _place_one_way(
    rows: Rows, links: DiGraph[Item], gap: Gap, conflicts: set[Segment], down: bool, left: bool
) -> dict[Item, float]:
    """Align and pack the rows, mirrored so that it is always done from above and from the left."""
    turned = [list(row) if left else list(reversed(row)) for row in (rows if down else reversed(rows))]
    root = _align(turned, _neighbours(links, down), conflicts)
    packed = _pack(turned, root, gap if left else lambda one, other: gap(other, one))
    return packed if left else {item: -position for item, position in packed.items()}


def _neighbours(links: DiGraph[Item], down: bool) -> Callable[[Item], list[Item]]:
    """Return what gives the neighbours that an item may be aligned with: those which prefer it themselves."""

    def neighbours(item: Item) -> list[Item]:
        return [
            other for other in _preferred(links, item, down) if item in _preferred(links, other, not down)
        ]

    return neighbours


def _preferred(links: DiGraph[Item], item: Item, upper: bool) -> list[Item]:
    """Return the upper or lower neighbours to which an item's line should be straight: for a long edge its
    other places, for a state what does not come of a catcher."""
    found = list(links.predecessors(item) if upper else links.successors(item))
    if isinstance(item, Place):
        # Boxes laid into several rows may move from below the lines to them: else they take more room.
        found = [other for other in found if not _is_loose(item, other)]
        places = [other for other in found if isinstance(other, Place)]
        # The label of another edge that joins lies beside the line.
        line: list[Item] = [place for place in places if place.label is None]
        return line or [*places] or found
    main = [other for other in found if links.edges[(other, item) if upper else (item, other)]["main"]]
    return main or found


def _is_loose(one: Item, other: Item) -> bool:
    """Tell whether one is the line of its own of an edge, and the other the edge's label."""
    if not isinstance(one, Place) or not isinstance(other, Place):
        return False
    return (one.own is None) != (other.own is None)


def _align(rows: Rows, neighbours: Callable[[Item], list[Item]], conflicts: set[Segment]) -> dict[Item, Item]:
    """Return the first item of the block that each item is in: what is aligned is one block."""
    at = {item: number for row in rows for number, item in enumerate(row)}
    root: dict[Item, Item] = {item: item for item in at}
    followed: set[Item] = set()
    for row in rows:
        reached = -1
        for item in row:
            others = sorted(neighbours(item), key=at.__getitem__)
            middle = len(others) // 2
            for other in others[(len(others) - 1) // 2 : middle + 1]:
                is_free = root[item] is item and other not in followed and at[other] > reached
                if is_free and (other, item) not in conflicts and (item, other) not in conflicts:
                    root[item] = root[other]
                    followed.add(other)
                    reached = at[other]
    return root


def _pack(rows: Rows, root: Mapping[Item, Item], gap: Gap) -> dict[Item, float]:
    """Move all blocks as far to the left as they go, then each to the right towards its neighbours."""
    before: dict[Item, dict[Item, float]] = {block: {} for block in root.values()}
    after: dict[Item, dict[Item, float]] = {block: {} for block in root.values()}
    for row in rows:
        for one, other in pairwise(row):
            left, right, distance = root[one], root[other], gap(one, other)
            before[right][left] = max(distance, before[right].get(left, 0))
            after[left][right] = before[right][left]
    order = _sorted_blocks(before, after)
    position: dict[Item, float] = {}
    for block in order:
        position[block] = max((position[left] + far for left, far in before[block].items()), default=0.0)
    for block in reversed(order):
        if after[block]:
            position[block] = max(
                position[block], min(position[right] - far for right, far in after[block].items())
            )
    return {item: position[block] for item, block in root.items()}


def _sorted_blocks(
    before: Mapping[Item, Mapping[Item, float]], after: Mapping[Item, Mapping[Item, float]]
) -> list[Item]:
    """Return the blocks so that each comes after those to its left."""
    missing = {block: len(left) for block, left in before.items()}
    ready = [block for block, number in missing.items() if not number]
    order: list[Item] = []
    while ready:
        block = ready.pop()
        order.append(block)
        for right in after[block]:
            missing[right] -= 1
            if not missing[right]:
                ready.append(right)
    return order
