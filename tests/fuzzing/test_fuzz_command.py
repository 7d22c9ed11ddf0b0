"""`aslrun fuzz` as a user types it."""

from __future__ import annotations

import json
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from machines import MISTAKES, RIGHT, function, machine

from aslrun.cli import aslrun as cli
from aslrun.cli import fuzz
from aslrun.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("choice.asl.json", MISTAKES["a Choice without Default"][0])
    write("right.asl.json", RIGHT["retries that give up"])
    return tmp_path


def write(path: str, value: Any) -> None:
    Path(path).write_text(json.dumps(value, indent=2), encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["fuzz", *words])


def test_a_finding_is_told_as_a_story(folder: Path) -> None:
    ran = run("choice.asl.json")
    assert ran.exit_code == 1
    assert ran.stdout.splitlines() == [
        "choice.asl.json:4:5: NO_CHOICE_MATCHED in state 'Size': no rule matched",
        '  input:    {"total": 100}',
        "  path:     Size",
        "  run it:   aslrun execute choice.asl.json --input '{\"total\":100}'",
    ]
    assert "2 of 2 states visited: 1 NO_CHOICE_MATCHED" in ran.stderr


def test_nothing_found(folder: Path) -> None:
    ran = run("right.asl.json", "--runs", "50")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr == "right: 50 runs, 3 of 3 states visited: nothing found\n"
    assert run("right.asl.json", "--runs", "5", "--quiet").stderr == ""
    assert sorted(path.name for path in folder.iterdir()) == ["choice.asl.json", "right.asl.json"]


def test_two_runs_print_the_same(folder: Path) -> None:
    definition, _, _ = MISTAKES["a catcher that gives on the error alone"]
    write("catch.asl.json", definition)
    first, second = (run("catch.asl.json", "--runs", "60", "--seed", "7") for _ in range(2))
    assert first.output == second.output


def test_a_kind_can_be_passed_over(folder: Path) -> None:
    assert run("choice.asl.json", "--ignore", "NO_CHOICE_MATCHED").exit_code == 0
    with pytest.raises(UsageError, match="--ignore NOPE: the kinds of findings are RUNTIME_ERROR, "):
        CliRunner().invoke(cli, ["fuzz", "choice.asl.json", "--ignore", "NOPE"], catch_exceptions=False)


def test_files_are_written(folder: Path) -> None:
    ran = run("choice.asl.json", "--output", "found")
    assert f"--input {Path('found', 'NoChoiceMatched1.json')}" in ran.stdout
    assert json.loads(Path("found/NoChoiceMatched1.json").read_text(encoding="utf-8")) == {"total": 100}
    config = json.loads(Path("found/mocks.json").read_text(encoding="utf-8"))
    assert config["StateMachines"]["choice"]["TestCases"] == {"NoChoiceMatched1": {}}
    Path("taken").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="the findings cannot be written to taken"):
        CliRunner().invoke(cli, ["fuzz", "choice.asl.json", "--output", "taken"], catch_exceptions=False)


def test_a_schema_in_a_file(folder: Path) -> None:
    write("schema.json", {"type": "object", "required": ["total"], "properties": {"total": {"const": 3}}})
    assert run("choice.asl.json", "--schema", "schema.json").exit_code == 0
    write("schema.json", {"type": "nothing"})
    command = ["fuzz", "choice.asl.json", "--schema", "schema.json"]
    with pytest.raises(UsageError, match="this is no JSON Schema"):
        CliRunner().invoke(cli, command, catch_exceptions=False)


def test_mocked_responses_are_examples_of_answers(folder: Path) -> None:
    write("call.asl.json", machine(
        Call=function("call", Next="Read"),
        Read={"Type": "Pass", "Parameters": {"name.$": "$.user.name"}, "End": True},
    ))  # fmt: skip
    write("mocks.json", {
        "StateMachines": {"call": {"TestCases": {"Nobody": {"Call": "Nobody"}}}},
        "MockedResponses": {"Nobody": {"0": {"Return": {"StatusCode": 200, "Payload": {"user": None}}}}},
    })  # fmt: skip
    assert run("call.asl.json", "--runs", "50").exit_code == 0
    ran = run("call.asl.json", "--runs", "50", "--mock-config", "mocks.json")
    assert "RUNTIME_ERROR in state 'Read'" in ran.stdout
    assert 'answers:  Call: {"user": null}\n' in ran.stdout


def test_what_is_missing_is_said_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"fuzzing needs hypothesis: pip install 'aslrun\[fuzz\]'"):
        CliRunner().invoke(cli, ["fuzz", "choice.asl.json"], catch_exceptions=False)


def test_strategies_without_hypothesis_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "aslrun.testing.strategies", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"needs hypothesis: pip install 'aslrun\[fuzz\]'"):
        import_module("aslrun.testing.strategies")


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"not": {}},
        {"enum": []},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "integer", "minimum": 5, "maximum": 3},
        {"type": "number", "minimum": 5, "maximum": 3},
        {"type": "string", "minLength": 5, "maxLength": 2},
        {"type": "string", "minLength": 5, "pattern": "^a$"},
        {"type": "array", "minItems": 5, "maxItems": 2},
        {"type": "array", "minItems": 1, "items": False},
    ],
)
def test_a_schema_that_nothing_satisfies_is_wrong_usage(folder: Path, schema: Any) -> None:
    write("schema.json", schema)
    with pytest.raises(UsageError, match="no input was found that is valid against the JSON Schema"):
        CliRunner().invoke(
            cli, ["fuzz", "right.asl.json", "--schema", "schema.json", "--runs", "20"], catch_exceptions=False
        )


def test_an_interrupt_that_is_swallowed_comes_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow(*given: object) -> None:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        for _ in range(200):
            time.sleep(0.05)

    monkeypatch.setattr("aslrun.fuzzing.search.search", swallow)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run("right.asl.json").exit_code == 130
    finally:
        signal.signal(signal.SIGINT, before)
