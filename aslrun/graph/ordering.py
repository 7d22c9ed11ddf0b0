"""The order of what lies in each layer: few crossings, and the rules of a Choice as they are tried."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from aslrun.graph.layers import Item, Place

if TYPE_CHECKING:
    from networkx import DiGraph

SWEEPS = 12
"""Times that the order of all layers is looked at, downwards and upwards in turn, and ITEMS_SWEPT, the items
that may be looked at in all: large scopes get fewer."""
ITEMS_SWEPT = 60_000


def first_order(
    nodes: Sequence[str], links: DiGraph[Item], rank: Mapping[str, int], turn: bool
) -> list[list[Item]]:
    """Lay the items into their rows as a walk from the first node comes to them; `turn` goes the last way
    first."""
    lowest = max(item.layer if isinstance(item, Place) else rank[item] for item in links)
    rows: list[list[Item]] = [[] for _ in range(lowest + 1)]
    seen: set[Item] = set()
    for root in nodes:
        waiting: list[Item] = [root]
        while waiting:
            item = waiting.pop()
            if item in seen:
                continue
            seen.add(item)
            rows[item.layer if isinstance(item, Place) else rank[item]].append(item)
            following = list(links.successors(item))
            waiting.extend(following if turn else reversed(following))
    return rows


def ordered(
    orders: Iterable[list[list[Item]]], links: DiGraph[Item], rules: Mapping[Item, tuple[str, int]]
) -> list[list[Item]]:
    """Return the order with the fewest crossings that can be found from some to begin with; of several, the
    one that is found first.

    `rules` are the labels of Choice rules, each with its Choice and its place among the rules: those of one
    Choice keep their order, also where that costs crossings, since it is the order in which they are tried.
    """
    untangled = [_untangled([_in_rule_order(row, rules) for row in rows], links, rules) for rows in orders]
    return min(untangled, key=lambda rows: crossings(rows, links))


def _in_rule_order(row: list[Item], rules: Mapping[Item, tuple[str, int]]) -> list[Item]:
    """Sort the rules of each Choice among the positions that they have in a row."""
    positions: dict[str, list[int]] = {}
    for at, item in enumerate(row):
        if item in rules:
            positions.setdefault(rules[item][0], []).append(at)
    result = list(row)
    for places in positions.values():
        if len(places) > 1:
            for at, item in zip(
                places, sorted((row[at] for at in places), key=rules.__getitem__), strict=True
            ):
                result[at] = item
    return result


def _untangled(
    rows: list[list[Item]], links: DiGraph[Item], rules: Mapping[Item, tuple[str, int]]
) -> list[list[Item]]:
    """Sort each row by the middle of its neighbours in the one before, down and up, and keep the best."""
    best, fewest = rows, crossings(rows, links)
    for sweep in range(sweeps_for(rows)):
        if not fewest:
            break
        # Ties are kept in two sweeps and turned in the next two: some knots open only so.
        rows = _swept(rows, links, rules, sweep % 2 == 0, sweep % 4 >= 2)
        number = crossings(rows, links)
        if number < fewest:
            best, fewest = rows, number
    return _switched(best, links, rules) if fewest else best


def sweeps_for(rows: Sequence[Sequence[Item]]) -> int:
    """Return how often a scope's layers are looked at: fewer times where there are very many items."""
    return max(2, min(SWEEPS, ITEMS_SWEPT // (sum(map(len, rows)) or 1)))


def _swept(
    rows: list[list[Item]],
    links: DiGraph[Item],
    rules: Mapping[Item, tuple[str, int]],
    down: bool,
    turn: bool,
) -> list[list[Item]]:
    neighbours = links.predecessors if down else links.successors
    fixed: list[Item] = []
    result = []
    for row in rows if down else reversed(rows):
        at = {item: number for number, item in enumerate(fixed)}
        middle = {
            item: sum(places) / len(places) if (places := [at[other] for other in neighbours(item)]) else None
            for item in row
        }
        fixed = _in_rule_order(_sorted_by(row, middle, turn), rules)
        result.append(fixed)
    return result if down else result[::-1]


def _sorted_by(row: list[Item], middle: Mapping[Item, float | None], turn: bool) -> list[Item]:
    """Sort those that have neighbours, and leave the others where they are; `turn` the order of equals."""
    found = [item for item in (reversed(row) if turn else row) if middle[item] is not None]
    moving = iter(sorted(found, key=lambda item: middle[item] or 0))
    return [item if middle[item] is None else next(moving) for item in row]


def _switched(
    rows: list[list[Item]], links: DiGraph[Item], rules: Mapping[Item, tuple[str, int]]
) -> list[list[Item]]:
    """Switch neighbours in a row wherever that saves crossings."""
    rows = [list(row) for row in rows]
    for _ in range(4):
        switched = [_switch_in(rows, number, links, rules) for number in range(len(rows))]
        if not any(switched):
            break
    return rows


def _switch_in(
    rows: list[list[Item]], number: int, links: DiGraph[Item], rules: Mapping[Item, tuple[str, int]]
) -> bool:
    row, changed = rows[number], False
    above = {item: at for at, item in enumerate(rows[number - 1])} if number else {}
    below = {item: at for at, item in enumerate(rows[number + 1])} if number + 1 < len(rows) else {}
    ends = {
        item: (
            sorted(above[other] for other in links.predecessors(item)),
            sorted(below[other] for other in links.successors(item)),
        )
        for item in row
    }
    for at in range(len(row) - 1):
        if row[at] in rules and row[at + 1] in rules and rules[row[at]][0] == rules[row[at + 1]][0]:
            continue
        left, right = ends[row[at]], ends[row[at + 1]]
        as_is = sum(_pairs_crossing(left[side], right[side]) for side in (0, 1))
        if sum(_pairs_crossing(right[side], left[side]) for side in (0, 1)) < as_is:
            row[at], row[at + 1] = row[at + 1], row[at]
            changed = True
    return changed


def _pairs_crossing(left: list[int], right: list[int]) -> int:
    """Count the pairs in which what hangs on the left lies right of what hangs on the right."""
    return sum(bisect_left(right, end) for end in left)


def crossings(rows: Sequence[Sequence[Item]], links: DiGraph[Item]) -> int:
    """Count the crossings of links between neighbouring rows."""
    return sum(_crossings_between(upper, lower, links) for upper, lower in pairwise(rows))


def _crossings_between(upper: Sequence[Item], lower: Sequence[Item], links: DiGraph[Item]) -> int:
    at = {item: number for number, item in enumerate(lower)}
    seen: list[int] = []
    count = 0
    for item in upper:
        ends = [at[other] for other in links.successors(item) if other in at]
        count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
        for end in ends:
            insort(seen, end)
    return count
