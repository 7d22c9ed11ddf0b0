"""Who a server hands traces on to: functions behind APIs, executions, X-Ray of the local AWS; and what a
template says of tracing and logging."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from aslrun.server.serving import Server, serve

CODE = """
import json, os
def handler(event, context):
    return {"statusCode": 200, "body": os.environ.get("_X_AMZN_TRACE_ID", "none")}
"""
TASK = {"Type": "Task", "Resource": "${Function}", "ResultPath": "$.told", "Next": "Nested"}
NESTED = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution.sync:2",
    "Parameters": {"StateMachineArn": "${Child}"},
    "End": True,
}
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/orders"}},
        "Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": "told",
                "Handler": "app.handler",
                "Runtime": "python3.11",
                "CodeUri": "src",
                "Events": {"Get": {"Type": "HttpApi", "Properties": {"Path": "/told", "Method": "get"}}},
            },
        },
        "Machine": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {
                "Name": "orders",
                "Tracing": {"Enabled": True},
                "Logging": {
                    "Level": "ALL",
                    "Destinations": [
                        {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Group", "Arn"]}}}
                    ],
                },
                "Definition": {"StartAt": "Told", "States": {"Told": TASK, "Nested": NESTED}},
                "DefinitionSubstitutions": {
                    "Function": {"Fn::GetAtt": ["Function", "Arn"]},
                    "Child": {"Ref": "Child"},
                },
            },
        },
        "Child": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Name": "child", "Definition": PASS},
        },
    },
}
HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("project")
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text(CODE)
    (folder / "template.json").write_text(json.dumps(TEMPLATE))
    with serve(str(folder / "template.json"), aws="local", api_port=0) as server:
        yield server


def ended(server: Server, machine: str, **more: str) -> Any:
    arn = server.client().start_execution(stateMachineArn=ARN + machine, input="{}", **more)["executionArn"]
    while (found := server.client().describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.01)
    assert found["status"] == "SUCCEEDED", found
    return found


def test_a_function_behind_an_api_has_the_header_of_the_request(server: Server) -> None:
    url = f"http://127.0.0.1:{server.apis.port}/told"
    with urlopen(Request(url, headers={"X-Amzn-Trace-Id": f"{HEADER}1"})) as answer:
        assert answer.read().decode() == f"{HEADER}1"
    with urlopen(url) as answer:  # the same worker
        assert answer.read().decode() == "none"


def test_what_a_template_says_counts(server: Server) -> None:
    told = server.client().describe_state_machine(stateMachineArn=f"{ARN}orders")
    assert told["tracingConfiguration"] == {"enabled": True}
    assert told["loggingConfiguration"]["level"] == "ALL"
    (destination,) = told["loggingConfiguration"]["destinations"]
    assert destination["cloudWatchLogsLogGroup"]["logGroupArn"].endswith(":log-group:/orders:*")
    ended(server, "orders")
    logged = server.client("logs").filter_log_events(logGroupName="/orders")["events"]
    assert any('"ExecutionSucceeded"' in event["message"] for event in logged)


def test_x_ray_has_the_segments(server: Server) -> None:
    ended(server, "orders", traceHeader=f"{HEADER}1")
    ended(server, "orders", traceHeader=f"{HEADER.replace('5759e988', '5759e989')}0")
    xray = server.client("xray")
    (trace,) = xray.batch_get_traces(TraceIds=["1-5759e988-bd862e3fe1be46a994272793"])["Traces"]
    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    (machine,) = [one for one in documents if one["name"] == "orders"]
    (function,) = [one for one in documents if one["name"] == "told"]
    assert machine["parent_id"] == "53995c3f42cd8ad8"
    (attempt,) = machine["subsegments"][0]["subsegments"]
    assert function["parent_id"] == attempt["id"]
    # Whoever began a trace may have decided that it is not taken.
    assert not xray.batch_get_traces(TraceIds=["1-5759e989-bd862e3fe1be46a994272793"])["Traces"]


def test_a_nested_execution_is_in_the_trace(server: Server) -> None:
    output = json.loads(ended(server, "orders", traceHeader=f"{HEADER}1")["output"])
    child = server.client().describe_execution(executionArn=output["ExecutionArn"])
    assert child["traceHeader"].startswith("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=")


def test_what_comes_after_a_long_wait_is_in_the_log(server: Server) -> None:
    """CloudWatch takes no events of more than two hours from now; the executions' clock jumps."""
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100_000, "End": True}}}
    group = {"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/waits:*"}
    server.client().create_state_machine(
        name="waits",
        definition=json.dumps(wait),
        roleArn="arn:aws:iam::123456789012:role/states",
        loggingConfiguration={"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": group}]},
    )
    ended(server, "waits")
    logged = server.client("logs").filter_log_events(logGroupName="/waits")["events"]
    types = [json.loads(event["message"])["type"] for event in logged]
    assert types == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]
