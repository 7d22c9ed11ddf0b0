"""The layers of one scope: which node lies in which, in what order, and by which places edges pass.

Sugiyama's method: loops are set aside, each node lies below all that lead to it, long edges pass each layer
by a place of their own, and the order within layers is chosen for few crossings. Three things are ours:

- A label is a place in a layer of labels, so that it covers nothing.
- Long edges to one target share their places: eighty catchers of one state are one line, not eighty.
- An edge that goes back up (a loop) runs along the side of what lies between, by places of its own.

All is decided by the definition's order, so that equal definitions give equal layers.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import networkx

from aslrun.graph.drawing import Edge

if TYPE_CHECKING:
    from networkx import DiGraph

SWEEPS = 12
"""Times that the order of all layers is looked at, downwards and upwards in turn."""

RIGHT, LEFT = 1, 0


class Place(NamedTuple):
    """Where an edge, or several edges to one target, pass a layer. `label` is the edge whose label lies
    there, `loop` the edge that goes back there, indices into the scope's edges. (A tuple: places are keys,
    and its hash is quick.)"""

    target: str
    catch: bool
    layer: int
    label: int | None = None
    loop: int | None = None


Item = str | Place
"""What lies in a layer: a node's id or a place."""


@dataclass(slots=True)
class Layers:
    """The result. `rows` has the layers from the top; `ways` the places of each edge, by its index among
    `edges`, from its source on; `loops` the side (RIGHT or LEFT) on which each edge runs that goes back;
    `labels` where the label of an edge lies. `links` joins items of neighbouring layers, downwards; its
    attribute `main` is true for what should be straight rather than other links."""

    edges: Sequence[Edge]
    rows: list[list[Item]]
    ways: dict[int, list[Place]]
    links: DiGraph[Item]
    loops: dict[int, int] = field(default_factory=dict)
    labels: dict[int, Place] = field(default_factory=dict)
    layer_of: dict[Item, int] = field(default_factory=dict)


def make_layers(
    nodes: Sequence[str], edges: Sequence[Edge], labelled: frozenset[int], end: str | None = None
) -> Layers:
    """Return the layers of a scope.

    Args:
        nodes: ids in the definition's order, the start mark first.
        edges: its edges in the definition's order.
        labelled: the indices of the edges that have a label.
        end: the end mark, if there is one; it lies below all others.
    """
    back = _back_edges(nodes, edges)
    rank = _spread(_ranks(nodes, edges, back, end), edges, back, labelled)
    links: DiGraph[Item] = networkx.DiGraph()
    links.add_nodes_from(nodes)
    ways = {
        number: _way(edge, number, rank, links, number in labelled)
        for number, edge in enumerate(edges)
        if number not in back
    }
    rows = _ordered([_first_order(nodes, links, rank, turn) for turn in (False, True)], links)
    layers = Layers(edges, rows, ways, links)
    layers.layer_of = {item: layer for layer, row in enumerate(rows) for item in row}
    # Short loops first: those around them run outside of them.
    for number in sorted(back, key=lambda number: (_height(edges[number], rank), number)):
        _add_loop(layers, number, number in labelled)
    layers.labels |= {place.label: place for row in layers.rows for place in row
                      if isinstance(place, Place) and place.label is not None}  # fmt: skip
    return layers


def _height(edge: Edge, rank: Mapping[str, int]) -> int:
    return rank[edge[0]] - rank[edge[1]]


# ---------------------------------------------------------------- layers


def _back_edges(nodes: Sequence[str], edges: Sequence[Edge]) -> set[int]:
    """Return the edges that close a loop on a walk in the definition's order, from the start on."""
    out: dict[str, list[int]] = {id: [] for id in nodes}
    for number, (source, _, _) in enumerate(edges):
        out[source].append(number)
    back: set[int] = set()
    done: set[str] = set()
    for root in nodes:
        if root in done:
            continue
        open_, path = {root}, [(root, iter(out[root]))]
        done.add(root)
        while path:
            id, rest = path[-1]
            found = next(rest, None)
            if found is None:
                open_.discard(id)
                path.pop()
                continue
            target = edges[found][1]
            if target in open_:
                back.add(found)
            elif target not in done:
                done.add(target)
                open_.add(target)
                path.append((target, iter(out[target])))
    return back


def _ranks(nodes: Sequence[str], edges: Sequence[Edge], back: set[int], end: str | None) -> dict[str, int]:
    """Put each node below all that lead to it, what nothing leads to beside the first state, the end last."""
    forward: DiGraph[str] = networkx.DiGraph()
    forward.add_nodes_from(nodes)
    forward.add_edges_from(edge[:2] for number, edge in enumerate(edges) if number not in back)
    first = nodes[0]
    rank: dict[str, int] = {}
    for id in networkx.topological_sort(forward):
        rank[id] = max((rank[before] + 1 for before in forward.predecessors(id)), default=int(id != first))
    if end is not None:
        rank[end] = 1 + max(layer for id, layer in rank.items() if id != end)
    return rank


def _spread(
    rank: Mapping[str, int], edges: Sequence[Edge], back: set[int], labelled: frozenset[int]
) -> dict[str, int]:
    """Make room for a layer of labels below each layer from which a labelled edge goes down, and above each
    from which one goes back up."""
    below = {rank[edges[n][0]] - (n in back) for n in labelled if not _is_self_loop(edges[n])}
    moved, layer = {}, 0
    for old in range(max(rank.values()) + 1):
        moved[old] = layer
        layer += 2 if old in below else 1
    return {id: moved[old] for id, old in rank.items()}


def _is_self_loop(edge: Edge) -> bool:
    return edge[0] == edge[1]


def _way(
    edge: Edge, number: int, rank: Mapping[str, int], links: DiGraph[Item], labelled: bool
) -> list[Place]:
    """Return the places by which an edge goes down, and link them."""
    source, target, attributes = edge
    catch = attributes["kind"] == "catch"
    way = [Place(target, catch, layer) for layer in range(rank[source] + 1, rank[target])]
    if labelled:
        way[0] = Place(target, catch, way[0].layer, number)
    items: list[Item] = [source, *way, target]
    for upper, lower in pairwise(items):
        main = not catch or links.get_edge_data(upper, lower, {}).get("main", False)
        links.add_edge(upper, lower, main=main)
    return way


# ---------------------------------------------------------------- order


def _first_order(
    nodes: Sequence[str], links: DiGraph[Item], rank: Mapping[str, int], turn: bool
) -> list[list[Item]]:
    """Lay the items into their rows as a walk from the first node comes to them; `turn` goes the last way
    first."""
    rows: list[list[Item]] = [[] for _ in range(max(rank.values()) + 1)]
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


def _ordered(orders: Iterable[list[list[Item]]], links: DiGraph[Item]) -> list[list[Item]]:
    """Return the order with the fewest crossings that can be found from some to begin with; of several, the
    one that is found first."""
    return min((_untangled(rows, links) for rows in orders), key=lambda rows: crossings(rows, links))


def _untangled(rows: list[list[Item]], links: DiGraph[Item]) -> list[list[Item]]:
    """Sort each row by the middle of its neighbours in the one before, down and up, and keep the best."""
    best, fewest = rows, crossings(rows, links)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        # Ties are kept in two sweeps and turned in the next two: some knots open only so.
        rows = _swept(rows, links, sweep % 2 == 0, sweep % 4 >= 2)
        number = crossings(rows, links)
        if number < fewest:
            best, fewest = rows, number
    return _switched(best, links) if fewest else best


def _swept(rows: list[list[Item]], links: DiGraph[Item], down: bool, turn: bool) -> list[list[Item]]:
    neighbours = links.predecessors if down else links.successors
    fixed: list[Item] = []
    result = []
    for row in rows if down else reversed(rows):
        at = {item: number for number, item in enumerate(fixed)}
        middle = {
            item: sum(places) / len(places) if (places := [at[other] for other in neighbours(item)]) else None
            for item in row
        }
        fixed = _sorted_by(row, middle, turn)
        result.append(fixed)
    return result if down else result[::-1]


def _sorted_by(row: list[Item], middle: Mapping[Item, float | None], turn: bool) -> list[Item]:
    """Sort those that have neighbours, and leave the others where they are; `turn` the order of equals."""
    found = [item for item in (reversed(row) if turn else row) if middle[item] is not None]
    moving = iter(sorted(found, key=lambda item: middle[item] or 0))
    return [item if middle[item] is None else next(moving) for item in row]


def _switched(rows: list[list[Item]], links: DiGraph[Item]) -> list[list[Item]]:
    """Switch neighbours in a row wherever that saves crossings."""
    rows = [list(row) for row in rows]
    for _ in range(4):
        switched = [_switch_in(rows, number, links) for number in range(len(rows))]
        if not any(switched):
            break
    return rows


def _switch_in(rows: list[list[Item]], number: int, links: DiGraph[Item]) -> bool:
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


# ---------------------------------------------------------------- loops


def _add_loop(layers: Layers, number: int, labelled: bool) -> None:
    """Lead an edge back up along a side of what lies between, where it crosses the fewest links."""
    source, target, attributes = layers.edges[number]
    top, bottom = layers.layer_of[target], layers.layer_of[source]
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
