"""The graph in Graphviz's DOT language: a cluster for each machine inside a state.

Syntax: graphviz.org, "DOT Language", "escString". Edges of DOT join nodes, never clusters, so that each
state with machines inside has two invisible points, one above and one below them, for its edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from aslrun.graph.drawing import (
    STATUS_COLOURS,
    TAKEN_COLOUR,
    Attributes,
    Drawing,
    Edge,
    edge_label,
    read_graph,
    state_lines,
)

if TYPE_CHECKING:
    from networkx import MultiDiGraph

FONT = 'fontname="Helvetica,Arial,sans-serif"'

DEFAULTS = (
    f'graph [compound=true, {FONT}, fontsize=11, color="#8a94a3", style=rounded]',
    f'node [{FONT}, fontsize=11, shape=box, style=filled, fillcolor="#ffffff", color="#5f6b7a"]',
    f'edge [{FONT}, fontsize=10, color="#5f6b7a", arrowsize=0.7]',
)

MARKS: Mapping[str, str] = {
    "start": 'label="", shape=circle, width=0.2, fillcolor="#5f6b7a"',
    "end": 'label="", shape=doublecircle, width=0.15, fillcolor="#5f6b7a"',
}

SHAPES: Mapping[str | None, str] = {
    "Pass": 'style="rounded,filled"',
    "Choice": "shape=diamond",
    "Wait": "shape=parallelogram, margin=0",
    "Succeed": "shape=ellipse",
    "Fail": "shape=octagon",
}
"""Type → shape; other types are boxes."""

MISSING = 'style="rounded,dashed", color="#c62828", fontcolor="#c62828"'
NEWLINE = r"\n"
POINT = 'label="", shape=point, style=invis, width=0'


def render(graph: MultiDiGraph[str], *, direction: str = "TB") -> str:
    """Return the graph as the text of a DOT file, from the top down or, `LR`, to the right."""
    drawing = read_graph(graph)
    lines = [
        "digraph {",
        *([] if direction == "TB" else [f"  rankdir={direction}"]),
        *(f"  {line}" for line in DEFAULTS),
        *_nodes(drawing, drawing.scopes[None][0], "  "),
        *(f"  {_edge(drawing, edge)}" for edge in drawing.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _nodes(drawing: Drawing, nodes: Iterable[str], indent: str) -> Iterator[str]:
    for id in nodes:
        node, short = drawing.graph.nodes[id], drawing.ids[id]
        if id in drawing.scopes:
            look = f'label="{_title(node, " · ")}"{_border(node)}'
            yield from _cluster(short, look, _inside(drawing, id, indent), indent)
        else:
            yield f"{indent}{short} [{_look(node)}]"


def _look(node: Attributes) -> str:
    if node["kind"] in MARKS:
        return MARKS[node["kind"]]
    shape = MISSING if node["kind"] == "missing" else SHAPES.get(node["type"])
    fill = f'fillcolor="{STATUS_COLOURS[node["status"]][0]}"' if "status" in node else None
    return ", ".join(filter(None, (f'label="{_title(node, NEWLINE)}"', shape, fill))) + _border(node)


def _title(node: Attributes, separator: str) -> str:
    return separator.join(map(_escaped, state_lines(node)))


def _border(node: Attributes) -> str:
    return f', color="{STATUS_COLOURS[node["status"]][1]}", penwidth=2' if "status" in node else ""


def _cluster(id: str, look: str, lines: Iterable[str], indent: str) -> Iterator[str]:
    yield f"{indent}subgraph cluster_{id} {{"
    yield f"{indent}  graph [{look}]"
    yield from (f"  {line}" for line in lines)
    yield f"{indent}}}"


def _inside(drawing: Drawing, container: str, indent: str) -> Iterator[str]:
    """Draw the machines inside a state, between the two points where its edges end and begin."""
    short = drawing.ids[container]
    yield f"{indent}{short}__top [{POINT}]"
    yield f"{indent}{short}__bottom [{POINT}]"
    branches = drawing.scopes[container]
    for branch, nodes in branches.items():
        lines = _nodes(drawing, nodes, indent)
        look = f'label="Branch {branch + 1}", color="#8a94a3", penwidth=1'
        several = len(branches) > 1
        yield from _cluster(f"{short}__branch{branch + 1}", look, lines, indent) if several else lines
        for id in nodes:
            yield from _ties(drawing, id, short, indent)


def _ties(drawing: Drawing, id: str, container: str, indent: str) -> Iterator[str]:
    """Keep what begins a machine below the upper point, and what ends it above the lower one."""
    if drawing.graph.nodes[id]["kind"] == "start":
        yield f"{indent}{container}__top -> {drawing.ids[id]} [style=invis]"
    if not drawing.graph.out_degree(id):
        yield f"{indent}{_tail(drawing, id)} -> {container}__bottom [style=invis]"


def _edge(drawing: Drawing, edge: Edge) -> str:
    source, target, attributes = edge
    lines = map(_escaped, edge_label(attributes).splitlines())
    look = [f'label="{label}"'] if (label := NEWLINE.join(lines)) else []
    if attributes["kind"] == "catch":
        look.append("style=dashed")
    if attributes.get("taken"):
        look.append(f'color="{TAKEN_COLOUR}", penwidth=2')
    # An edge from a cluster to itself cannot be cut off at its border.
    look += [f"{end}=cluster_{drawing.ids[id]}" for end, id in _clusters(drawing, source, target)]
    looks = f" [{', '.join(look)}]" if look else ""
    return f"{_tail(drawing, source)} -> {_head(drawing, target)}{looks}"


def _clusters(drawing: Drawing, source: str, target: str) -> list[tuple[str, str]]:
    ends = (("ltail", source), ("lhead", target))
    return [] if source == target else [(end, id) for end, id in ends if id in drawing.scopes]


def _tail(drawing: Drawing, id: str) -> str:
    return drawing.ids[id] + ("__bottom" if id in drawing.scopes else "")


def _head(drawing: Drawing, id: str) -> str:
    return drawing.ids[id] + ("__top" if id in drawing.scopes else "")


def _escaped(text: str) -> str:
    r"""Labels know \n and the like, and HTML's entities."""
    return text.replace("\\", "\\\\").replace('"', r"\"").replace("&", "&amp;")
