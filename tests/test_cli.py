"""The command line: results on stdout, all else on stderr, exit status 0, 1 or 2, never a traceback."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from command_line import run_command

from aslrun.cli import aslrun
from aslrun.errors import UsageError

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
TASK = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", "End": True}}}
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run `aslrun ARGS` in an empty folder that has machine.asl.json; it must not show a traceback."""

    def cli(
        *args: str, machine: Any = None, files: dict[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        written = {"machine.asl.json": json.dumps(PASS if machine is None else machine), **(files or {})}
        for name, text in written.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        ran = run_command(*args, cwd=tmp_path, stdin=stdin)
        assert "aslrun/cli" not in ran.stderr.replace("\\", "/"), ran.stderr
        return ran

    return cli


@pytest.mark.parametrize(
    ("given", "stdin"), [("in.json", ""), ("-", '{"a": [1, "é"]}'), ('{"a": [1, "é"]}', "")]
)
def test_input_from_a_file_from_stdin_and_as_text(cli: Cli, given: str, stdin: str) -> None:
    ran = cli(
        "execute", "machine.asl.json", "--input", given, stdin=stdin, files={"in.json": '{"a": [1, "é"]}'}
    )
    assert (ran.returncode, json.loads(ran.stdout), ran.stderr) == (0, {"a": [1, "é"]}, "")


def test_input_from_a_file_as_the_aws_cli_names_it(cli: Cli) -> None:
    ran = cli("execute", "machine.asl.json", "--input", "file://in.json", files={"in.json": '{"a": 1}'})
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"a": 1})


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("valdate", "did you mean 'validate'?"),
        ("machine.asl.json", "write aslrun validate machine.asl.json"),
        ("nonsense", "there are cost, coverage, diff, "),
    ],
)
def test_a_command_that_there_is_not(
    word: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("machine.asl.json").write_text(json.dumps(PASS), encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(says)):
        CliRunner().invoke(aslrun, [word], catch_exceptions=False)


def test_the_definition_from_stdin_and_no_input(cli: Cli) -> None:
    ran = cli("execute", "-", stdin=json.dumps(PASS))
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {})


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere.json"], "nowhere.json"),
        (["."], "."),
        (["machine.asl.json", "--input", "nowhere.json"], "no input file nowhere.json"),
        (["machine.asl.json", "--input", "{'a': 1}"], "the input is not JSON"),
        (["machine.asl.json", "--input", "bad.json"], "bad.json is not JSON"),
        (["machine.asl.json", "--input", "nan.json"], "NaN is not JSON"),
        (["-", "--input", "-"], "cannot both be read from stdin"),
        (["machine.asl.json", "--time", "never"], "virtual"),
        (["machine.asl.json", "--mock-config", "m.json", "--test-case", "x"], "there is no file m.json"),
        (["machine.asl.json", "--test-case", "x"], "--mock-config"),
        (["machine.asl.json", "--function", "work"], "NAME=FILE:HANDLER"),
        (["machine.asl.json", "--colour"], "--colour"),
        (["machine.asl.json", "x"], "no further argument, as x is: the input is given with --input"),
        (["machine.asl.json", "--input", '{"a":\n "b" 2}'], 'line 2 column 6\n     "b" 2}\n         ^\n'),
    ],
)
def test_wrong_usage_is_one_message_and_status_2(cli: Cli, args: list[str], says: str) -> None:
    ran = cli("execute", *args, files={"bad.json": "{", "nan.json": "NaN"})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) <= 6


def test_what_cannot_be_written_costs_nothing_else(cli: Cli, tmp_path: Path) -> None:
    files = {"history": "gone/h.json", "report": "r.html", "coverage": "c.json"}
    options = [word for option, file in files.items() for word in (f"--{option}", file)]
    (tmp_path / "gone").mkdir()
    # A function runs in the folder of its code, as in Lambda.
    code = "import os\ndef handler(event, context): return os.rmdir('../gone')\n"
    states = {"T": {"Type": "Task", "Resource": "t", "End": True}}
    machine = json.dumps({"StartAt": "T", "States": states})
    ran = cli("execute", "task.json", *options, files={"task.json": machine, "handlers/t.py": code})
    assert (ran.returncode, ran.stdout) == (2, "null\n")
    assert "the history cannot be written to gone" in ran.stderr
    assert (tmp_path / "r.html").is_file()
    assert (tmp_path / "c.json").is_file()


def test_input_that_is_not_utf_8(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')
    ran = cli("execute", "machine.asl.json", "--input", "latin.json")
    assert ran.returncode == 2
    assert "latin.json:1:2: byte 0xe9 is not UTF-8" in ran.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "machine.asl.json:1:1"),
        ("[1, 2]", "machine.asl.json:1:1"),
        ('{"StartAt": "A"}', "States"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Task"}}}', "Resource"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Pss", "End": true}}}', "Pass"),
        ('{"StartAt": "B", "States": {"A": {"Type": "Pass", "End": true}}}', "B"),
    ],
)
def test_an_invalid_definition_is_refused_before_anything_runs(cli: Cli, text: str, says: str) -> None:
    ran = cli("execute", "machine.asl.json", "--history", "h.json", files={"machine.asl.json": text})
    assert (ran.returncode, ran.stdout) == (1, "")
    assert says in ran.stderr
    assert "error" in ran.stderr


@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::s3:getObject", "arn:aws:lamda:us-east-1:123456789012:function:work"]
)
def test_a_resource_that_validate_refuses_runs_only_where_something_answers_it(
    cli: Cli, resource: str
) -> None:
    machine = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": resource, "End": True}}}
    ran = cli("execute", "machine.asl.json", machine=machine)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "error INVALID_RESOURCE" in ran.stderr
    mocks = {
        "StateMachines": {"machine": {"TestCases": {"Happy": {"T": "Done"}}}},
        "MockedResponses": {"Done": {"0": {"Return": 5}}},
    }
    ran = cli("execute", "machine.asl.json", "--mock-config", "mocks.json", machine=machine,
              files={"mocks.json": json.dumps(mocks)})  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "5\n", "")


def test_what_validation_warns_of_is_said_first_and_not_with_quiet(cli: Cli) -> None:
    machine = {"Version": "2", **PASS}
    ran = cli("execute", "machine.asl.json", machine=machine)
    assert (ran.returncode, ran.stdout) == (0, "{}\n")
    assert ran.stderr.startswith("machine.asl.json:1:13: warning UNKNOWN_VERSION ")
    assert cli("execute", "machine.asl.json", "--quiet", machine=machine).stderr == ""
    toml = {"aslrun.toml": '[validate]\nignore = ["UNKNOWN_VERSION"]'}
    assert cli("execute", "machine.asl.json", machine=machine, files=toml).stderr == ""


def test_a_function_that_is_nowhere_is_told_before_the_run(cli: Cli, tmp_path: Path) -> None:
    files = {"handlers/wrok.py": "def handler(event, context): pass"}
    ran = cli("execute", "machine.asl.json", "--history", "h.json", machine=TASK, files=files)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "work" in ran.stderr
    assert "wrok" in ran.stderr
    assert not (tmp_path / "h.json").exists()


HANDLERS = {
    "handlers.py": """
import os, sys
def work(event, context):
    print("working on", event)
    if event.get("exit"):
        os._exit(event["exit"])
    if event.get("raise"):
        raise ValueError("bad value")
    if event.get("give"):
        return {1, 2}
    return {"done": True}
"""
}


def test_what_a_handler_prints_goes_to_stderr(cli: Cli) -> None:
    ran = cli("execute", "machine.asl.json", machine=TASK, files=HANDLERS)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"done": True})
    assert "work | working on {}" in ran.stderr


@pytest.mark.parametrize(
    ("input", "error", "says"),
    [
        ({"raise": 1}, "ValueError", "bad value"),
        ({"exit": 3}, "Runtime.ExitError", "exit status 3"),
        ({"give": 1}, "Runtime.MarshalError", "Unable to marshal response"),
    ],
)
def test_a_handler_that_goes_wrong(cli: Cli, tmp_path: Path, input: Any, error: str, says: str) -> None:
    args = ("--input", json.dumps(input), "--history", "h.json")
    ran = cli("execute", "machine.asl.json", *args, machine=TASK, files=HANDLERS)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert f"Execution failed in state 'T': {error}" in ran.stderr
    assert says in ran.stderr
    assert "path:  T" in ran.stderr
    events = json.loads((tmp_path / "h.json").read_text(encoding="utf-8"))["events"]
    assert events[-1]["executionFailedEventDetails"]["error"] == error


def test_a_handlers_own_exception_is_shown_with_its_own_traceback(cli: Cli) -> None:
    ran = cli("execute", "machine.asl.json", "--input", '{"raise": 1}', machine=TASK, files=HANDLERS)
    assert "handlers.py" in ran.stderr
    assert 'raise ValueError("bad value")' in ran.stderr


def test_functions_by_option_and_by_toml(cli: Cli) -> None:
    files = {"lib/f.py": "def one(event, context): return 1\ndef two(event, context): return 2"}
    ran = cli("execute", "machine.asl.json", "--function", "work=lib/f.py:two", machine=TASK, files=files)
    assert ran.stdout == "2\n"
    files["aslrun.toml"] = '[functions]\nwork = "lib/f.py:one"\n'
    assert cli("execute", "machine.asl.json", machine=TASK, files=files).stdout == "1\n"


def test_waiting_is_told_unless_quiet(cli: Cli) -> None:
    machine = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5400, "End": True}}}
    assert cli("execute", "machine.asl.json", machine=machine).stderr == (
        "skipped 1 h 30 min of waiting (--time real waits)\n"
    )
    assert cli("execute", "machine.asl.json", "--quiet", machine=machine).stderr == ""


def test_json_describes_the_whole_execution(cli: Cli) -> None:
    ran = cli("execute", "machine.asl.json", "--json", "--name", "n-1", "--input", "[1]")
    told = json.loads(ran.stdout)
    arn = "arn:aws:states:us-east-1:123456789012"
    assert told["executionArn"] == f"{arn}:execution:machine:n-1"
    assert told["stateMachineArn"] == f"{arn}:stateMachine:machine"
    assert (told["status"], told["input"], told["output"], told["path"]) == ("SUCCEEDED", [1], [1], ["P"])
    fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
    ran = cli("execute", "machine.asl.json", "--json", machine=fail)
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["status"], told["error"], told["cause"]) == (1, "FAILED", "E", "c")


def test_a_seed_repeats_chance(cli: Cli) -> None:
    state = {
        "Type": "Pass",
        "Parameters": {"id.$": "States.UUID()", "name.$": "$$.Execution.Name"},
        "End": True,
    }
    machine = {"StartAt": "P", "States": {"P": state}}
    first, second = (cli("execute", "machine.asl.json", "--seed", "1", machine=machine) for _ in range(2))
    other = cli("execute", "machine.asl.json", "--seed", "2", machine=machine)
    assert first.stdout == second.stdout != other.stdout


def test_history_as_a_table(cli: Cli) -> None:
    machine = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Result": 2, "ResultPath": "$.two", "Assign": {"n": 1}, "Next": "W"},
            "W": {"Type": "Wait", "Seconds": 3600, "Next": "F"},
            "F": {"Type": "Fail", "Error": "Boom", "Cause": "it went off"},
        },
    }
    cli("execute", "machine.asl.json", "--input", '{"one": 1}', "--history", "h.json", machine=machine)
    ran = cli("history", "h.json")
    lines = re.sub(r"\S+Z  input", "TIME  input", ran.stdout).splitlines()
    assert lines == [
        "id  time  event               what changed",
        '1   0 s   ExecutionStarted    TIME  input {"one":1}',
        '2   0 s   A PassStateEntered  input {"one":1}',
        "3   0 s     PassStateExited   +two=2  $n=1",
        '4   0 s   W WaitStateEntered  input {"one":1,"two":2}',
        "5   1 h     WaitStateExited",
        '6   1 h   F FailStateEntered  input {"one":1,"two":2}',
        "7   1 h   ExecutionFailed     Boom: it went off",
    ]


@pytest.mark.parametrize("text", ["{", "[1]", '{"events": 3}', '{"events": [{"id": 1}]}'])
def test_a_history_that_is_none(cli: Cli, text: str) -> None:
    ran = cli("history", "h.json", files={"h.json": text})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("aslrun: h.json is no")


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").stdout.startswith("aslrun ")
    shown = cli("--help").stdout
    for command in ("execute", "graph", "history", "validate"):
        assert command in shown
        assert cli(command, "--help").returncode == 0
    assert cli("exekute").returncode == 2


@pytest.mark.parametrize("words", ["aslrun execute w", "aslrun execute a --history w", "aslrun validate a w"])
def test_files_complete_in_the_shell(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("_ASLRUN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert run_command().stdout == "file,w\n"
