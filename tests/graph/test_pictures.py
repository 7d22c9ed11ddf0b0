"""What people asked of drawings: what cards say, rules in their order, one edge to a target, quick, not too
wide; and the drawing in the docs, which is what the code draws today."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.drivers.clock import VirtualClock
from aslrun.graph import build_graph, mark_execution, render
from aslrun.graph.drawing import read_graph
from aslrun.graph.icons import ICONS, SERVICES, icon_of
from aslrun.graph.layout import Box, Layout, lay_out
from aslrun.graph.state_words import state_words

ROOT = Path(__file__).parents[2]
INVOKE = "arn:aws:states:::lambda:invoke"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:charge:PROD"
PROCESSOR = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": ARN}}, "Lambda: charge"),
        ({"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "{% $f %}"}}, "Lambda: $f"),
        (
            {
                "Type": "Task",
                "Resource": f"{INVOKE}.waitForTaskToken",
                "Parameters": {"FunctionName.$": "$.f"},
            },
            "Lambda: $.f.waitForTaskToken",
        ),
        ({"Type": "Task", "Resource": INVOKE}, ""),
        ({"Type": "Task", "Resource": 7}, ""),
        ({"Type": "Wait", "Seconds": 5400}, "Wait 1 h 30 min"),
        ({"Type": "Wait", "SecondsPath": "$.pause"}, "Wait $.pause seconds"),
        ({"Type": "Wait", "Timestamp": "2026-03-01T08:00:00Z"}, "Wait until 2026-03-01T08:00:00Z"),
        ({"Type": "Wait", "TimestampPath": "$.at"}, "Wait until $.at"),
        ({"Type": "Map", "MaxConcurrency": 0}, ""),
        ({"Type": "Map", "MaxConcurrency": 4}, "Map, 4 at once"),
        ({"Type": "Map", "ItemProcessor": PROCESSOR}, "Map, distributed"),
        ({"Type": "Map", "ItemReader": {"ReaderConfig": {"InputType": "CSV"}}}, "Map, reads CSV"),
    ],
)
def test_what_a_card_says(fields: dict[str, Any], words: str) -> None:
    assert state_words(fields) == words


def test_every_service_has_an_icon() -> None:
    for service, icon in SERVICES.items():
        assert icon in ICONS
        node = {"kind": "state", "type": "Task", "resource": f"arn:aws:states:::aws-sdk:{service}:call"}
        assert icon_of(node) == icon
    assert len(set(SERVICES.values())) >= 20


def choice(targets: list[str], default: str | None = None, **states: Any) -> dict[str, Any]:
    rules = [{"Variable": "$.kind", "StringEquals": f"kind {n}", "Next": t} for n, t in enumerate(targets)]
    first = {"Type": "Choice", "Choices": rules, **({"Default": default} if default else {})}
    named = {name: {"Type": "Pass", "End": True} for name in reversed([*targets, *filter(None, [default])])}
    return {"StartAt": "Choose", "States": {"Choose": first, **named, **states}}


def laid_out(definition: Any, direction: str = "TB") -> Layout:
    return lay_out(read_graph(build_graph(definition)), direction)


def middles(layout: Layout, names: list[str]) -> list[float]:
    return [layout.boxes[f"/States/{name}"].x + layout.boxes[f"/States/{name}"].width / 2 for name in names]


@pytest.mark.parametrize("count", [2, 3, 5])
def test_rules_lie_from_left_to_right_and_default_last(count: int) -> None:
    names = [f"T{number}" for number in range(count)]
    across = middles(laid_out(choice(names, "Else")), [*names, "Else"])
    assert across == sorted(across)


def test_a_choice_with_twenty_targets_is_not_too_wide() -> None:
    names = [f"Handle kind {number}" for number in range(20)]
    layout = laid_out(choice(names, "Unknown"))
    assert layout.width < 1_560  # Beside that, a margin on both sides.


def test_rules_to_one_target_are_one_edge_with_each_rule_on_it() -> None:
    definition = choice(["Stop"] * 8 + ["Go"])
    layout = laid_out(definition)
    assert [route.edge[1] for route in layout.routes].count("/States/Stop") == 1
    text = render(build_graph(definition), "svg")
    assert all(f"kind {number}&quot;</text>" in text for number in range(8))


def test_catchers_to_one_target_are_one_edge_with_all_names() -> None:
    catch = [{"ErrorEquals": [name], "Next": "Undo"} for name in ("CardDeclined", "NoMoney", "Late")]
    task = {"Type": "Task", "Resource": "f", "Catch": catch, "End": True}
    definition: Any = {"StartAt": "T", "States": {"T": task, "Undo": {"Type": "Fail"}}}
    routes = [route for route in laid_out(definition).routes if route.edge[2]["kind"] == "catch"]
    assert len(routes) == 1
    for format in ("svg", "mermaid", "dot"):
        text = re.sub(r"\s|<[^>]*>", "", render(build_graph(definition), format))
        assert "CardDeclined,NoMoney,Late" in text


def test_the_end_lies_below_the_main_path() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Clean"}]
    states = {
        "A": {"Type": "Task", "Resource": "f", "Catch": catch, "Next": "B"},
        "B": {"Type": "Pass", "End": True},
        "Clean": {"Type": "Pass", "Next": "Bad"},
        "Bad": {"Type": "Fail"},
    }
    layout = laid_out({"StartAt": "A", "States": states})
    end: Box = layout.boxes["/End"]
    assert middles(layout, ["B"]) == [pytest.approx(end.x + end.width / 2)]


def test_the_way_out_of_a_fail_is_not_green() -> None:
    definition: Any = {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "E"}}}
    execution = aslrun.load(definition).execute({}, clock=VirtualClock(0))
    text = render(mark_execution(build_graph(definition), execution.history), "svg", theme="light")
    assert 'class="edge end fail taken"' in text
    assert ".fail.taken>.line{stroke:#c62828}" in text


def tangled(count: int, rules: int) -> dict[str, Any]:
    chance = random.Random(count)
    names = [f"S{number}" for number in range(count)]
    states = {
        name: {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericEquals": n, "Next": chance.choice(names)} for n in range(rules)
            ],
            "Default": chance.choice(names),
        }
        for name in names
    }
    return {"StartAt": "S0", "States": states}


@pytest.mark.parametrize(("count", "rules", "seconds"), [(50, 4, 4), (300, 4, 15)])
def test_entangled_machines_are_drawn_soon(count: int, rules: int, seconds: float) -> None:
    """Measured 0.7 and 1.7 s of processor time; it was 21 and more than 87 before."""
    begin = time.process_time()
    text = render(build_graph(tangled(count, rules)), "svg")
    assert text.count('data-id="') == count + 1
    assert time.process_time() - begin < seconds


def test_the_drawing_in_the_docs_is_what_is_drawn_today() -> None:
    folder = ROOT / "workflows" / "fulfilment"
    machine = aslrun.load(folder / "fulfilment.asl.json")
    history = json.loads((Path(__file__).parent / "machines" / "fulfilment.history.json").read_text("utf-8"))
    graph = mark_execution(build_graph(machine.definition), history["events"])
    assert render(graph, "svg") == (ROOT / "docs" / "fulfilment.svg").read_text(encoding="utf-8")
