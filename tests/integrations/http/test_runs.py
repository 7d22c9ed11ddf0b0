"""HTTP Tasks in executions, on the command line and in TestState."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from http_server import Server, serving

import aslrun
from aslrun.cli import aslrun as cli
from aslrun.errors import UsageError
from aslrun.teststate import test_state as run_state

CONNECTION = "arn:aws:events:us-east-1:123456789012:connection/Shop/1"
TOML = '[connections.Shop]\napi_key = { name = "X-Key", value = "secret" }\nquery = { added = "1" }\n'


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def definition(url: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": url,
            "Method": "GET",
            "Authentication": {"ConnectionArn": CONNECTION},
            "Headers": {"definitionHeader": "h1"},
            "QueryParameters": {"q": "1"},
        },
        "End": True,
        **more,
    }


@pytest.fixture
def machine(server: Server, tmp_path: Path) -> Path:
    retry = [{"ErrorEquals": ["States.Http.StatusCode.503"], "MaxAttempts": 1, "IntervalSeconds": 60}]
    catch = [{"ErrorEquals": ["States.Http.StatusCode.404"], "Next": "NotThere"}]
    states = {
        "Ask": definition(server.url + "/thing", Retry=retry, Catch=catch),
        "NotThere": {"Type": "Pass", "Parameters": {"cause.$": "$.Cause"}, "End": True},
    }
    path = tmp_path / "ask.asl.json"
    path.write_text(json.dumps({"StartAt": "Ask", "States": states}), encoding="utf-8")
    (tmp_path / "aslrun.toml").write_text(TOML, encoding="utf-8")
    return path


def test_an_execution(server: Server, machine: Path) -> None:
    server.answer_json("/thing", {"n": 1})
    execution = aslrun.load(machine).execute(http_private=True)
    assert execution.status == "SUCCEEDED", execution.cause
    output: Any = execution.output
    assert output["ResponseBody"] == {"n": 1}
    history: Any = execution.history
    scheduled = next(event for event in history if event["type"] == "TaskScheduled")
    details = scheduled["taskScheduledEventDetails"]
    assert (details["resourceType"], details["resource"]) == ("http", "invoke")
    assert "secret" not in json.dumps(execution.history)


def test_errors_are_retried_and_caught(server: Server, machine: Path) -> None:
    server.answer_json("/thing", {"why": "busy"}, status=503)
    execution = aslrun.load(machine).execute(http_private=True)
    assert (execution.error, len(server.asked), execution.waited) == ("States.Http.StatusCode.503", 2, 60)
    execution = aslrun.load(machine).execute(http_private=True)
    server.answers.clear()
    assert aslrun.load(machine).execute(http_private=True).output == {"cause": "nothing"}


def test_a_private_address_ends_the_run_before_catch(server: Server, machine: Path) -> None:
    execution = aslrun.load(machine).execute()
    assert execution.status == "ABORTED"
    assert f"state 'Ask': 127.0.0.1:{server.port} is an address that is not public" in (execution.cause or "")
    assert server.asked == []


def test_the_command_line(server: Server, machine: Path) -> None:
    server.answer_json("/thing", {"n": 1})
    ran = CliRunner().invoke(cli, ["execute", str(machine), "--http-private", "--quiet"])
    assert json.loads(ran.stdout)["StatusCode"] == 200


def test_a_callback_of_api_gateway(server: Server, tmp_path: Path) -> None:
    server.answer_json("/prod/ask", {"taken": True})
    arguments = {
        "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com",
        "Method": "POST",
        "Stage": "prod",
        "Path": "ask",
        "Headers": {"TaskToken.$": "States.Array($$.Task.Token)"},
    }
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::apigateway:invoke.waitForTaskToken",
        "Parameters": arguments,
        "TimeoutSeconds": 10,
        "End": True,
    }
    path = tmp_path / "ask.asl.json"
    path.write_text(json.dumps({"StartAt": "Ask", "States": {"Ask": state}}), encoding="utf-8")
    toml = f'[endpoints]\n"abc.execute-api.us-east-1.amazonaws.com" = "{server.url}"'
    (tmp_path / "aslrun.toml").write_text(toml, encoding="utf-8")
    execution = aslrun.load(path).execute()
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    history: Any = execution.history
    submitted = next(event for event in history if event["type"] == "TaskSubmitted")
    assert json.loads(submitted["taskSubmittedEventDetails"]["output"])["ResponseBody"] == {"taken": True}
    assert len(server.asked[0].headers["tasktoken"][0]) > 10


def test_a_connection_that_is_not_there_is_told_before_anything_runs(machine: Path) -> None:
    (machine.parent / "aslrun.toml").unlink()
    with pytest.raises(UsageError, match=rf"state 'Ask': there is no connection {CONNECTION} in aslrun.toml"):
        aslrun.load(machine).execute()


# ---------------------------------------------------------------- TestState


def inspect(server: Server, folder: Path, **more: Any) -> dict[str, Any]:
    (folder / "aslrun.toml").write_text(TOML, encoding="utf-8")
    request = {"definition": definition(server.url + "/thing"), "roleArn": "arn:aws:iam::123456789012:role/r"}
    return run_state({**request, **more}, folder=folder, http_private=True)


def test_trace_shows_the_request_and_the_response(server: Server, tmp_path: Path) -> None:
    server.answer_json("/thing", {"n": 1})
    response: Any = inspect(server, tmp_path, inspectionLevel="TRACE", revealSecrets=True)
    shown = response["inspectionData"]
    assert shown["request"] == {
        "protocol": "http",
        "method": "GET",
        "url": f"{server.url}/thing?q=1&added=1",
        "headers": "[definitionHeader: h1, X-Key: secret,"
        " User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]",
    }
    assert {**shown["response"], "headers": ""} == {
        "protocol": "http",
        "statusCode": "200",
        "statusMessage": "OK",
        "headers": "",
        "body": '{"n": 1}',
    }
    assert "Content-Type: application/json" in shown["response"]["headers"]


def test_what_the_connection_adds_is_a_secret(server: Server, tmp_path: Path) -> None:
    server.answer_json("/thing", {"n": 1})
    response: Any = inspect(server, tmp_path, inspectionLevel="TRACE")
    request = response["inspectionData"]["request"]
    assert request["url"] == f"{server.url}/thing?q=1"
    assert "secret" not in json.dumps(request)
    assert server.asked[0].headers["x-key"] == ["secret"]


def test_other_levels_show_neither(server: Server, tmp_path: Path) -> None:
    server.answer_json("/thing", {"n": 1}, status=404)
    response: Any = inspect(server, tmp_path, inspectionLevel="DEBUG")
    assert "request" not in response["inspectionData"]
    assert response["error"] == "States.Http.StatusCode.404"
    traced: Any = inspect(server, tmp_path, inspectionLevel="TRACE")
    assert traced["inspectionData"]["response"]["statusCode"] == "404"


def test_a_private_address_in_teststate(server: Server, tmp_path: Path) -> None:
    (tmp_path / "aslrun.toml").write_text(TOML, encoding="utf-8")
    request = {"definition": definition(server.url), "roleArn": "arn:aws:iam::123456789012:role/r"}
    with pytest.raises(UsageError, match="--http-private"):
        run_state(request, folder=tmp_path)
