"""In which layer each node of a scope lies, and which edges go past layers by places of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import networkx

from aslrun.graph.drawing import Edge

if TYPE_CHECKING:
    from networkx import DiGraph

WIDEST = 1_200.0
"""Pixels that the boxes of one layer take at most before they are laid into several rows, and MOST_ROWS, how
many rows: each one more has the lines to all that follow between its boxes."""
MOST_ROWS = 4
BOX_GAP = 28.0

PLACES = 5_000
"""Places of edges that a scope may have: the longest edges beyond go straight, whatever lies between. It
bounds the time that a drawing takes; machines that people write have some hundreds."""


def back_edges(nodes: Sequence[str], edges: Sequence[Edge]) -> set[int]:
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


def ranks_of(nodes: Sequence[str], edges: Sequence[Edge], back: set[int], end: str | None) -> dict[str, int]:
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


def stagger(
    rank: dict[str, int], edges: Sequence[Edge], back: AbstractSet[int], widths: Mapping[str, float]
) -> tuple[dict[str, int], frozenset[int]]:
    """Lay what is too wide for one layer into several, in the order of the edges that lead there.

    Returns the ranks, and the edges that alone lead to a box so moved: their labels lie above it, since
    beside each other below their source they would be as wide again.
    """
    leading: dict[str, list[int]] = {}
    for number, (_, target, _) in enumerate(edges):
        if number not in back:
            leading.setdefault(target, []).append(number)
    members: dict[int, list[str]] = {}
    for id, layer in rank.items():
        members.setdefault(layer, []).append(id)
    moved: dict[str, int] = {}
    late: set[int] = set()
    base = 0
    for layer in sorted(members):
        ids = sorted(members[layer], key=lambda id: leading.get(id, [-1])[0])
        rows = _rows(ids, widths)
        for step, row in enumerate(rows):
            moved |= dict.fromkeys(row, base + step)
            if len(rows) > 1:
                late |= {leading[id][0] for id in row if len(leading.get(id, ())) == 1}
        base += len(rows)
    return moved, frozenset(late)


def _rows(ids: list[str], widths: Mapping[str, float]) -> list[list[str]]:
    total = sum(widths.get(id, 0.0) + BOX_GAP for id in ids)
    count = min(MOST_ROWS, int(total // WIDEST) + 1)
    if count == 1:
        return [ids]
    # In turn, so that the boxes lie from left to right in their order, each with the lines to those below
    # it beside it.
    return [ids[step::count] for step in range(count)]


def too_long(edges: Sequence[Edge], rank: Mapping[str, int], back: AbstractSet[int]) -> frozenset[int]:
    """Return the edges for whose places there is no room among PLACES: the longest ones. Edges that share
    their places count once."""
    sharing: dict[tuple[str, bool] | int, list[int]] = {}
    for number, (_, target, attributes) in enumerate(edges):
        sharing.setdefault(number if number in back else (target, attributes["kind"] == "catch"), []).append(
            number
        )
    lengths = {
        key: max(abs(rank[edges[number][1]] - rank[edges[number][0]]) for number in numbers)
        for key, numbers in sharing.items()
    }
    left, direct = 2 * PLACES, set[int]()
    # A layer of labels may come between any two.
    for key in sorted(sharing, key=lambda key: lengths[key]):
        left -= 2 * lengths[key]
        if left < 0 and lengths[key] > 1:
            direct.update(sharing[key])
    return frozenset(direct)


def spread(
    rank: Mapping[str, int],
    edges: Sequence[Edge],
    back: AbstractSet[int],
    labelled: AbstractSet[int],
    late: AbstractSet[int],
) -> dict[str, int]:
    """Make room for a layer of labels below each layer from which a labelled edge goes down, and above each
    from which one goes back up, or to which a `late` one leads."""
    below = {rank[edges[n][0]] - (n in back) for n in labelled - late if not _is_self_loop(edges[n])}
    below |= {rank[edges[n][1]] - 1 for n in labelled & late}
    moved, layer = {}, 0
    for old in range(max(rank.values()) + 1):
        moved[old] = layer
        layer += 2 if old in below else 1
    return {id: moved[old] for id, old in rank.items()}


def _is_self_loop(edge: Edge) -> bool:
    return edge[0] == edge[1]
