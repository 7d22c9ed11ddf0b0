"""A graph without the machines that lie deep inside: the states around them tell what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aslrun.graph.drawing import MARKS

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def collapse(graph: MultiDiGraph[str], depth: int) -> MultiDiGraph[str]:
    """Return a copy of a graph of `build_graph` in which machines lie at most `depth` levels inside states.

    A state that loses its machines gets the attribute `inside`, `2 branches, 7 states`.
    """
    levels: dict[str, int] = {}
    for id, node in graph.nodes(data=True):
        levels[id] = 0 if node["container"] is None else levels[node["container"]] + 1
    kept: MultiDiGraph[str] = graph.subgraph([id for id, level in levels.items() if level <= depth]).copy()
    for id, level in levels.items():
        if level == depth and (words := _inside(graph, id)):
            kept.nodes[id]["inside"] = words
    return kept


def _inside(graph: MultiDiGraph[str], container: str) -> str:
    branches: set[int] = set()
    states = 0
    for id, node in graph.nodes(data=True):
        around = node["container"]
        if around == container:
            branches.add(node["branch"])
        if node["kind"] not in MARKS and id.startswith(f"{container}/"):
            states += 1
    if not branches:
        return ""
    words = [_number(len(branches), "branch", "branches")] if len(branches) > 1 else []
    return ", ".join([*words, _number(states, "state", "states")])


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
