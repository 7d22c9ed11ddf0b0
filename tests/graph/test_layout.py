"""Where things lie: laws for any definition, and what people expect of loops, labels and long edges."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from any_machine import MACHINES
from hypothesis import given, settings
from hypothesis import strategies as st

from aslrun.graph import build_graph
from aslrun.graph.drawing import Drawing, read_graph
from aslrun.graph.layout import Box, Layout, Point, Route, lay_out

DIRECTIONS = st.sampled_from(["TB", "LR"])
NEAR = 0.01


def drawn(definition: Any, direction: str = "TB") -> tuple[Drawing, Layout]:
    drawing = read_graph(build_graph(definition))
    return drawing, lay_out(drawing, direction)


def ancestors(drawing: Drawing, id: str) -> list[str]:
    container = drawing.graph.nodes[id]["container"]
    return [] if container is None else [container, *ancestors(drawing, container)]


def points_of(route: Route) -> Iterator[Point]:
    for begin, one, other, end in route.curves:
        for step in range(13):
            t = step / 12
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (
                sum(
                    weight * point[axis]
                    for weight, point in zip(weights, (begin, one, other, end), strict=True)
                )
                for axis in (0, 1)
            )
            yield x, y


def holds(box: Box, point: Point) -> bool:
    return (
        box.x + NEAR < point[0] < box.x + box.width - NEAR
        and box.y + NEAR < point[1] < box.y + box.height - NEAR
    )


def overlap(one: Box, other: Box) -> bool:
    apart = (
        one.x + one.width <= other.x + NEAR,
        other.x + other.width <= one.x + NEAR,
        one.y + one.height <= other.y + NEAR,
        other.y + other.height <= one.y + NEAR,
    )
    return not any(apart)


def bounds(points: list[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    return Box(min(xs) - 1, min(ys) - 1, max(xs) - min(xs) + 2, max(ys) - min(ys) + 2)


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
    for id, box in layout.boxes.items():
        assert inside(box, layout.boxes[around[id][0]] if around[id] else paper)
    for one, other in combinations(layout.boxes, 2):
        if one not in around[other] and other not in around[one]:
            assert not overlap(layout.boxes[one], layout.boxes[other]), (one, other)
    labels = [(route, route.label) for route in layout.routes if route.label is not None]
    for (_, first), (_, second) in combinations(labels, 2):
        assert not overlap(first, second)
    for route in layout.routes:
        check_route(layout, route, set(around[route.edge[0]]), paper)


def check_route(layout: Layout, route: Route, around: set[str], paper: Box) -> None:
    source, target, _ = route.edge
    points = list(points_of(route))
    foreign = [box for id, box in layout.boxes.items() if id not in around and id not in (source, target)]
    for box in filter(lambda box: overlap(box, bounds(points)), foreign):
        assert not any(holds(box, point) for point in points)
    assert route.label is None or not any(overlap(box, route.label) for box in foreign)
    for id in (source, target):
        assert not any(holds(layout.boxes[id], point) for point in points)
    room = [layout.boxes[id] for id in around] or [paper]
    assert all(inside(Box(x, y, 0, 0), box) for x, y in points for box in room)
    for begin, end in zip(route.curves, route.curves[1:], strict=False):
        assert begin[3] == pytest.approx(end[0])


@settings(max_examples=60)
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


@settings(max_examples=40)
@given(valid_machines(), DIRECTIONS)
def test_laws_of_tangled_machines(definition: Any, direction: str) -> None:
    check(*drawn(definition, direction))


@settings(max_examples=20)
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


def test_a_loop_to_itself_stays_close_to_its_state() -> None:
    catch = [{"ErrorEquals": ["Again"], "Next": "A"}]
    _, layout = drawn({"StartAt": "A", "States": {"A": state(None, Catch=catch)}})
    box = boxes_of(layout)["A"]
    route = route_of(layout, "A", "A")
    assert max(abs(x - middle(box)) for x, _ in points_of(route)) < box.width / 2 + 30
    assert route.label is not None


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
