"""The layers of one scope: which node lies in which, in what order, and by which places edges pass.

Sugiyama's method: loops are set aside, each node lies below all that lead to it, long edges pass each layer
by a place of their own, and the order within layers is chosen for few crossings. What is ours:

- A label is a place in a layer of labels, so that it covers nothing.
- Long edges to one target share their places: eighty catchers of one state are one line, not eighty.
- What would make a layer too wide is laid into several, as the twenty targets of a Choice.
- An edge that goes back up (a loop) runs along the side of what lies between, by places of its own.

All is decided by the definition's order, so that equal definitions give equal layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import networkx

from aslrun.graph.drawing import Edge
from aslrun.graph.layers import Item, Layers, Place
from aslrun.graph.loops import add_loop, are_many
from aslrun.graph.ordering import first_order, ordered
from aslrun.graph.ranks import back_edges, ranks_of, spread, stagger, too_long

if TYPE_CHECKING:
    from networkx import DiGraph


def make_layers(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    labelled: frozenset[int],
    end: str | None = None,
    *,
    main: AbstractSet[int] = frozenset(),
    widths: Mapping[str, float] | None = None,
) -> Layers:
    """Return the layers of a scope.

    Args:
        nodes: ids in the definition's order, the start mark first.
        edges: its edges in the definition's order.
        labelled: the indices of the edges that have a label.
        end: the end mark, if there is one; it lies below all others.
        main: edges to the end; it lies straight below the lowest of their sources, or in their middle.
        widths: how many pixels each node takes along its layer; without them no layer is too wide.
    """
    back = back_edges(nodes, edges)
    rank, late = stagger(ranks_of(nodes, edges, back, end), edges, back, widths or {})
    direct = too_long(edges, rank, back)
    late -= direct
    main = _lowest(edges, rank, main)
    alone = (late | main if len(main) == 1 else late) - direct
    rank = spread(rank, edges, back - direct, labelled, late)
    links: DiGraph[Item] = networkx.DiGraph()
    links.add_nodes_from(nodes)
    ways: dict[int, list[Place]] = {}
    shared: dict[tuple[str, bool], list[Place]] = {}
    for number, edge in enumerate(edges):
        if number in direct:
            ways[number] = _way_to_label(edge, number, rank, links) if number in labelled else []
        elif number not in back:
            way = _alone(edge, number, rank) if number in alone else _shared(edge, rank, shared)
            if number in labelled:
                at = -1 if number in late else 0
                way[at] = Place(edge[1], edge[2]["kind"] == "catch", way[at].layer, number)
            _link(edge, way, links)
            ways[number] = way
    _lead_to_end(edges, links, main)
    rules: dict[Item, tuple[str, int]] = {
        place: (edges[number][0], edges[number][2]["index"])
        for number, way in ways.items()
        if edges[number][2]["kind"] in ("choice", "default")
        for place in way
        if number in (place.label, place.own)
    }
    rows = ordered([first_order(nodes, links, rank, turn) for turn in (False, True)], links, rules)
    layers = Layers(edges, rows, ways, links, direct)
    layers.layer_of = {item: layer for layer, row in enumerate(rows) for item in row}
    # Short loops first: those around them run outside of them.
    loops = sorted(
        back - direct, key=lambda number: (rank[edges[number][0]] - rank[edges[number][1]], number)
    )
    outside = are_many(layers, loops)
    for number in loops:
        add_loop(layers, number, number in labelled, outside)
    layers.labels |= {place.label: place for row in layers.rows for place in row
                      if isinstance(place, Place) and place.label is not None}  # fmt: skip
    return layers


def _alone(edge: Edge, number: int, rank: Mapping[str, int]) -> list[Place]:
    """Return the places by which an edge goes down that shares them with no other."""
    source, target, attributes = edge
    catch = attributes["kind"] == "catch"
    return [Place(target, catch, layer, own=number) for layer in range(rank[source] + 1, rank[target])]


def _shared(edge: Edge, rank: Mapping[str, int], shared: dict[tuple[str, bool], list[Place]]) -> list[Place]:
    """Return the places by which an edge goes down. `shared` has those of each target and kind, from the
    lowest up: they are made once, however many edges end there."""
    source, target, attributes = edge
    catch = attributes["kind"] == "catch"
    places = shared.setdefault((target, catch), [])
    lowest, length = rank[target] - 1, rank[target] - 1 - rank[source]
    places += [Place(target, catch, lowest - at) for at in range(len(places), length)]
    return places[:length][::-1]


def _link(edge: Edge, way: Sequence[Place], links: DiGraph[Item]) -> None:
    """Link what an edge passes, down to where others that share the rest of its way have done so."""
    source, target, attributes = edge
    catch = attributes["kind"] == "catch"
    upper: Item = source
    items: list[Item] = [*way, target]
    for lower in items:
        known = links.get_edge_data(upper, lower)
        if known is not None and isinstance(upper, Place) and upper.label is None:
            return
        links.add_edge(upper, lower, main=not catch or (known or {}).get("main", False))
        upper = lower


def _way_to_label(edge: Edge, number: int, rank: Mapping[str, int], links: DiGraph[Item]) -> list[Place]:
    """Return the place of the label of an edge that goes straight from there, and link it."""
    source, target, attributes = edge
    label = Place(target, attributes["kind"] == "catch", rank[source] + 1, number)
    links.add_edge(source, label, main=False)
    return [label]


def _lowest(edges: Sequence[Edge], rank: Mapping[str, int], among: AbstractSet[int]) -> frozenset[int]:
    """Return those of some edges whose sources are the lowest."""
    lowest = max((rank[edges[number][0]] for number in among), default=0)
    return frozenset(number for number in among if rank[edges[number][0]] == lowest)


def _lead_to_end(edges: Sequence[Edge], links: DiGraph[Item], main: AbstractSet[int]) -> None:
    """Let the end lie below the main path: of what leads there, only that is straight."""
    if not main:
        return
    end = edges[min(main)][1]
    sources = {edges[number][0] for number in main}
    for item in links.predecessors(end):
        is_own = isinstance(item, Place) and item.own is not None
        links.edges[item, end]["main"] = item in sources or is_own
    if not any(links.edges[item, end]["main"] for item in links.predecessors(end)):
        for item in links.predecessors(end):
            links.edges[item, end]["main"] = isinstance(item, Place)
