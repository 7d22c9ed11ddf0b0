"""Where everything of a graph lies, in pixels: each scope is laid out by itself and is then a box around it.

Within a scope the layers go down (`TB`) or to the right (`LR`). Along a layer is called across, from layer
to layer ahead: all is computed in these two directions and turned at the end. An edge only bends between
layers, where no box is: so it crosses none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aslrun.graph.cards import card_of, header_of, label_lines, label_size, mark_size
from aslrun.graph.drawing import MARKS, Drawing, Edge
from aslrun.graph.layering import make_layers
from aslrun.graph.layers import RIGHT, Item, Layers, Place
from aslrun.graph.placing import find_places

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
"""A cubic Bézier curve: begin, two control points, end. A straight line has them at its ends."""

DIRECTIONS = ("TB", "LR")

NODE_GAP, PLACE_GAP, LABEL_GAP = 28.0, 11.0, 14.0
"""Pixels between two boxes, beside where an edge passes, beside a label."""
LAYER_GAP, LABEL_LAYER_GAP, MOST_GAP = 36.0, 20.0, 84.0
"""Pixels between layers: of boxes, above and below labels, where edges go far across."""
PADDING, FRAME_PADDING, FRAME_TITLE, FRAME_GAP = 16.0, 14.0, 22.0, 14.0
NARROWEST_FRAME = 76.0
CORNER = 9.0
PORT_AT, PORT = 25.0, 7.0
"""Pixels from where a box begins to the middle between its loops, if that is not the box's own; from there to
where loops begin (below) and end (above)."""
BEND = 20.0
"""Pixels that an edge which goes straight through what lies between leads ahead at both ends."""
ARROW = 9.0
"""Pixels that an edge goes straight ahead before its target, so that its arrow's head lies on it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge, from its source to its target, and where its label is, if it has one."""

    edge: Edge
    curves: tuple[Curve, ...]
    label: Box | None = None

    def moved(self, x: float, y: float) -> Route:
        curves = tuple(_moved_curve(curve, x, y) for curve in self.curves)
        return Route(self.edge, curves, self.label and self.label.moved(x, y))


def _moved_curve(curve: Curve, x: float, y: float) -> Curve:
    (a, b), (c, d), (e, f), (g, h) = curve
    return (a + x, b + y), (c + x, d + y), (e + x, f + y), (g + x, h + y)


@dataclass(slots=True)
class Layout:
    """Boxes by node id, frames by (container, branch) where a state has several branches, and routes."""

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Box] = field(default_factory=dict)
    frames: dict[tuple[str, int], Box] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)

    def add(self, inner: Layout, x: float, y: float) -> None:
        """Take over what is in another layout, moved."""
        self.boxes |= {id: box.moved(x, y) for id, box in inner.boxes.items()}
        self.frames |= {frame: box.moved(x, y) for frame, box in inner.frames.items()}
        self.routes += [route.moved(x, y) for route in inner.routes]


def lay_out(drawing: Drawing, direction: str = "TB") -> Layout:
    """Return where the nodes and edges of a drawing lie; `direction` is one of DIRECTIONS."""
    edges: dict[tuple[str | None, int], list[Edge]] = {}
    for edge in drawing.edges:
        node = drawing.graph.nodes[edge[0]]
        edges.setdefault((node["container"], node["branch"]), []).append(edge)
    return _Painter(drawing, direction == "LR", edges).machine()


@dataclass(slots=True)
class _Painter:
    drawing: Drawing
    to_right: bool
    edges: Mapping[tuple[str | None, int], Sequence[Edge]]

    def machine(self) -> Layout:
        branches = self.drawing.scopes[None]
        return self.scope(None, next(iter(branches), 0)) if branches else Layout()

    # ---------------------------------------------------------------- states

    def state(self, id: str) -> Layout:
        """Return the layout of one node, at (0, 0), with what is inside of it."""
        node = self.drawing.graph.nodes[id]
        if node["kind"] in MARKS:
            return _single(id, *mark_size(node))
        if id not in self.drawing.scopes:
            card = card_of(node)
            return _single(id, card.width, card.height)
        return self.container(id)

    def container(self, id: str) -> Layout:
        header = header_of(self.drawing.graph.nodes[id])
        branches = self.drawing.scopes[id]
        layout = Layout(header.width, header.height)
        frames = [(branch, self.frame(id, branch, len(branches) > 1)) for branch in branches]
        # What is smaller than the header lies in its middle.
        width = max(header.width, _length(frames, not self.to_right, "width") + 2 * PADDING)
        x = (width - _length(frames, not self.to_right, "width")) / 2
        y = header.height
        for branch, frame in frames:
            layout.add(frame, x, y)
            if len(branches) > 1:
                layout.frames[id, branch] = Box(x, y, frame.width, frame.height)
            x, y = (x, y + frame.height + FRAME_GAP) if self.to_right else (x + frame.width + FRAME_GAP, y)
        layout.width = width
        layout.height = header.height + _length(frames, self.to_right, "height") + PADDING
        layout.boxes[id] = Box(0, 0, layout.width, layout.height)
        return layout

    def frame(self, id: str, branch: int, framed: bool) -> Layout:
        inner = self.scope(id, branch)
        if not framed:
            return inner
        width = max(inner.width + 2 * FRAME_PADDING, NARROWEST_FRAME)
        layout = Layout(width, inner.height + FRAME_TITLE + FRAME_PADDING)
        layout.add(inner, (width - inner.width) / 2, FRAME_TITLE)
        return layout

    # ---------------------------------------------------------------- scopes

    def scope(self, container: str | None, branch: int) -> Layout:
        """Return the layout of the nodes of one scope."""
        nodes = self.drawing.scopes[container][branch]
        edges = self.edges.get((container, branch), ())
        labels = {number: lines for number, edge in enumerate(edges) if (lines := label_lines(edge[2]))}
        kinds = {id: self.drawing.graph.nodes[id]["kind"] for id in nodes}
        end = next((id for id in nodes if kinds[id] == "end"), None)
        states = {id: self.state(id) for id in nodes}
        sizes: dict[Item, Point] = {id: self.turned(one.width, one.height) for id, one in states.items()}
        widths = {id: sizes[id][0] for id in nodes}
        main = self.main_ends(nodes[0], edges)
        layers = make_layers(nodes, edges, frozenset(labels), end, main=main, widths=widths)
        sizes |= {layers.labels[number]: self.turned(*label_size(lines)) for number, lines in labels.items()}
        return self.painted(_Scope(layers, sizes), states)

    def main_ends(self, start: str, edges: Sequence[Edge]) -> frozenset[int]:
        """Return the edges to the end of states that are no Fail, and to which not only catchers lead."""
        out: dict[str, list[str]] = {}
        for source, target, attributes in edges:
            if attributes["kind"] != "catch":
                out.setdefault(source, []).append(target)
        reached, waiting = {start}, [start]
        while waiting:
            new = [id for id in out.get(waiting.pop(), ()) if id not in reached]
            reached.update(new)
            waiting += new
        types = self.drawing.graph.nodes
        return frozenset(
            number
            for number, (source, _, attributes) in enumerate(edges)
            if attributes["kind"] == "end" and source in reached and types[source]["type"] != "Fail"
        )

    def turned(self, one: float, other: float) -> Point:
        """Return (across, ahead) of (x, y), or (x, y) of (across, ahead)."""
        return (other, one) if self.to_right else (one, other)

    def painted(self, scope: _Scope, states: Mapping[str, Layout]) -> Layout:
        layout = Layout(*self.turned(scope.width, scope.length))
        for id, inner in states.items():
            x, y = self.turned(scope.across[id] - scope.sizes[id][0] / 2, scope.begin_of(id))
            layout.add(inner, x, y)
        for number, edge in enumerate(scope.layers.edges):
            curves = tuple(self.turned_curve(curve) for curve in scope.curves(number))
            layout.routes.append(Route(edge, curves, self.label(scope, number)))
        return layout

    def turned_curve(self, curve: Curve) -> Curve:
        begin, one, other, end = (self.turned(*point) for point in curve)
        return begin, one, other, end

    def label(self, scope: _Scope, number: int) -> Box | None:
        place = scope.layers.labels.get(number)
        if place is None:
            return None
        width, length = scope.sizes[place]
        x, y = self.turned(scope.across[place] - width / 2, scope.label_begin(place))
        return Box(x, y, *self.turned(width, length))


def _single(id: str, width: float, height: float) -> Layout:
    return Layout(width, height, {id: Box(0, 0, width, height)})


def _length(frames: Sequence[tuple[int, Layout]], in_a_row: bool, side: str) -> float:
    lengths: list[float] = [getattr(frame, side) for _, frame in frames]
    return sum(lengths) + FRAME_GAP * (len(lengths) - 1) if in_a_row else max(lengths)


class _Scope:
    """The layers of a scope in pixels: `across` has the middle of each item, `begins` and `ends` those of the
    layers; `beside` the boxes beside which labels lie, those of loops from a box to itself."""

    def __init__(self, layers: Layers, sizes: Mapping[Item, Point]) -> None:
        self.layers = layers
        self.sizes = sizes
        self.beside: dict[Item, str] = {
            label: layers.edges[number][0]
            for number, label in layers.labels.items()
            if layers.edges[number][0] == layers.edges[number][1]
        }
        across = find_places(layers.rows, layers.links, self.gap)
        self.draw_near(across)
        least = min(across[item] - self.width_of(item) / 2 for item in across)
        self.across = {item: middle - least for item, middle in across.items()}
        self.width = max(self.across[item] + self.width_of(item) / 2 for item in across)
        self.begins, self.ends = self.lengths()
        self.length = self.ends[-1]

    def draw_near(self, across: dict[Item, float]) -> None:
        """Move the loops from a state to itself to that state's side: nothing else lies between."""
        for number in self.layers.loops:
            source, target, _ = self.layers.edges[number]
            if source == target:
                row, lane = self.layers.rows[self.layers.layer_of[source]], self.layers.ways[number][0]
                begin, end = row.index(source), row.index(lane)
                step = 1 if end > begin else -1
                for at in range(begin, end, step):
                    across[row[at + step]] = across[row[at]] + step * self.gap(row[at], row[at + step])
                if (label := self.layers.labels.get(number)) is not None:
                    across[label] = across[lane] + step * (self.width_of(label) / 2 + 2)

    def width_of(self, item: Item) -> float:
        return self.sizes[item][0] if item in self.sizes else 2.0

    def gap(self, one: Item, other: Item) -> float:
        """Return how far apart the middles of two neighbours are at least."""
        labels = sum(isinstance(item, Place) and item.label is not None for item in (one, other))
        boxes = sum(isinstance(item, str) for item in (one, other))
        between = NODE_GAP if boxes == 2 else LABEL_GAP if labels or boxes else PLACE_GAP
        return (self.width_of(one) + self.width_of(other)) / 2 + between

    def lengths(self) -> tuple[list[float], list[float]]:
        """Return where the layers begin and end."""
        begins, ends = [0.0], []
        rows = self.layers.rows
        for number, row in enumerate(rows):
            ends.append(begins[-1] + max((self.reach(item) for item in row), default=0))
            if number + 1 < len(rows):
                begins.append(ends[-1] + self.gap_below(row, rows[number + 1]))
        return begins, ends

    def gap_below(self, upper: Sequence[Item], lower: Sequence[Item]) -> float:
        below = set(lower)
        links = self.layers.links
        far = [
            abs(self.across[one] - self.across[other])
            for one in upper
            for other in links.successors(one)
            if other in below
        ]
        labels = not all(any(isinstance(item, str) for item in row) for row in (upper, lower))
        least = LABEL_LAYER_GAP if labels else LAYER_GAP
        return max(least, min(MOST_GAP, 0.14 * max(far, default=0)))

    def reach(self, item: Item) -> float:
        """Return how far an item reaches into its layer."""
        if item not in self.sizes:
            return 0.0
        return self.sizes[item][1] + (self.label_after(item) if item in self.beside else 0.0)

    # ---------------------------------------------------------------- positions

    def begin_of(self, id: str) -> float:
        return self.begins[self.layers.layer_of[id]]

    def end_of(self, id: str) -> float:
        return self.begin_of(id) + self.sizes[id][1]

    def label_begin(self, place: Place) -> float:
        if place in self.beside:
            return self.begins[place.layer] + self.label_after(place)
        return (self.begins[place.layer] + self.ends[place.layer] - self.sizes[place][1]) / 2

    def label_after(self, label: Item) -> float:
        """Return how far after its box the label of a loop to itself begins: between the loop's two lines,
        or after both of them where it does not fit, so that lines of other loops do not run through it."""
        id = self.beside[label]
        half = self.sizes[label][1] / 2
        return self.port(id) + (-half if half < self.spread(id) else self.spread(id) + 2)

    def port(self, id: str) -> float:
        """Return the middle between where loops begin and end, from where a box begins: the box's own
        middle, or that of a tall box's header."""
        return min(self.sizes[id][1] / 2, PORT_AT)

    def spread(self, id: str) -> float:
        """Return how far from there loops begin and end: with room for the labels that fit between."""
        halves = [self.sizes[label][1] / 2 + 1 for label, box in self.beside.items() if box == id]
        return max([PORT, *(half for half in halves if half < self.port(id) - CORNER + 2)])

    # ---------------------------------------------------------------- edges

    def curves(self, number: int) -> Iterator[Curve]:
        """Yield the way of an edge."""
        if number in self.layers.loops:
            return self.loop(number)
        if number in self.layers.direct:
            return self.straight(number)
        return self.down(number)

    def down(self, number: int) -> Iterator[Curve]:
        source, target, _ = self.layers.edges[number]
        points = [(self.across[source], self.end_of(source))]
        points.append((self.across[source], self.ends[self.layers.layer_of[source]]))
        for place in self.layers.ways[number]:
            across, end = self.across[place], self.ends[place.layer]
            if points[-2][0] == points[-1][0] == across:  # one line for all that lies on it
                points[-1] = (across, end)
            else:
                points += [(across, self.begins[place.layer]), (across, end)]
        begin = self.begin_of(target)
        points += [(self.across[target], begin - ARROW), (self.across[target], begin)]
        return _joined(points)

    def straight(self, number: int) -> Iterator[Curve]:
        """Yield the way from a box, or from below the edge's label, to the target, whatever lies between."""
        source, target, _ = self.layers.edges[number]
        points = [(self.across[source], self.end_of(source))]
        for place in self.layers.ways[number]:
            points.append((self.across[source], self.ends[self.layers.layer_of[source]]))
            points += [(self.across[place], bound[place.layer]) for bound in (self.begins, self.ends)]
        yield from _joined(points)
        begin, end = points[-1], (self.across[target], self.begin_of(target))
        yield begin, (begin[0], begin[1] + BEND), (end[0], end[1] - BEND), end

    def loop(self, number: int) -> Iterator[Curve]:
        """Yield the way from a box's side up to the side of one above, or of the same."""
        source, target, _ = self.layers.edges[number]
        way = self.layers.ways[number]
        low = self.begin_of(source) + self.port(source) + self.spread(source)
        high = self.begin_of(target) + self.port(target) - self.spread(target)
        points = [(self.across[way[0]], low - min(CORNER, (low - high) / 2))]
        for lower, upper in pairwise(way):
            points.append((self.across[lower], self.begins[lower.layer]))
            points.append((self.across[upper], self.ends[upper.layer]))
        points.append((self.across[way[-1]], high + min(CORNER, (low - high) / 2)))
        sign = 1 if self.layers.loops[number] == RIGHT else -1
        yield from _corner((self.side(source, sign), low), points[0])
        yield from _joined(points)
        yield from (curve[::-1] for curve in reversed(_corner((self.side(target, sign), high), points[-1])))

    def side(self, id: str, sign: int) -> float:
        return self.across[id] + sign * self.sizes[id][0] / 2


def _joined(points: Sequence[Point]) -> Iterator[Curve]:
    """Join points ahead of each other: straight, or by a curve that begins and ends straight ahead."""
    begin = points[0]
    for point, following in pairwise([*points[1:], None]):
        assert point is not None
        (across, ahead), (to_across, to_ahead) = begin, point
        is_straight = abs(across - to_across) < 0.01
        if point == begin or (is_straight and following and abs(following[0] - across) < 0.01):
            continue  # One line for all that lies on it.
        if is_straight:
            yield begin, begin, point, point
        else:
            middle = (ahead + to_ahead) / 2
            yield begin, (across, middle), (to_across, middle), point
        begin = point


def _corner(side: Point, lane: Point) -> tuple[Curve, Curve]:
    """Lead from a box's side to a point on a line beside it: straight, then round a corner."""
    turn = (lane[0] - (CORNER if lane[0] > side[0] else -CORNER), side[1])
    corner = (lane[0], side[1])
    return (side, side, turn, turn), (turn, corner, corner, lane)
