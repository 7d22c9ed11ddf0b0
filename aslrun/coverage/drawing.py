"""Coverage on the graph: `covered` (true or false) on its states and edges, which renderers show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aslrun.graph import build_graph

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from aslrun.coverage.report import DefinitionCoverage


def draw_coverage(definition: DefinitionCoverage) -> MultiDiGraph[str]:
    """Return the graph of a definition with its coverage on it. Raises UsageError as `build_graph` does."""
    graph, hits = build_graph(definition.document.value), definition.hits
    for id, node in graph.nodes(data=True):
        if node["kind"] == "state":
            node["covered"] = hits.get(id, 0) > 0
    for source in graph:
        for key, edge in edge_keys(graph, source):
            edge["covered"] = hits.get(key, 0) > 0
    return graph


LISTS = {"choice": "Choices", "catch": "Catch"}
"""Kinds of edges that come from the entries of a list, and the list."""
ENDING_TYPES = ("Succeed", "Fail")


def edge_keys(graph: MultiDiGraph[str], source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the attributes of the edges that leave a node, each after the key of its hits.

    What leads into a machine is taken when its first state is entered. Of Succeed and Fail nothing is
    counted but that they are entered.
    """
    edges = sorted(graph.out_edges(source, data=True), key=lambda each: each[2]["index"])
    for kind, field in LISTS.items():
        of_list = (edge for _, _, edge in edges if edge["kind"] == kind)
        yield from ((f"{source}/{field}/{number}/Next", edge) for number, edge in enumerate(of_list))
    for _, target, edge in edges:
        if edge["kind"] == "start":
            yield target, edge
        elif edge["kind"] == "end" and graph.nodes[source]["type"] in ENDING_TYPES:
            yield source, edge
        elif edge["kind"] not in LISTS:
            yield f"{source}/{edge['kind'].title()}", edge
