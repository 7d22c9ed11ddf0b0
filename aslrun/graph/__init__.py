"""State machines as graphs: built from a definition, marked with an execution, drawn or written as text.

    graph = build_graph(definition)
    marked = mark_execution(graph, events)
    print(render(marked, "svg"))

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
    from aslrun.graph.depth import collapse
    from aslrun.graph.overlay import mark_execution

__all__ = [
    "DIRECTIONS",
    "FORMATS",
    "THEMES",
    "Format",
    "build_graph",
    "collapse",
    "mark_execution",
    "render",
    "render_bytes",
]

_HOMES = {
    "build_graph": "aslrun.graph.build",
    "collapse": "aslrun.graph.depth",
    "mark_execution": "aslrun.graph.overlay",
}


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a graph: `module` has `render(graph, **options)`, which returns text, or bytes of a
    picture; `suffixes` are those of its files, `options` what it takes."""

    module: str
    suffixes: tuple[str, ...]
    options: frozenset[str] = frozenset()
    is_text: bool = True


FORMATS: Mapping[str, Format] = {
    "svg": Format("aslrun.graph.svg.drawing", (".svg",), frozenset({"direction", "theme"})),
    "png": Format("aslrun.graph.png", (".png",), frozenset({"direction", "theme"}), is_text=False),
    "mermaid": Format("aslrun.graph.mermaid", (".mmd", ".mermaid"), frozenset({"direction"})),
    "dot": Format("aslrun.graph.dot", (".dot", ".gv"), frozenset({"direction"})),
    "json": Format("aslrun.graph.node_link", (".json",)),
}
DIRECTIONS = ("TB", "LR")
THEMES = ("auto", "light", "dark")


def render(
    graph: MultiDiGraph[str],
    format: str,
    *,
    theme: str = "auto",
    direction: str = "TB",
    depth: int | None = None,
) -> str:
    """Return a graph of `build_graph` as text in one of FORMATS but PNG, equal for equal graphs.

    Args:
        theme: one of THEMES: `light`, `dark`, or as the reader's; for SVG.
        direction: one of DIRECTIONS: from the top down, or from left to right; JSON has none.
        depth: how many levels of machines inside states are drawn; all, if it is None.
    """
    if not FORMATS[format].is_text:
        raise ValueError(f"{format} is no text: use render_bytes")
    return render_bytes(graph, format, theme=theme, direction=direction, depth=depth).decode()


def render_bytes(
    graph: MultiDiGraph[str],
    format: str,
    *,
    theme: str = "auto",
    direction: str = "TB",
    depth: int | None = None,
) -> bytes:
    """Return a graph as the bytes of a file in any of FORMATS; text is UTF-8. See `render`.

    Raises UsageError where a format needs a package that is not installed.
    """
    if depth is not None:
        from aslrun.graph.depth import collapse

        graph = collapse(graph, depth)
    form = FORMATS[format]
    given = {"theme": theme, "direction": direction}
    options = {name: value for name, value in given.items() if name in form.options}
    drawn: str | bytes = import_module(form.module).render(graph, **options)
    return drawn.encode() if isinstance(drawn, str) else drawn


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'aslrun.graph' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
