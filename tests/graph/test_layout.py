"""Where things lie: laws for any definition, and what people expect of loops, labels and long edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import pytest
from any_machine import MACHINES
from hypothesis import given, settings
from hypothesis import strategies as st

from aslrun.graph import build_graph
from aslrun.graph.cards import header_of
from aslrun.graph.drawing import Drawing, read_graph
from aslrun.graph.layout import Box, Curve, Layout, Point, Route, lay_out

DIRECTIONS = st.sampled_from(["TB", "LR"])
NEAR = 0.01
WEIGHTS = [
    ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3) for t in (step / 12 for step in range(13))
]
"""How much each of its four points counts, at thirteen places of a curve."""


def drawn(definition: Any, direction: str = "TB") -> tuple[Drawing, Layout]:
    drawing = read_graph(build_graph(definition))
    return drawing, lay_out(drawing, direction)


def ancestors(drawing: Drawing, id: str) -> list[str]:
    container = drawing.graph.nodes[id]["container"]
    return [] if container is None else [container, *ancestors(drawing, container)]


def points_of(route: Route) -> Iterator[Point]:
    for curve in route.curves:
        yield from points_on(curve)


def points_on(curve: Curve) -> Iterator[Point]:
    for weights in WEIGHTS:
        x, y = (sum(w * point[axis] for w, point in zip(weights, curve, strict=True)) for axis in (0, 1))
        yield x, y


def crosses(route: Route, box: Box) -> bool:
    """Whether an edge comes into a box. A curve lies within the bounds of its four points."""
    whole, parts = bounds_of(route.curves)
    return overlap(box, whole) and any(
        overlap(box, part) and (is_straight(curve) or any(holds(box, point) for point in points_on(curve)))
        for curve, part in zip(route.curves, parts, strict=True)
    )


@cache
def bounds_of(curves: tuple[Curve, ...]) -> tuple[Box, list[Box]]:
    """Return the bounds of a way, and of each part of it."""
    return bounds([point for curve in curves for point in curve]), [bounds(curve) for curve in curves]


def is_straight(curve: Curve) -> bool:
    """Whether a curve is a horizontal or vertical line."""
    return any(len({round(point[axis], 2) for point in curve}) == 1 for axis in (0, 1))


def holds(box: Box, point: Point) -> bool:
    return (
        box.x + NEAR < point[0] < box.x + box.width - NEAR
        and box.y + NEAR < point[1] < box.y + box.height - NEAR
    )


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x + one.width > other.x + NEAR
        and other.x + other.width > one.x + NEAR
        and one.y + one.height > other.y + NEAR
        and other.y + other.height > one.y + NEAR
    )


def bounds(points: Sequence[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    # A line has no area, and would overlap nothing.
    return Box(min(xs) - NEAR / 2, min(ys) - NEAR / 2, max(xs) - min(xs) + NEAR, max(ys) - min(ys) + NEAR)


def inside(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x - NEAR
        and inner.y >= outer.y - NEAR
        and inner.x + inner.width <= outer.x + outer.width + NEAR
        and inner.y + inner.height <= outer.y + outer.height + NEAR
    )


def check(drawing: Drawing, layout: Layout) -> None:
    """Every state is drawn, children lie inside, boxes are apart, edges and labels pass by what is not
    theirs."""
    assert layout.boxes.keys() == set(drawing.graph)
    paper = Box(0, 0, layout.width, layout.height)
    around = {id: ancestors(drawing, id) for id in drawing.graph}
    room = {id: room_of(drawing, layout, id) or paper for id in drawing.graph}
    for id, box in layout.boxes.items():
        assert inside(box, room[id])
    for one, other in combinations(layout.boxes, 2):
        if one not in around[other] and other not in around[one]:
            assert not overlap(layout.boxes[one], layout.boxes[other]), (one, other)
    for first, second in combinations([route.label for route in layout.routes if route.label is not None], 2):
        assert not overlap(first, second)
    for route in layout.routes:
        source, target, _ = route.edge
        check_route(route, room[source], (layout.boxes[source], layout.boxes[target]))
        foreign = [layout.boxes[id] for id in layout.boxes if id not in (source, target, *around[source])]
        check_apart(route, foreign)
        check_label(route, [other for other in layout.routes if other is not route])


def room_of(drawing: Drawing, layout: Layout, id: str) -> Box | None:
    """Return where a node and the edges from it may lie: below the header of the state around it, in its
    branch's frame if there are several."""
    container, branch = (drawing.graph.nodes[id][name] for name in ("container", "branch"))
    if container is None:
        return None
    box, header = layout.boxes[container], header_of(drawing.graph.nodes[container]).height
    return layout.frames.get((container, branch), Box(box.x, box.y + header, box.width, box.height - header))


def check_route(route: Route, room: Box, ends: tuple[Box, Box]) -> None:
    assert all(inside(Box(x, y, 0, 0), room) for x, y in points_of(route))
    assert not any(crosses(route, box) for box in ends)
    for begin, end in pairwise(route.curves):
        assert begin[3] == pytest.approx(end[0])
    for point, box in ((route.curves[0][0], ends[0]), (route.curves[-1][3], ends[1])):
        assert inside(Box(*point, 0, 0), box)


def check_apart(route: Route, foreign: list[Box]) -> None:
    assert not any(crosses(route, box) for box in foreign)
    assert route.label is None or not any(overlap(box, route.label) for box in foreign)


def check_label(route: Route, others: list[Route]) -> None:
    """A label lies on its own edge, or beside it where that leads from a state to itself, and on no other."""
    if route.label is None:
        return
    source, target, _ = route.edge
    assert crosses(route, route.label) == (source != target)
    assert not any(crosses(other, route.label) for other in others)


@settings(max_examples=40)
@given(MACHINES, DIRECTIONS)
def test_laws_of_any_definition(definition: Any, direction: str) -> None:
    if isinstance(definition, dict) and isinstance(definition.get("States"), dict):
        check(*drawn(definition, direction))


@st.composite
def valid_machines(draw: st.DrawFn) -> dict[str, Any]:
    """Machines of many states with edges between any of them, some labelled, loops among them."""
    count = draw(st.integers(1, 14))
    names = [f"State {number}" for number in range(count)]
    target = st.sampled_from(names)
    states = {}
    for name in names:
        choices = [
            {"Variable": "$.a", "NumericEquals": number, "Next": draw(target)}
            for number in range(draw(st.integers(0, 3)))
        ]
        catchers = [
            {"ErrorEquals": ["States.ALL"], "Next": draw(target)} for _ in range(draw(st.integers(0, 1)))
        ]
        ending = {"End": True} if draw(st.booleans()) else {"Next": draw(target)}
        states[name] = {"Type": "Task", "Choices": choices, "Catch": catchers, **ending}
    if draw(st.booleans()):
        states[names[0]]["Branches"] = [draw(valid_machines()) for _ in range(draw(st.integers(1, 2)))]
    return {"StartAt": draw(target), "States": states}


@settings(max_examples=25)
@given(valid_machines(), DIRECTIONS)
def test_laws_of_tangled_machines(definition: Any, direction: str) -> None:
    check(*drawn(definition, direction))


@settings(max_examples=5)
@given(valid_machines())
def test_equal_definitions_are_laid_out_equally(definition: Any) -> None:
    assert repr(drawn(definition)[1]) == repr(drawn(definition)[1])


def state(next: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({"End": True} if next is None else {"Next": next}), **fields}


def boxes_of(layout: Layout) -> dict[str, Box]:
    return {id.rpartition("/")[2]: box for id, box in layout.boxes.items()}


def route_of(layout: Layout, source: str, target: str) -> Route:
    ends = (f"/States/{source}", f"/States/{target}")
    return next(route for route in layout.routes if route.edge[:2] == ends)


def middle(box: Box) -> float:
    return box.x + box.width / 2


def test_a_chain_is_a_straight_line_down() -> None:
    _, layout = drawn({"StartAt": "A", "States": {"A": state("B"), "B": state("C"), "C": state()}})
    boxes = boxes_of(layout)
    order = [boxes[name] for name in ("StartAt", "A", "B", "C", "End")]
    assert len({middle(box) for box in order}) == 1
    assert [box.y for box in order] == sorted({box.y for box in order})


def test_from_left_to_right() -> None:
    _, layout = drawn({"StartAt": "A", "States": {"A": state("B"), "B": state()}}, "LR")
    boxes = boxes_of(layout)
    assert boxes["StartAt"].x < boxes["A"].x < boxes["B"].x < boxes["End"].x
    assert boxes["A"].y == boxes["B"].y


def test_a_catcher_does_not_bend_the_main_line() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "F"}]
    states = {"A": state("B", Catch=catch), "B": state("C", Catch=catch), "C": state(), "F": {"Type": "Fail"}}
    _, layout = drawn({"StartAt": "A", "States": states})
    boxes = boxes_of(layout)
    assert middle(boxes["A"]) == middle(boxes["B"]) == middle(boxes["C"])


def test_a_loop_runs_along_the_side_of_what_lies_between() -> None:
    states = {"A": state("B"), "B": state("C"), "C": {"Type": "Choice", "Choices": [], "Default": "A"}}
    _, layout = drawn({"StartAt": "A", "States": states})
    boxes = boxes_of(layout)
    xs = [x for x, _ in points_of(route_of(layout, "C", "A"))]
    right, left = max(boxes[name].x + boxes[name].width for name in "ABC"), min(boxes[n].x for n in "ABC")
    assert max(xs) > right or min(xs) < left
    begin, end = route_of(layout, "C", "A").curves[0][0], route_of(layout, "C", "A").curves[-1][3]
    assert boxes["C"].y < begin[1] < boxes["C"].y + boxes["C"].height
    assert boxes["A"].y < end[1] < boxes["A"].y + boxes["A"].height


def test_a_loop_leaves_labels_above_their_targets() -> None:
    rules = [{"Variable": f"$.{name}", "IsPresent": True, "Next": name} for name in ("Fast", "Slow")]
    states = {"A": state("Choose"), "Choose": {"Type": "Choice", "Choices": rules, "Default": "None"}}
    states |= {"Fast": state(), "Slow": state("A"), "None": state()}
    _, layout = drawn({"StartAt": "A", "States": states})
    boxes = boxes_of(layout)
    for target in ("Fast", "Slow", "None"):
        label = route_of(layout, "Choose", target).label
        assert label is not None
        assert middle(label) == pytest.approx(middle(boxes[target]))


def test_a_loop_rather_crosses_a_catcher_than_the_main_line() -> None:
    catch = [{"ErrorEquals": [name], "Next": name} for name in ("Ask", "Fail")]
    states = {"A": state("Done", Catch=catch), "Done": state(), "Ask": state("A"), "Fail": state()}
    _, layout = drawn({"StartAt": "A", "States": states})
    assert middle(boxes_of(layout)["A"]) == middle(boxes_of(layout)["Done"])


def test_a_loop_to_itself_stays_close_to_its_state() -> None:
    catch = [{"ErrorEquals": ["Again"], "Next": "A"}]
    _, layout = drawn({"StartAt": "A", "States": {"A": state(None, Catch=catch)}})
    box = boxes_of(layout)["A"]
    route = route_of(layout, "A", "A")
    assert max(abs(x - middle(box)) for x, _ in points_of(route)) < box.width / 2 + 30
    assert route.label is not None


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_labels_of_loops_to_itself_lie_beside_the_lines_of_others(direction: str) -> None:
    again = {"Variable": "$.again", "IsPresent": True, "Next": "A"}
    long = {
        "Variable": "$.a.path.that.goes.on.and.on.and.on.through.it",
        "StringMatches": "a*b" * 9,
        "Next": "A",
    }
    states = {"A": {"Type": "Choice", "Choices": [again, long], "Default": "B"}, "B": state("A")}
    check(*drawn({"StartAt": "A", "States": states}, direction))


def test_a_line_that_goes_past_many_layers_is_one_line() -> None:
    names = [f"S{number}" for number in range(30)]
    states = {name: state(following) for name, following in zip(names, [*names[1:], None], strict=True)}
    states["S0"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "S29"}]
    _, layout = drawn({"StartAt": "S0", "States": states})
    assert len(route_of(layout, "S0", "S29").curves) < 10


def test_long_edges_to_one_state_share_their_way() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "F"}]
    names = [f"S{number}" for number in range(40)]
    states: dict[str, Any] = {
        name: state(following, Catch=catch) for name, following in zip(names, [*names[1:], "F"], strict=True)
    }
    _, layout = drawn({"StartAt": "S0", "States": {**states, "F": {"Type": "Fail"}}})
    assert layout.width < 700


def test_branches_lie_beside_each_other_in_frames() -> None:
    branches = [{"StartAt": name, "States": {name: state()}} for name in "XYZ"]
    states = {"P": {"Type": "Parallel", "Branches": branches, "End": True}}
    _, layout = drawn({"StartAt": "P", "States": states})
    frames = [layout.frames["/States/P", branch] for branch in range(3)]
    assert not any(overlap(one, other) for one, other in combinations(frames, 2))
    assert len({frame.y for frame in frames}) == 1
    for branch, name in enumerate("XYZ"):
        assert inside(boxes_of(layout)[name], frames[branch])
