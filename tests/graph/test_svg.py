"""SVG and PNG: well-formed, whole, readable, and the same for equal graphs."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from any_machine import MACHINES
from hypothesis import given, settings

from aslrun.errors import UsageError
from aslrun.graph import THEMES, build_graph, collapse, mark_execution, render, render_bytes
from aslrun.graph.cards import NAME_SIZE, WIDEST
from aslrun.graph.svg.style import COLOURS
from aslrun.graph.text_size import text_width, wrapped

SVG = "{http://www.w3.org/2000/svg}"
MACHINE: dict[str, Any] = {
    "Comment": "Pay & ship",
    "StartAt": "Pay",
    "States": {
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay",
            "Retry": [{"ErrorEquals": ["Busy"]}],
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Sorry"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Ship", "States": {"Ship": {"Type": "Pass", "End": True}}},
            "End": True,
        },
        "Sorry": {"Type": "Fail"},
    },
}


def entered(id: int, type: str, name: str, before: int) -> dict[str, Any]:
    kind = f"{type}StateEntered"
    return {"id": id, "previousEventId": before, "type": kind, "stateEnteredEventDetails": {"name": name}}


DECLINED = [
    {"id": 1, "previousEventId": 0, "type": "ExecutionStarted"},
    entered(2, "Task", "Pay", 0),
    {"id": 3, "previousEventId": 2, "type": "LambdaFunctionScheduled"},
    {
        "id": 4, "previousEventId": 3, "type": "LambdaFunctionFailed",
        "lambdaFunctionFailedEventDetails": {"error": "Declined"},
    },
    {"id": 5, "previousEventId": 4, "type": "TaskStateExited", "stateExitedEventDetails": {"name": "Pay"}},
    entered(6, "Fail", "Sorry", 5),
    {"id": 7, "previousEventId": 6, "type": "ExecutionFailed"},
]  # fmt: skip


def svg(definition: Any = MACHINE, **options: Any) -> ET.Element:
    return ET.fromstring(render(build_graph(definition), "svg", **options))


def classes(root: ET.Element, id: str) -> set[str]:
    found = next(element for element in root.iter(f"{SVG}g") if element.get("data-id") == id)
    return set((found.get("class") or "").split())


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_states_are_cards_with_their_name_and_what_they_call() -> None:
    root = svg()
    assert {"node", "state", "task"} <= classes(root, "/States/Pay")
    assert {"node", "state", "map", "container"} <= classes(root, "/States/Each")
    assert {"Pay", "Lambda: pay", "Each", "Map", "Ship", "Sorry", "Declined"} <= set(texts(root))


def test_every_edge_tells_which_one_it_is() -> None:
    graph = build_graph(MACHINE)
    drawn = {
        (edge.get("data-source"), edge.get("data-target"), edge.get("data-index"))
        for edge in svg().iter(f"{SVG}g")
        if edge.get("data-source")
    }
    assert drawn == {(one, other, str(data["index"])) for one, other, data in graph.edges(data=True)}


def test_a_catch_edge_is_one_and_a_retrier_has_its_mark() -> None:
    root = svg()
    catch = [edge for edge in root.iter(f"{SVG}g") if "edge catch" in (edge.get("class") or "")]
    assert [edge.get("data-target") for edge in catch] == ["/States/Sorry"]
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "retry"]) == 1


def test_the_mouse_is_told_all() -> None:
    titles = ["".join(title.itertext()) for title in svg().iter(f"{SVG}title")]
    assert titles[0] == "Pay & ship"
    pay = next(title for title in titles if title.startswith("Pay\n"))
    assert "arn:aws:lambda:us-east-1:123456789012:function:pay" in pay
    assert "Retry: Busy" in pay
    assert "Pay → Sorry\nDeclined" in titles


def test_an_execution_gives_its_colours() -> None:
    graph = mark_execution(build_graph(MACHINE), DECLINED)
    root = ET.fromstring(render(graph, "svg"))
    assert "executed" in (root.get("class") or "")
    assert "caught" in classes(root, "/States/Pay")
    assert "failed" in classes(root, "/States/Sorry")
    assert "untouched" in classes(root, "/States/Each")
    taken = [edge.get("data-target") for edge in root.iter(f"{SVG}g") if "taken" in (edge.get("class") or "")]
    assert "/States/Sorry" in taken
    assert "/States/Each" not in taken


def test_what_an_execution_did_is_written_on_the_card() -> None:
    graph = build_graph(MACHINE)
    graph.graph["status"] = "SUCCEEDED"
    graph.nodes["/States/Pay"].update(status="succeeded", visits=2, retries=3, seconds=65.0)
    graph.nodes["/States/Each"].update(status="failed", visits=1, iterations={"succeeded": 8, "failed": 2})
    shown = texts(ET.fromstring(render(graph, "svg")))
    assert "×2 · 3 retries · 1 min 5 s" in shown
    assert "10 iterations, 2 failed" in shown


def test_what_tests_did_not_cover_is_marked() -> None:
    graph = build_graph(MACHINE)
    for _, node in graph.nodes(data=True):
        node["covered"] = node["name"] != "Sorry"
    root = ET.fromstring(render(graph, "svg"))
    assert "missed" in classes(root, "/States/Sorry")
    assert "covered" in classes(root, "/States/Pay")


@pytest.mark.parametrize("theme", THEMES)
def test_themes(theme: str) -> None:
    text = render(build_graph(MACHINE), "svg", theme=theme)
    assert ("prefers-color-scheme" in text) == ("var(" in text) == (theme == "auto")
    assert "#0f1419" in text or theme == "light"


def test_nothing_is_taken_from_outside_and_nothing_can_clash() -> None:
    text = render(build_graph(MACHINE), "svg")
    assert not re.search(r"\sid=|url\(|href|@import|<image|<script", text)


def test_names_that_mean_something_in_xml_are_text() -> None:
    name = "<b>&\"'\x00\ud800"
    root = svg({"StartAt": name, "States": {name: {"Type": "Pass", "Comment": "]]>", "End": True}}})
    assert any(text.startswith("<b>&\"'") for text in texts(root))


@settings(max_examples=60)
@given(MACHINES)
def test_any_definition_gives_well_formed_svg_with_all_its_nodes(definition: Any) -> None:
    graph = build_graph(definition)
    root = ET.fromstring(render(graph, "svg").encode())
    drawn = [element.get("data-id") for element in root.iter(f"{SVG}g") if element.get("data-id")]
    assert len(drawn) == len(graph)


def test_an_unknown_type_is_drawn_as_it_is() -> None:
    assert "Loop it" in texts(svg({"StartAt": "A", "States": {"A": {"Type": "Loop it"}}}))


# ---------------------------------------------------------------- depth


def test_depth_leaves_out_what_lies_deeper() -> None:
    graph = collapse(build_graph(MACHINE), 0)
    assert "/States/Each/ItemProcessor/States/Ship" not in graph
    assert graph.nodes["/States/Each"]["inside"] == "1 state"
    assert "1 state" in texts(svg(depth=0))
    assert len(collapse(build_graph(MACHINE), 1)) == len(build_graph(MACHINE))


def test_depth_counts_branches_and_all_states_inside() -> None:
    inner = {"StartAt": "M", "States": {"M": {**MACHINE["States"]["Each"]}}}
    branches = [inner, {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]
    machine: Any = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    graph = build_graph(machine)
    assert collapse(graph, 0).nodes["/States/P"]["inside"] == "2 branches, 3 states"
    assert collapse(graph, 1).nodes["/States/P/Branches/0/States/M"]["inside"] == "1 state"


# ---------------------------------------------------------------- text


def test_text_is_broken_between_words_then_at_signs_and_capitals() -> None:
    assert wrapped("$.express is present and $.express", 170, 11, 3) == [
        "$.express is present and",
        "$.express",
    ]
    assert wrapped("ValidateTheOrderAndTheCustomersAddress", 150, 13, 2) == [
        "ValidateTheOrderAndThe",
        "CustomersAddress",
    ]
    assert wrapped("", 100, 13, 2) == [""]


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    lines = wrapped("word " * 60, WIDEST, NAME_SIZE, 2, bold=True)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width(line, NAME_SIZE, bold=True) <= WIDEST for line in lines)


def test_text_is_as_wide_as_its_card_was_made_for_whatever_the_fonts_are() -> None:
    states: Any = {"Näme": {"Type": "Pass", "Next": "Имя"}, "Имя": {"Type": "Pass", "End": True}}
    root = svg({"StartAt": "Näme", "States": states})
    lengths = {element.text: element.get("textLength") for element in root.iter(f"{SVG}text")}
    assert float(lengths["Näme"] or 0) == pytest.approx(text_width("Name", NAME_SIZE, bold=True), abs=0.1)
    # The widths of other scripts are not known: what is guessed must not pull letters apart.
    assert lengths["Имя"] is None


# ---------------------------------------------------------------- colours


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.1: 4.5 for text, 3 for what else must be told apart."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_lines_can_be_told_from_what_is_behind(theme: str) -> None:
    colours = COLOURS[theme]
    behind = ["paper", "card", "inside", "frame"]
    cards = [name for name in colours if name.endswith("-fill")]
    for text in ("text", "muted", "catch", "missing", "missed"):
        areas = behind + (cards if text in ("text", "muted") else [])
        assert min(contrast(colours[text], colours[area]) for area in areas) >= 4.5, text
    assert min(contrast(colours["edge"], colours[area]) for area in behind) >= 3
    assert contrast(colours["mark"], colours["marktext"]) >= 4.5


# ---------------------------------------------------------------- PNG

PNG = b"\x89PNG\r\n\x1a\n"


def test_png_is_the_drawing_with_its_text() -> None:
    machine: Any = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    other: Any = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    pictures = [render_bytes(build_graph(definition), "png") for definition in (machine, other, machine)]
    assert all(picture.startswith(PNG) for picture in pictures)
    # Only the letter on the card is another one.
    assert pictures[0] != pictures[1]
    assert pictures[0] == pictures[2]


def test_png_has_themes_and_directions() -> None:
    graph = build_graph(MACHINE)
    light, dark = (render_bytes(graph, "png", theme=theme) for theme in ("auto", "dark"))
    right = render_bytes(graph, "png", direction="LR")
    assert light == render_bytes(graph, "png", theme="light")
    assert len({light, dark, right}) == 3


def test_a_huge_drawing_is_made_smaller() -> None:
    names = [f"S{number}" for number in range(120)]
    states: Any = {
        name: {"Type": "Pass", "Next": following}
        for name, following in zip(names, [*names[1:], "End"], strict=True)
    }
    graph = build_graph({"StartAt": "S0", "States": states})
    picture = render_bytes(graph, "png")
    width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
    assert 0 < width < height <= 16_384


def test_png_without_its_package_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    with pytest.raises(UsageError, match=r"pip install 'aslrun\[png\]'"):
        render_bytes(build_graph(MACHINE), "png")


def test_png_is_no_text() -> None:
    with pytest.raises(ValueError, match="render_bytes"):
        render(build_graph(MACHINE), "png")
