"""Edges that go back up: each runs along the side of what lies between, by places of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from aslrun.graph.layers import LEFT, RIGHT, Item, Layers, Place

STEPS = 400_000
"""Pairs of positions that may be compared for all loops of a scope."""


def are_many(layers: Layers, loops: Sequence[int]) -> bool:
    """Tell whether looking for the best way of each loop would take too long."""
    steps = 0.0
    for number in loops:
        source, target, _ = layers.edges[number]
        rows = layers.rows[layers.layer_of[target] : layers.layer_of[source] + 1]
        steps += sum((len(row) + len(loops) / 2) ** 2 for row in rows)
    return steps > STEPS


def add_loop(layers: Layers, number: int, labelled: bool, outside: bool) -> None:
    """Lead an edge back up along a side of what lies between, where it crosses the fewest links; `outside`
    takes the outermost one instead, which is found at once."""
    source, target, attributes = layers.edges[number]
    top, bottom = layers.layer_of[target], layers.layer_of[source]
    if outside:
        side, positions = RIGHT, _way_outside(layers, source, target)
    else:
        _, side, positions = min(
            (_best_way_up(layers, source, target, side) for side in (RIGHT, LEFT)), key=lambda way: way[0]
        )
    catch = attributes["kind"] == "catch"
    way = [
        Place(target, catch, layer, number if labelled and layer == bottom - 1 else None, number)
        for layer in range(bottom, top - 1, -1)
    ]
    for place, position in zip(way, reversed(positions), strict=True):
        layers.rows[place.layer].insert(position, place)
        layers.layer_of[place] = place.layer
        layers.links.add_node(place)
    if labelled and top == bottom:
        # No layer of labels lies on the way of an edge from a state to itself: the label lies beside it.
        label = Place(target, catch, bottom, number, number)
        layers.links.add_node(label)
        layers.rows[bottom].insert(positions[0] + side, label)
    for lower, upper in pairwise(way):
        layers.links.add_edge(upper, lower, main=True)
    layers.ways[number], layers.loops[number] = way, side


def _way_outside(layers: Layers, source: str, target: str) -> list[int]:
    top, bottom = layers.layer_of[target], layers.layer_of[source]
    between = [len(layers.rows[layer]) for layer in range(top + 1, bottom)]
    ends = [_beside(layers, target, RIGHT), *between, _beside(layers, source, RIGHT)]
    return ends[:1] if top == bottom else ends


def _best_way_up(layers: Layers, source: str, target: str, side: int) -> tuple[float, int, list[int]]:
    """Return (cost, side, position in each row from the target's to the source's): few crossings, then far
    to the side."""
    top, bottom = layers.layer_of[target], layers.layer_of[source]
    begin = _beside(layers, target, side)
    costs: dict[int, tuple[float, list[int]]] = {begin: (0.0, [begin])}
    for layer in range(top + 1, bottom + 1):
        size = len(layers.rows[layer])
        ends = [_beside(layers, source, side)] if layer == bottom else list(range(size + 1))
        links = list(_positions(layers, layer - 1))
        costs = {
            end: min(
                (cost + _crossed(links, begin, end) + _distance(end, size, side), [*way, end])
                for begin, (cost, way) in costs.items()
            )
            for end in ends
        }
    ((cost, way),) = costs.values()
    return cost, side, way


def _distance(position: int, size: int, side: int) -> float:
    return 0.001 * (size - position if side == RIGHT else position)


def _beside(layers: Layers, id: str, side: int) -> int:
    """Return the position beside a node, outside of the loops that run there already."""
    row = layers.rows[layers.layer_of[id]]
    at = row.index(id)
    step = 1 if side == RIGHT else -1
    while 0 <= at + step < len(row) and _is_loop_of(layers, row[at + step], id):
        at += step
    return at + 1 if side == RIGHT else at


def _is_loop_of(layers: Layers, item: Item, id: str) -> bool:
    return isinstance(item, Place) and item.loop is not None and id in layers.edges[item.loop][:2]


def _positions(layers: Layers, layer: int) -> Iterator[tuple[int, int, float]]:
    """Yield the links from a layer down, as positions, and what it costs to cross them: a little more where
    that would bend a main line, or move a label from above its target."""
    lower = {item: number for number, item in enumerate(layers.rows[layer + 1])}
    for number, item in enumerate(layers.rows[layer]):
        is_label = isinstance(item, Place) and item.label is not None
        for other, link in layers.links[item].items():
            yield number, lower[other], 1 + 0.02 * link["main"] + 0.01 * (is_label and isinstance(other, str))


def _crossed(links: Iterable[tuple[int, int, float]], begin: int, end: int) -> float:
    return sum(cost for upper, lower, cost in links if (upper < begin) != (lower < end))
