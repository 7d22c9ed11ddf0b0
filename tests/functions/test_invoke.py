"""`aslrun invoke`: one function, its result on stdout, its log on stderr."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import run_command

Invoke = Callable[..., "subprocess.CompletedProcess[str]"]

HANDLERS = """
def echo(event, context):
    print("hello")
    return [event, context.invoked_function_arn]

def broken(event, context):
    raise ValueError("not today")

def big(event, context):
    return "x" * 300_000
"""


@pytest.fixture
def invoke(tmp_path: Path) -> Invoke:
    (tmp_path / "handlers.py").write_text(HANDLERS, encoding="utf-8")
    (tmp_path / "machine.asl.json").write_text("{}", encoding="utf-8")

    def invoke(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run_command("invoke", *args, cwd=tmp_path, stdin=stdin)

    return invoke


def test_the_result_and_the_log(invoke: Invoke) -> None:
    ran = invoke("echo", "--event", '{"a": 1}')
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == [{"a": 1}, "arn:aws:lambda:us-east-1:123456789012:function:echo"]
    lines = ran.stderr.splitlines()
    assert [line.split()[2] for line in lines] == ["START", "hello", "END", "REPORT"]


@pytest.mark.parametrize(
    ("args", "arn"),
    [
        (["echo:prod"], "arn:aws:lambda:us-east-1:123456789012:function:echo:prod"),
        (["arn:aws:lambda:eu-west-1:1:function:echo"], "arn:aws:lambda:eu-west-1:1:function:echo"),
        (["handlers.py:echo"], "arn:aws:lambda:us-east-1:123456789012:function:handlers"),
        (["echo", "--from", "machine.asl.json"], "arn:aws:lambda:us-east-1:123456789012:function:echo"),
        (["e", "--function", "e=handlers.py:echo"], "arn:aws:lambda:us-east-1:123456789012:function:e"),
    ],
)
def test_ways_to_name_a_function(invoke: Invoke, args: list[str], arn: str) -> None:
    ran = invoke(*args, "--event", "-", "--quiet", stdin="[7]")
    assert (json.loads(ran.stdout), ran.stderr) == ([[7], arn], "")


def test_one_that_fails(invoke: Invoke) -> None:
    ran = invoke("broken")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["errorMessage"] == "not today"
    assert "Traceback" in ran.stderr


def test_a_result_may_be_larger_than_a_states(invoke: Invoke) -> None:
    assert len(invoke("big", "--quiet").stdout) == 300_003


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nobody"], "there is no Lambda function 'nobody'"),
        (["echo", "--event", "nowhere.json"], "there is no event file nowhere.json"),
        (["echo", "--event", "{"], "the event is not JSON"),
        (["echo", "--from", "nowhere"], "there is no nowhere"),
        (["handlers.py", "--event", "{}"], "there is no Lambda function"),
    ],
)
def test_wrong_usage(invoke: Invoke, args: list[str], says: str) -> None:
    ran = invoke(*args)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_event_that_lambda_would_not_take(invoke: Invoke) -> None:
    ran = invoke("echo", "--event", "-", stdin=json.dumps("x" * 6_291_456))
    assert ran.returncode == 2
    assert "Lambda takes at most 6,291,456" in ran.stderr
