"""`aslrun graph` as a user meets it: what it prints, writes, and says about mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aslrun.cli import main

MACHINE = {"StartAt": "Über", "States": {"Über": {"Type": "Pass", "Next": "Z"}, "Z": {"Type": "Succeed"}}}
ENTERED = {"type": "PassStateEntered", "stateEnteredEventDetails": {"name": "Über"}}
HISTORY = {"events": [{"id": 1, "type": "ExecutionStarted"}, {"id": 2, "previousEventId": 0, **ENTERED}]}
Graph = Callable[..., tuple[int, str, str]]


@pytest.fixture
def graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Graph:
    """Run `aslrun graph ARGS` in a folder that has m.json and h.json: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def graph(*args: str, machine: Any = MACHINE, history: Any = HISTORY) -> tuple[int, str, str]:
        for name, value in {"m.json": machine, "h.json": history}.items():
            text = value if isinstance(value, str) else json.dumps(value)
            Path(name).write_text(text, encoding="utf-8")
        monkeypatch.setattr("sys.argv", ["aslrun", "graph", *args])
        with pytest.raises(SystemExit) as exit:
            main()
        out, err = capfdbinary.readouterr()
        return int(exit.value.code or 0), out.decode("utf-8"), err.decode("utf-8")

    return graph


def test_mermaid_is_what_it_prints_and_nothing_else(graph: Graph) -> None:
    status, out, err = graph("m.json")
    assert (status, err) == (0, "")
    assert out.startswith("flowchart TD\n")
    assert 's_ber("Über<br/>Pass")' in out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


def test_other_formats(graph: Graph) -> None:
    assert graph("m.json", "--format", "dot")[1].startswith("digraph {\n")
    data = json.loads(graph("m.json", "--format", "json")[1])
    assert [node["name"] for node in data["nodes"]] == ["Start", "Über", "Z", "End"]
    assert [edge["kind"] for edge in data["edges"]] == ["start", "next", "end"]


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("mmd", "flowchart"), ("MERMAID", "flowchart"), ("dot", "digraph"), ("gv", "digraph"), ("json", "{")],
)
def test_the_output_files_name_tells_the_format(graph: Graph, suffix: str, begins: str) -> None:
    assert graph("m.json", "--output", f"g.{suffix}") == (0, "", "")
    assert Path(f"g.{suffix}").read_text(encoding="utf-8").startswith(begins)


def test_the_format_asked_for_goes_before_the_name(graph: Graph) -> None:
    assert graph("m.json", "--output", "g.txt", "--format", "dot") == (0, "", "")
    assert Path("g.txt").read_bytes().startswith(b"digraph")


def test_a_history_is_drawn(graph: Graph) -> None:
    status, out, _ = graph("m.json", "--history", "h.json")
    assert status == 0
    assert "class s_ber in_progress" in out


def test_yaml_and_a_half_written_definition_are_drawn(graph: Graph) -> None:
    Path("m.yaml").write_text("StartAt: A\nStates:\n  A:\n    Next: B\n", encoding="utf-8")
    status, out, _ = graph("m.yaml")
    assert status == 0
    assert "B<br/>not defined" in out


@pytest.mark.parametrize(
    ("args", "given", "says"),
    [
        (["nowhere.json"], {}, "nowhere.json"),
        (["m.json"], {"machine": "[1, 2]"}, "m.json: there is nothing to draw"),
        (["m.json"], {"machine": {"StartAt": "A"}}, 'no "States" object'),
        (["m.json", "--output", "g.pdf"], {}, ".mmd, .mermaid, .dot, .gv, .json, or give --format"),
        (["m.json", "--output", "graph"], {}, "the name graph tells no format"),
        (["m.json", "--output", "no/such/folder/g.dot"], {}, "cannot be written"),
        (["m.json", "--format", "pdf"], {}, "pdf"),
        (["m.json", "--history", "nowhere.json"], {}, "there is no file nowhere.json"),
        (["m.json", "--history", "h.json"], {"history": "{"}, "h.json is not JSON"),
        (["m.json", "--history", "h.json"], {"history": {"a": 1}}, "h.json is no history"),
        (["m.json", "--history", "h.json"], {"history": {"events": []}}, "without events"),
        (["m.json", "--history", "h.json"], {"machine": {"States": {"A": {}}}}, "no state 'Über'"),
    ],
)
def test_mistakes_are_one_message_and_status_2(graph: Graph, args: list[str], given: Any, says: str) -> None:
    status, out, err = graph(*args, **given)
    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_definition_that_is_not_json_is_one_message(graph: Graph) -> None:
    status, out, err = graph("m.json", machine="{")
    assert status in (1, 2)
    assert out == ""
    assert "m.json" in err
    assert "Traceback" not in err
