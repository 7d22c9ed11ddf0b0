"""The graph as a Mermaid flowchart, which GitHub, GitLab and many wikis draw in their pages.

Syntax: mermaid.js.org, "Flowcharts". Labels are quoted, and whatever Mermaid, its Markdown or HTML would
take for more than text is written as an entity code (`#quot;`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aslrun.graph.drawing import (
    MARKS,
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

SHAPES: Mapping[str | None, tuple[str, str]] = {
    "Pass": ("(", ")"),
    "Choice": ("{", "}"),
    "Wait": ("[/", "/]"),
    "Succeed": ("([", "])"),
    "Fail": ("{{", "}}"),
    "Parallel": ("[[", "]]"),
    "Map": ("[[", "]]"),
}
"""Type → what stands around a label. Those of Parallel and Map are for states with nothing inside."""

OTHER_SHAPE = ("[", "]")

MARK_SHAPES: Mapping[str, str] = {"start": '((" "))', "end": '(((" ")))'}

CLASSES: Mapping[str, str] = {
    "start_node": "fill:#5f6b7a,stroke:#5f6b7a",
    "end_node": "fill:#5f6b7a,stroke:#ffffff",
    "missing_node": "fill:#ffffff,stroke:#c62828,color:#c62828,stroke-dasharray:4 4",
    "box": "fill:none,stroke:#8a94a3",
    **{
        f"box_{status}": f"fill:none,stroke:{look[1]},stroke-width:2px"
        for status, look in STATUS_COLOURS.items()
    },
    **{
        status: f"fill:{fill},stroke:{stroke},color:#16191f,stroke-width:2px"
        for status, (fill, stroke) in STATUS_COLOURS.items()
    },
}
"""Class → its style: kinds of nodes, boxes around machines, and the statuses an execution gives to both."""

CODES: Mapping[str, str] = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}
"""Characters whose entity codes are names; the others have their numbers."""

# Besides quotes, HTML and Mermaid's own: what Markdown reads as a list, a heading, emphasis, code, a link;
# $$ begins a formula (and is the context object), %% a comment.
_SPECIAL = re.compile(
    r'["#%&*+/;<>@[\\\]^`{|}~]|(?<!\w)_|_(?!\w)|\$(?=\$)|^-|-(?=-)|(?<=\d)[.)](?=\s)|(?<=www)\.',
    re.IGNORECASE,
)


def render(graph: MultiDiGraph[str], *, direction: str = "TB") -> str:
    """Return the graph as the text of a Mermaid flowchart, from the top down or, `LR`, to the right."""
    drawing = read_graph(graph)
    # Mermaid fails on boxes in boxes unless their edges come first: extractor() of its dagre layout, 11.17.
    edges = sorted(drawing.edges, key=lambda edge: -_depth(graph, edge[0]))
    lines = [
        "flowchart TD" if direction == "TB" else f"flowchart {direction}",
        *_machine(drawing, None, "  ", direction),
        *(f"  {_edge(drawing, edge)}" for edge in edges),
        *(f"  {line}" for line in _styles(drawing, edges)),
    ]
    return "\n".join(map(_guarded, lines)) + "\n"


def _depth(graph: MultiDiGraph[str], id: str) -> int:
    container = graph.nodes[id]["container"]
    return 0 if container is None else 1 + _depth(graph, container)


def _machine(drawing: Drawing, container: str | None, indent: str, direction: str) -> Iterator[str]:
    """Draw what lies in a state, or the whole machine; several branches are a box each."""
    branches = drawing.scopes[container]
    for branch, nodes in branches.items():
        if container is None or len(branches) == 1:
            yield from _nodes(drawing, nodes, indent, direction)
        else:
            id = _branch_id(drawing.ids[container], branch)
            inside = _nodes(drawing, nodes, indent, direction)
            yield from _box(id, f"Branch {branch + 1}", inside, indent, direction)


def _nodes(drawing: Drawing, nodes: Iterable[str], indent: str, direction: str) -> Iterator[str]:
    for id in nodes:
        node, short = drawing.graph.nodes[id], drawing.ids[id]
        if id in drawing.scopes:
            inside = _machine(drawing, id, indent, direction)
            yield from _box(short, _title(node, " · "), inside, indent, direction)
        elif node["kind"] in MARKS:
            yield f"{indent}{short}{MARK_SHAPES[node['kind']]}"
        else:
            before, after = SHAPES.get(node["type"], OTHER_SHAPE)
            yield f'{indent}{short}{before}"{_title(node, "<br/>")}"{after}'


def _title(node: Attributes, separator: str) -> str:
    return separator.join(map(_escaped, state_lines(node)))


def _box(id: str, title: str, lines: Iterator[str], indent: str, direction: str) -> Iterator[str]:
    yield f'{indent}subgraph {id}["{title}"]'
    # Without it, Mermaid draws the inside of every other level from left to right.
    yield f"{indent}  direction {direction}"
    yield from (f"  {line}" for line in lines)
    yield f"{indent}end"


def _branch_id(container: str, branch: int) -> str:
    return f"{container}__branch{branch + 1}"


def _edge(drawing: Drawing, edge: Edge) -> str:
    source, target, attributes = edge
    arrow = "-.->" if attributes["kind"] == "catch" else "-->"
    label = "<br/>".join(map(_escaped, edge_label(attributes).splitlines()))
    quoted = f'|"{label}"|' if label else ""
    return f"{drawing.ids[source]} {arrow}{quoted} {drawing.ids[target]}"


def _styles(drawing: Drawing, edges: Sequence[Edge]) -> Iterator[str]:
    members: dict[str, list[str]] = {}
    for id, name in _classes(drawing):
        members.setdefault(name, []).append(id)
    for name in filter(members.__contains__, CLASSES):
        yield f"classDef {name} {CLASSES[name]}"
        yield f"class {','.join(members[name])} {name}"
    taken = [str(number) for number, (_, _, edge) in enumerate(edges) if edge.get("taken")]
    if taken:
        yield f"linkStyle {','.join(taken)} stroke:{TAKEN_COLOUR},stroke-width:3px"


def _classes(drawing: Drawing) -> Iterator[tuple[str, str]]:
    """Yield each id that has a class, with the class."""
    for id, node in drawing.graph.nodes(data=True):
        short, status = drawing.ids[id], node.get("status")
        branches = drawing.scopes.get(id)
        if branches is None:
            name = status if node["kind"] == "state" else f"{node['kind']}_node"
            yield from [(short, name)] if name else []
            continue
        yield short, f"box_{status}" if status else "box"
        if len(branches) > 1:
            yield from ((_branch_id(short, branch), "box") for branch in branches)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{CODES.get(found[0], ord(found[0]))};", text)


def _guarded(line: str) -> str:
    """Mermaid takes the last semicolon off lines that look like styles to it: give it one to take."""
    return f"{line};" if ";" in line and ("style" in line or "classDef" in line) else line
