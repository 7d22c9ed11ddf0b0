"""The graph as JSON, in networkx's node-link format: `node_link_graph(data, edges="edges")` reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def render(graph: MultiDiGraph[str]) -> str:
    """Return the graph with all its attributes as JSON text."""
    from networkx import node_link_data

    text = json.dumps(node_link_data(graph, edges="edges"), ensure_ascii=False, indent=2) + "\n"
    # A lone surrogate, which UTF-8 does not have, becomes what JSON writes for it: \ud800.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
