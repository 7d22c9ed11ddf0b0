"""State machines as graphs: built from a definition, marked with an execution, written as text.

    graph = build_graph(definition)
    marked = mark_execution(graph, events)
    print(render(marked, "mermaid"))

networkx costs 113 ms to import, so that everything here is imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from aslrun.graph.build import build_graph
    from aslrun.graph.overlay import mark_execution

__all__ = ["FORMATS", "Format", "build_graph", "mark_execution", "render"]

_HOMES = {"build_graph": "aslrun.graph.build", "mark_execution": "aslrun.graph.overlay"}


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a graph: `module` has `render(graph) -> str`, `suffixes` are those of its files."""

    module: str
    suffixes: tuple[str, ...]


FORMATS: Mapping[str, Format] = {
    "mermaid": Format("aslrun.graph.mermaid", (".mmd", ".mermaid")),
    "dot": Format("aslrun.graph.dot", (".dot", ".gv")),
    "json": Format("aslrun.graph.node_link", (".json",)),
}


def render(graph: MultiDiGraph[str], format: str) -> str:
    """Return a graph of `build_graph` as text in one of FORMATS, equal for equal graphs."""
    text: str = import_module(FORMATS[format].module).render(graph)
    return text


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'aslrun.graph' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
