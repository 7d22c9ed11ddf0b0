"""The graph as SVG: a card for each state, text as text, nothing outside of the file, no ids that clash.

Elements that stand for nodes have their id in `data-id`, those for edges and their labels `data-source`,
`data-target` and `data-index` (of joined edges all of theirs); both have classes of what they are and of
what an execution did there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from aslrun.graph.cards import (
    ICON,
    KIND_SIZE,
    LABEL_LINE,
    LABEL_SIZE,
    LINE,
    NAME_SIZE,
    card_of,
    label_lines,
)
from aslrun.graph.cards import LEFT as TEXT_LEFT
from aslrun.graph.drawing import (
    MARKS,
    Attributes,
    Drawing,
    edge_label,
    kind_text,
    notes_text,
    read_graph,
    shortened,
)
from aslrun.graph.icons import BADGES, COLOURS_OF, ICONS, RETRY, icon_of
from aslrun.graph.layout import Box, Curve, Layout, Point, Route, lay_out
from aslrun.graph.svg.style import style_sheet
from aslrun.graph.text_size import is_known, text_width

if TYPE_CHECKING:
    from networkx import MultiDiGraph

MARGIN = 20.0
LONGEST_TITLE = 2_000
"""Characters of what is shown when the mouse rests on something."""
HEAD_LENGTH, HEAD_WIDTH = 8.0, 4.2
"""Pixels from an arrow's point to its base, and from its middle to its side."""


def render(graph: MultiDiGraph[str], *, theme: str = "auto", direction: str = "TB") -> str:
    """Return the graph as the text of an SVG file.

    Args:
        graph: of `build_graph`; what `mark_execution` adds is shown, and `covered`, which coverage adds.
        theme: `light`, `dark`, or `auto`: as the reader's.
        direction: `TB`, from the top down, or `LR`, from left to right.
    """
    drawing = read_graph(graph)
    layout = lay_out(drawing, direction)
    width, height = (_number(length + 2 * MARGIN) for length in (layout.width, layout.height))
    executed = " executed" if "status" in graph.graph else ""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="aslrun {theme}{executed}" {size} role="img">',
        f"<title>{_title(_machine_lines(graph))}</title>",
        f"<style>\n{style_sheet(theme)}\n</style>",
        f'<rect class="paper" width="{width}" height="{height}" rx="10"/>',
        f'<g transform="translate({_number(MARGIN)} {_number(MARGIN)})">',
        *_parts(drawing, layout),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def size_of(text: str) -> tuple[float, float]:
    """Return the width and height of a drawing of `render`, in pixels."""
    found = re.search(r' width="([\d.]+)" height="([\d.]+)"', text)
    assert found is not None
    return float(found[1]), float(found[2])


def _machine_lines(graph: MultiDiGraph[str]) -> list[str]:
    status = graph.graph.get("status")
    return [graph.graph.get("comment") or "State machine", *([f"Execution: {status}"] if status else [])]


def _parts(drawing: Drawing, layout: Layout) -> Iterator[str]:
    """Draw from behind to the front: states with machines inside, edges, labels, cards."""
    for id, box in sorted(layout.boxes.items(), key=lambda item: _depth(drawing, item[0])):
        if id in drawing.scopes:
            yield from _container(drawing, layout, id, box)
    routes = sorted(layout.routes, key=lambda route: bool(route.edge[2].get("taken")))
    for route in routes:
        yield _edge(drawing, route)
    for route in routes:
        if route.label is not None:
            yield _label(drawing, route, route.label)
    for id, box in layout.boxes.items():
        if id not in drawing.scopes:
            yield _node(drawing, id, box)


def _depth(drawing: Drawing, id: str) -> int:
    container = drawing.graph.nodes[id]["container"]
    return 0 if container is None else 1 + _depth(drawing, container)


# ---------------------------------------------------------------- states


def _container(drawing: Drawing, layout: Layout, id: str, box: Box) -> Iterator[str]:
    node = drawing.graph.nodes[id]
    yield f'<g class="{_classes(drawing, node, "node state container")}" data-id="{_text(id)}">'
    yield from _card(node, box)
    yield "</g>"
    for branch in drawing.scopes[id]:
        if frame := layout.frames.get((id, branch)):
            x, y = _number(frame.x + 10), _number(frame.y + 15)
            title = f'<text x="{x}" y="{y}">Branch {branch + 1}</text>'
            yield f'<g class="frame">{_rectangle(frame, "", 6)}{title}</g>'


def _node(drawing: Drawing, id: str, box: Box) -> str:
    node = drawing.graph.nodes[id]
    if node["kind"] in MARKS:
        return _mark(drawing, id, node, box)
    classes = _classes(drawing, node, f"node {node['kind']}")
    return "\n".join([f'<g class="{classes}" data-id="{_text(id)}">', *_card(node, box), "</g>"])


def _classes(drawing: Drawing, node: Attributes, kind: str) -> str:
    """Return the classes of a node: what it is, its type, how it ended, whether tests came there."""
    found = [kind]
    if node["kind"] == "state" and node["type"] and str(node["type"]).isalpha():
        found.append(str(node["type"]).lower())
    if "status" in node:
        found.append(node["status"])
    elif "status" in drawing.graph.graph:
        found.append("untouched")
    return " ".join([*found, *_covered(node)])


def _covered(part: Attributes) -> list[str]:
    return [] if "covered" not in part else ["covered" if part["covered"] else "missed"]


def _card(node: Attributes, box: Box) -> Iterator[str]:
    card = card_of(node)
    yield f"<title>{_title(_node_lines(node))}</title>"
    yield _rectangle(box, "card", 8)
    top = box.y + (0 if box.height > card.height + 2 else (box.height - card.height) / 2)
    yield _icon(icon_of(node), box.x + 10, top + (card.height - ICON) / 2)
    yield from _card_text(node, box.x + TEXT_LEFT, top)
    if node.get("retry"):
        x, y = _number(box.x + box.width - 26), _number(top + 9)
        yield f'<path class="retry" transform="translate({x} {y})" d="{RETRY}"/>'
    badge: str = "missed" if node.get("covered") is False else node.get("status", "")
    if badge in BADGES:
        x, y = _number(box.x + box.width - 3), _number(box.y + 3)
        sign = f'<circle r="8.5"/><path d="{BADGES[badge]}"/>'
        yield f'<g class="badge" transform="translate({x} {y})">{sign}</g>'


def _card_text(node: Attributes, x: float, top: float) -> Iterator[str]:
    card = card_of(node)
    lines = [(line, "name", NAME_SIZE) for line in card.name]
    lines += [(line, "kind", KIND_SIZE) for line in card.kind]
    lines += [(card.notes, "notes", KIND_SIZE)] if card.notes else []
    y = top + (card.height - sum(LINE[size] for _, _, size in lines)) / 2
    for line, kind, size in lines:
        place = f'class="{kind}" x="{_number(x)}" y="{_number(y + size - 0.5)}"'
        yield _line(place, line, size, kind == "name")
        y += LINE[size]


def _icon(name: str, x: float, y: float) -> str:
    tile = f'<rect width="{ICON}" height="{ICON}" rx="6"/>'
    sign = f'<path transform="translate(6 6)" d="{ICONS[name]}"/>'
    kind, place = f"icon {COLOURS_OF.get(name, name)}", f"translate({_number(x)} {_number(y)})"
    return f'<g class="{kind}" transform="{place}">{tile}{sign}</g>'


def _mark(drawing: Drawing, id: str, node: Attributes, box: Box) -> str:
    kind = node["kind"]
    middle = f'cx="{_number(box.x + box.width / 2)}" cy="{_number(box.y + box.height / 2)}"'
    opening = f'<g class="{" ".join(["node", "mark", kind, *_covered(node)])}" data-id="{_text(id)}">'
    if node["container"] is None:
        x, y = _number(box.x + box.width / 2), _number(box.y + box.height / 2 + 4.2)
        word = f'<text x="{x}" y="{y}" text-anchor="middle">{kind.title()}</text>'
        shape = _rectangle(box, "", box.height / 2) + word
    elif kind == "start":
        shape = f'<circle {middle} r="{_number(box.width / 2)}"/>'
    else:
        ring, dot = _number(box.width / 2 - 0.8), _number(box.width / 2 - 3.6)
        shape = f'<circle class="ring" {middle} r="{ring}"/><circle {middle} r="{dot}"/>'
    return f"{opening}{shape}</g>"


def _node_lines(node: Attributes) -> Iterator[str]:
    """Yield what the mouse shows over a state: all that its card has, and what there is no room for."""
    yield node["name"]
    yield " · ".join(filter(None, (node["type"] or "", node.get("resource", ""))))
    if node["kind"] == "missing":
        yield kind_text(node)
    if comment := node.get("comment"):
        yield comment
    for errors in node.get("retry", ()):
        yield f"Retry: {', '.join(errors)}"
    if status := node.get("status"):
        yield f"{status.replace('_', ' ')} {notes_text(node)}"
    if node.get("covered") is False:
        yield "not covered"


# ---------------------------------------------------------------- edges


def _edge(drawing: Drawing, route: Route) -> str:
    # From the target on: dashes of edges that share a part of their way then lie on each other.
    path = _path(_shortened(route.curves))
    return (
        f'<g class="edge {_edge_classes(drawing, route)}" {_place(route)}>'
        f"<title>{_title(_edge_lines(drawing, route))}</title>"
        f'<path class="line" d="{path}"/><path class="head" d="{_head(route.curves[-1])}"/></g>'
    )


def _place(route: Route) -> str:
    source, target, attributes = route.edge
    indices = " ".join(str(part["index"]) for part in attributes.get("parts", [attributes]))
    return f'data-source="{_text(source)}" data-target="{_text(target)}" data-index="{indices}"'


def _edge_classes(drawing: Drawing, route: Route) -> str:
    source, _, edge = route.edge
    failing = drawing.graph.nodes[source]["type"] == "Fail"
    found = [edge["kind"], *(["fail"] if failing else [])]
    if edge.get("taken"):
        found.append("taken")
    elif "status" in drawing.graph.graph:
        found.append("untouched")
    return " ".join([*found, *_covered(edge)])


def _edge_lines(drawing: Drawing, route: Route) -> Iterator[str]:
    source, target, attributes = route.edge
    yield " → ".join(drawing.graph.nodes[id]["name"] for id in (source, target))
    yield from (edge_label(part) for part in attributes.get("parts", [attributes]))
    if attributes.get("covered") is False:
        yield "not covered"


def _label(drawing: Drawing, route: Route, box: Box) -> str:
    x, middle = _number(box.x + box.width / 2), box.y + box.height / 2
    lines = label_lines(route.edge[2])
    first = middle - (len(lines) - 1) * LABEL_LINE / 2 + 4
    bold = bool(route.edge[2].get("taken"))
    texts = "".join(
        _line(
            f'x="{x}" y="{_number(first + number * LABEL_LINE)}" text-anchor="middle"', line, LABEL_SIZE, bold
        )
        for number, line in enumerate(lines)
    )
    nested = "" if drawing.graph.nodes[route.edge[0]]["container"] is None else "nested "
    classes = f"label {nested}{_edge_classes(drawing, route)}"
    return f'<g class="{classes}" {_place(route)}>{_rectangle(box, "", 3)}{texts}</g>'


def _shortened(curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """Let a line end inside of its arrow's head."""
    begin, one, other, end = curves[-1]
    base = _toward(end, _before_end(curves[-1]), HEAD_LENGTH - 2)
    return (*curves[:-1], (begin, one, base if other == end else other, base))


def _before_end(curve: Curve) -> Point:
    """Return a point from which a curve comes to its end."""
    return next((point for point in reversed(curve[:3]) if point != curve[3]), curve[0])


def _toward(point: Point, other: Point, distance: float) -> Point:
    across, down = other[0] - point[0], other[1] - point[1]
    length = (across * across + down * down) ** 0.5 or 1.0
    return point[0] + across / length * distance, point[1] + down / length * distance


def _head(curve: Curve) -> str:
    point = curve[3]
    base = _toward(point, _before_end(curve), HEAD_LENGTH)
    across, down = ((base[0] - point[0]) / HEAD_LENGTH, (base[1] - point[1]) / HEAD_LENGTH)
    side, other = (
        (base[0] + sign * HEAD_WIDTH * down, base[1] - sign * HEAD_WIDTH * across) for sign in (1, -1)
    )
    return f"M{_point(point)}L{_point(side)}L{_point(other)}z"


def _path(curves: Iterable[Curve]) -> str:
    """Return the path of curves that follow each other, from the last one's end back to the first one's
    beginning."""
    parts: list[str] = []
    for begin, one, other, end in reversed(list(curves)):
        if not parts:
            parts.append(f"M{_point(end)}")
        straight = one == begin and other == end
        parts.append(f"L{_point(begin)}" if straight else f"C{_point(other)} {_point(one)} {_point(begin)}")
    return "".join(parts)


# ---------------------------------------------------------------- text


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _rectangle(box: Box, kind: str, radius: float) -> str:
    of_kind = f' class="{kind}"' if kind else ""
    place = f'x="{_number(box.x)}" y="{_number(box.y)}"'
    size = f'width="{_number(box.width)}" height="{_number(box.height)}"'
    return f'<rect{of_kind} {place} {size} rx="{_number(radius)}"/>'


def _line(place: str, line: str, size: float, bold: bool) -> str:
    """Write a line of text, as wide as the drawing was made for: the reader may have none of the fonts."""
    length = ""
    if is_known(line) and (width := text_width(line, size, bold)):
        length = f' textLength="{_number(width)}" lengthAdjust="spacingAndGlyphs"'
    return f"<text {place}{length}>{_text(line)}</text>"


def _text(text: str) -> str:
    return escape(shortened(text, LONGEST_TITLE))


def _title(lines: Iterable[str]) -> str:
    return "\n".join(_text(line) for line in lines if line)
