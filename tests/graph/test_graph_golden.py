"""Drawings of a few machines, compared with files that were looked at: `--update-golden` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aslrun.document.definitions import definition_in
from aslrun.graph import DIRECTIONS, FORMATS, build_graph, mark_execution, render

MACHINES = Path(__file__).parent / "machines"
GOLDEN = Path(__file__).parent.parent / "golden" / "graph"
NAMES = sorted(path.name.removesuffix(".asl.json") for path in MACHINES.glob("*.asl.json"))

TEXTS = [name for name, format in FORMATS.items() if format.is_text]
Golden = Callable[[str, Path], None]


def definition(name: str) -> Any:
    return json.loads((MACHINES / f"{name}.asl.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_machine(name: str, format: str, golden: Golden) -> None:
    golden(render(build_graph(definition(name)), format), GOLDEN / f"{name}{FORMATS[format].suffixes[0]}")


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("name", ["handling", "nested"])
def test_an_execution(name: str, format: str, golden: Golden) -> None:
    events = json.loads((MACHINES / f"{name}.history.json").read_text(encoding="utf-8"))["events"]
    graph = mark_execution(build_graph(definition(name)), events)
    golden(render(graph, format), GOLDEN / f"{name}.executed{FORMATS[format].suffixes[0]}")


WORKFLOWS = Path(__file__).parents[2] / "workflows"
EXAMPLES = sorted(path for path in WORKFLOWS.rglob("*.asl.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.removesuffix(".asl.json"))
def test_an_example(path: Path, golden: Golden) -> None:
    graph = build_graph(definition_in(str(path)).read().value)
    golden(
        render(graph, "svg", theme="light"), GOLDEN / f"workflow.{path.name.removesuffix('.asl.json')}.svg"
    )


@pytest.mark.parametrize("direction", DIRECTIONS[1:])
def test_a_direction(direction: str, golden: Golden) -> None:
    graph = build_graph(definition("nested"))
    for format in ("svg", "mermaid", "dot"):
        path = GOLDEN / f"nested.{direction}{FORMATS[format].suffixes[0]}"
        golden(render(graph, format, direction=direction), path)
