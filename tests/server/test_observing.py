"""What a server's logs and metrics say, through real clients."""

from __future__ import annotations

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from served import ROLE

from aslrun.server.serving import Server, serve

HANDLER = b"""
import json
def handler(event, context):
    print("paying", event["amount"])
    print(json.dumps({"_aws": {"Timestamp": 0, "CloudWatchMetrics": []}}))
    return {"paid": True}
"""
TASK = {
    "StartAt": "Pay",
    "States": {
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "pay", "Payload.$": "$"},
            "End": True,
        }
    },
}
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/orders:*"
LOGGING = {
    "level": "ALL",
    "includeExecutionData": True,
    "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
}


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def server(told: list[str]) -> Iterator[Server]:
    with serve(aws="local", show=lambda function, line: told.append(line)) as server:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("pay.py", HANDLER)
        server.client("lambda").create_function(
            FunctionName="pay",
            Runtime="python3.11",
            Role=ROLE,
            Handler="pay.handler",
            Code={"ZipFile": packed.getvalue()},
        )
        states = server.client()
        arn = states.create_state_machine(
            name="orders", definition=json.dumps(TASK), roleArn=ROLE, loggingConfiguration=LOGGING
        )["stateMachineArn"]
        for amount in (5, 7):
            execution = states.start_execution(stateMachineArn=arn, input=json.dumps({"amount": amount}))
            while states.describe_execution(**_arn(execution))["status"] == "RUNNING":
                time.sleep(0.01)
        yield server


def _arn(execution: Any) -> dict[str, str]:
    return {"executionArn": execution["executionArn"]}


def scrape(server: Server) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        text = answer.read().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}  # type: ignore[no-untyped-call]


def test_prometheus_reads_metrics(server: Server) -> None:
    families = scrape(server)
    (started,) = families["aws_states_executions_started"].samples
    assert started.value == 2
    assert started.labels["state_machine_arn"].endswith(":stateMachine:orders")
    assert families["aws_lambda_duration_milliseconds"].type == "summary"
    assert families["aws_lambda_concurrent_executions"].type == "gauge"
    (scheduled,) = families["aws_states_service_integrations_scheduled"].samples
    assert scheduled.labels == {"service_integration_resource_arn": "arn:aws:states:::lambda:invoke"}


def test_cloudwatch_logs_have_functions_and_machines(server: Server) -> None:
    logs = server.client("logs")
    found = logs.filter_log_events(logGroupName="/aws/lambda/pay", filterPattern="paying")["events"]
    assert [event["message"] for event in found] == ["paying 5", "paying 7"]
    entries = [
        json.loads(event["message"]) for event in logs.filter_log_events(logGroupName="/orders")["events"]
    ]
    assert [entry["type"] for entry in entries][:3] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
    ]
    assert sum(entry["type"] == "ExecutionSucceeded" for entry in entries) == 2


def test_cloudwatch_has_metrics(server: Server) -> None:
    cloudwatch = server.client("cloudwatch")
    names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="AWS/States")["Metrics"]}
    assert {"ExecutionsStarted", "ExecutionsSucceeded", "ServiceIntegrationTime"} <= names
    names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="AWS/Lambda")["Metrics"]}
    assert names == {"Invocations", "Errors", "Duration", "ConcurrentExecutions"}


def test_what_cloudwatch_would_drop_is_told(server: Server, told: list[str]) -> None:
    assert any("CloudWatch would drop the metrics" in line for line in told)
