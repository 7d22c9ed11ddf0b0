"""Imports go one way (docs/design.md): read from the sources, so that a wrong one fails here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest

import aslrun

ROOT = Path(aslrun.__file__).parent

ORDER = [
    {"errors", "values", "timestamps"},
    {"document"},
    {"diagnostics"},
    {"expressions"},
    {"interpreter"},
    {"states"},
    {"compiler", "validation"},
    {"history"},
    {"drivers"},
    {"integrations"},
    {"functions", "services", "items"},
    {"options"},
    {"execution", "answering", "machine"},
    {"replay", "mapworker"},
    {"store", "observe", "graph", "page", "views", "teststate", "testing", "coverage", "fuzzing"},
    {"server"},
    {"cli"},
    {"__main__"},
]
"""The rooms of docs/design.md, from the ground up. A room imports from those below it, and from those beside
it where that makes no circle."""

WORLD = {"time", "threading", "random", "subprocess", "socket", "selectors", "signal", "asyncio"}
WORLDLY = {"drivers", "integrations", "functions", "services", "items", "store", "server", "cli", "mapworker"}
FILES = sorted(ROOT.rglob("*.py"))
HEIGHT = {room: height for height, rooms in enumerate(ORDER) for room in rooms}
WATCHERS = {"aslrun.views.progress"}
"""Looks on from a thread of its own while an execution runs."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in FILES}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imported(path: Path) -> Iterator[str]:
    """All modules that a file imports: also inside functions, and also for type checking only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


GRAPH: networkx.DiGraph[str] = networkx.DiGraph(
    (module, other) for module, path in MODULES.items() for other in imported(path) if other in MODULES
)


def circles(graph: networkx.DiGraph[str]) -> list[list[str]]:
    return [sorted(part) for part in networkx.strongly_connected_components(graph) if len(part) > 1]


def test_no_circle_of_imports() -> None:
    assert circles(GRAPH) == []


def test_no_circle_of_rooms() -> None:
    rooms = ((room_of(module), room_of(other)) for module, other in GRAPH.edges)
    assert circles(networkx.DiGraph((room, other) for room, other in rooms if room and room != other)) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_lies_below_it(module: str) -> None:
    room = room_of(module)
    for other in imported(MODULES[module]):
        if other in MODULES and room and room_of(other):
            assert HEIGHT[room_of(other)] <= HEIGHT[room], f"{module} may not import {other}"
        assert other.split(".")[0] not in WORLD or room in WORLDLY or module in WATCHERS, (
            f"{module} may not import {other}"
        )


def test_no_file_repeats_its_folder_in_its_name() -> None:
    for path in FILES:
        folder = path.parent.name
        assert not path.stem.startswith((f"{folder}_", f"{folder.removesuffix('s')}_")), path


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    import subprocess
    import sys

    code = "import sys, aslrun.cli, aslrun; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"networkx", "jsonschema", "jsonpath_ng", "yaml", "asyncio", "boto3", "aslrun.machine"}
    assert not heavy & set(loaded.stdout.split())


def test_both_ways_to_execute_take_all_options() -> None:
    import dataclasses
    import inspect

    from aslrun.options import Options
    from aslrun.testing import MachineUnderTest

    options = [field.name for field in dataclasses.fields(aslrun.RunOptions)]
    assert [*Options.__annotations__] == options
    for execute in (aslrun.StateMachine.execute, MachineUnderTest.execute):
        assert inspect.signature(execute).parameters["options"].annotation == "Unpack[Options]"


def test_the_root_holds_only_what_users_meet_and_the_ground() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == {
        "__init__", "__main__", "machine", "execution", "options", "answering", "compiler", "errors",
        "values", "timestamps", "diagnostics", "replay",
    }  # fmt: skip
