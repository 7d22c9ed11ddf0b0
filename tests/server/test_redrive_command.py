"""`aslrun redrive`, on the store of a server that has ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command

from aslrun.server.serving import serve

FUNCTIONS = """
import os

def work(event, context):
    with open(os.path.join(os.path.dirname(__file__), "log"), "a") as log:
        log.write(event["state"])
    if event["state"] == "B" and not os.path.exists(os.path.join(os.path.dirname(__file__), "mended")):
        raise ValueError("broken")
    return event["state"]
"""


def task(state: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
        "Parameters": {"state": state},
        **fields,
    }


DEFINITION = {
    "StartAt": "A",
    "States": {"A": task("A", Next="B"), "B": task("B", Next="C"), "C": task("C", End=True)},
}


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An execution that failed in its second state, and a folder with its store."""
    monkeypatch.chdir(tmp_path)
    Path("functions.py").write_text(FUNCTIONS, encoding="utf-8")
    Path("three.asl.json").write_text(json.dumps(DEFINITION), encoding="utf-8")
    with serve(
        "three.asl.json",
        store="aslrun.db",
        time="real",
        function_files=["work=functions.py:work"],
        show=lambda function, line: None,
    ) as server:
        client = server.client("stepfunctions")
        machine = client.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        arn: str = client.start_execution(stateMachineArn=machine, name="one")["executionArn"]
        while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
            pass
    return arn


REDRIVE = ["redrive", "--store", "aslrun.db", "--function", "work=functions.py:work"]


def test_it_goes_on_from_where_it_failed(failed: str) -> None:
    Path("mended").touch()
    result = run_command(*REDRIVE, "one")
    assert (result.returncode, result.stdout) == (0, '"C"\n')
    assert Path("log").read_text(encoding="utf-8") == "ABBC"
    result = run_command(*REDRIVE, failed)
    assert result.returncode == 2
    assert f"{failed} cannot be redriven: Execution is SUCCEEDED and cannot be redriven" in result.stderr


def test_it_fails_again(failed: str) -> None:
    result = run_command(*REDRIVE, "one", "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert (told["status"], told["error"], told["executionArn"]) == ("FAILED", "ValueError", failed)
    assert "Execution failed in state 'B'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["redrive", "one"], "there is no store .aslrun/aslrun.db"),
        ([*REDRIVE, "two"], "the store has no execution two"),
        ([*REDRIVE, "arn:aws:states:us-east-1:123456789012:execution:three:two"], "has no execution arn:"),
    ],
)
def test_what_is_not_there(failed: str, arguments: list[str], message: str) -> None:
    result = run_command(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
