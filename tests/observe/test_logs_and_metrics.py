"""Logs and metrics of an execution: what CloudWatch would have of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from aslrun import load
from aslrun.observe.logs.collected import configuration_of, log_events, put_logs, write_logs
from aslrun.observe.logs.entries import (
    ERROR,
    FATAL,
    LEVELS,
    LoggingConfiguration,
    entry_texts,
    log_entries,
    read_configuration,
)
from aslrun.observe.logs.functions import LogEvent
from aslrun.observe.observed import observe
from aslrun.testing.result import ExecutionResult

HANDLER = """
import json
def handler(event, context):
    print("paying", event["amount"])
    if event["amount"] < 0:
        raise ValueError("too little")
    return {"paid": True}
"""
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Pay:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: pay
      Handler: pay.handler
      Runtime: python3.11
      CodeUri: src
      MemorySize: 256
      LoggingConfig: {LogFormat: %s}
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: orders
      Type: STANDARD
      Logging:
        Level: %s
        IncludeExecutionData: false
        Destinations:
          - CloudWatchLogsLogGroup:
              LogGroupArn: arn:aws:logs:us-east-1:123456789012:log-group:/orders/log:*
      Definition:
        StartAt: Pay
        States:
          Pay:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: pay, Payload.$: $}
            OutputPath: $.Payload
            Retry: [{ErrorEquals: [ValueError], MaxAttempts: 1}]
            End: true
"""


def run(folder: Path, amount: int, *, format: str = "Text", level: str = "ALL") -> ExecutionResult:
    (folder / "src").mkdir()
    (folder / "src" / "pay.py").write_text(HANDLER)
    (folder / "template.yaml").write_text(TEMPLATE % (format, level))
    machine = load(folder / "template.yaml")
    return ExecutionResult(machine.execute({"amount": amount}, aws="local", seed=1), machine)


def messages(result: ExecutionResult, group: str) -> list[str]:
    return [event.message for event in result.logs if event.group == group]


def test_a_functions_lines_are_between_those_that_lambda_adds(tmp_path: Path) -> None:
    result = run(tmp_path, -1)
    lines = [line.partition(" ")[0] for line in messages(result, "/aws/lambda/pay")]
    printed = [line for line in messages(result, "/aws/lambda/pay") if line.startswith("paying")]
    assert lines[0] == "INIT_START", "the first worker is a new one"
    assert lines.count("INIT_START") == 1
    assert lines.count("START") == lines.count("END") == 2
    assert printed == ["paying -1", "paying -1"]
    report = next(line for line in messages(result, "/aws/lambda/pay") if line.startswith("REPORT"))
    assert "\tMemory Size: 256 MB" in report
    assert "\tInit Duration: " in report


def test_json_format_has_platform_events(tmp_path: Path) -> None:
    result = run(tmp_path, 5, format="JSON")
    told = [json.loads(line) for line in messages(result, "/aws/lambda/pay") if line.startswith("{")]
    assert [one["type"] for one in told] == ["platform.initStart", "platform.start", "platform.report"]
    assert told[-1]["record"]["status"] == "success"
    assert told[-1]["record"]["metrics"]["memorySizeMB"] == 256


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("FATAL", ["ExecutionFailed"]),
        ("ERROR", ["TaskFailed", "TaskFailed", "ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_levels_choose_events(tmp_path: Path, level: str, types: list[str]) -> None:
    result = run(tmp_path, -1, level=level)
    assert [json.loads(one)["type"] for one in messages(result, "/orders/log")] == types


def test_entries_have_the_service_s_form(tmp_path: Path) -> None:
    result = run(tmp_path, 5)
    first, second, *_ = (json.loads(one) for one in messages(result, "/orders/log"))
    assert first == {
        "id": "1",
        "type": "ExecutionStarted",
        "details": {"roleArn": "arn:aws:iam::123456789012:role/aslrun"},
        "previous_event_id": "0",
        "event_timestamp": str(round(result.observed.began * 1000)),
        "execution_arn": result.execution.id,
        "redrive_count": "0",
    }
    assert second["details"] == {"name": "Pay"}
    with_data = next(log_entries(observe(result.execution), LoggingConfiguration("ALL", has_data=True)))
    assert with_data["details"]["input"] == '{"amount":5}'  # type: ignore[call-overload, index]
    assert with_data["details"]["inputDetails"] == {"truncated": False}  # type: ignore[call-overload, index]


def test_long_data_is_cut() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    execution = machine.execute({"text": "é" * 130_000})
    entry = next(log_entries(observe(execution), LoggingConfiguration("ALL", has_data=True)))
    details: Any = entry["details"]
    assert details["inputDetails"] == {"truncated": True}
    assert len(details["input"].encode()) <= 248 * 1024


def test_fatal_is_error_too() -> None:
    assert FATAL < ERROR


def test_the_configuration_of_the_api_is_read_like_that_of_a_template() -> None:
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:1:log-group:/a/b:*"}}
    told = {"level": "ERROR", "includeExecutionData": True, "destinations": [group]}
    assert read_configuration(told) == LoggingConfiguration("ERROR", has_data=True, group="/a/b")


def test_boto3_reads_back_what_a_run_wrote(tmp_path: Path) -> None:
    result = run(tmp_path, 5)
    logs = result.aws.client("logs")
    found = logs.filter_log_events(logGroupName="/aws/lambda/pay", filterPattern="paying")["events"]
    assert [event["message"] for event in found] == ["paying 5"]
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert groups == ["/aws/lambda/pay", "/orders/log"]
    began = result.execution.began
    statistics = result.aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States",
        MetricName="ExecutionsSucceeded",
        Dimensions=[{"Name": "StateMachineArn", "Value": result.execution.machine_arn}],
        StartTime=began - 60,
        EndTime=began + 3600,
        Period=3600 * 2,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in statistics["Datapoints"]] == [1.0]


def test_metrics_count_attempts_and_measure_them(tmp_path: Path) -> None:
    metrics = run(tmp_path, -1).metrics
    assert metrics["ExecutionsStarted"] == 1
    assert metrics["ExecutionsFailed"] == 1
    assert metrics["ServiceIntegrationsScheduled"] == 2
    assert metrics["ServiceIntegrationsFailed"] == 2
    assert metrics["Invocations"] == metrics["Errors"] == 2
    arn = "arn:aws:states:::lambda:invoke"
    took = metrics.statistics("ServiceIntegrationTime", ServiceIntegrationResourceArn=arn)
    assert took is not None
    assert took.unit == "Milliseconds"
    assert len(took.values) == 2
    assert metrics["Nothing"] == 0


def test_files_are_added_to(tmp_path: Path) -> None:
    result = run(tmp_path, 5)
    for _ in range(2):
        write_logs(result.logs, tmp_path / "logs")
    lines = (tmp_path / "logs/aws/lambda/pay.log").read_text().splitlines()
    assert sum(line.endswith("paying 5") for line in lines) == 2
    assert (tmp_path / "logs/orders/log.log").is_file()


def test_a_machine_without_a_template_has_no_configuration() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    assert configuration_of(machine) is None
    assert len(log_events(observe(machine.execute({})))) == 4


def test_an_express_execution_has_what_is_billed() -> None:
    machine = load(
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}}, type="EXPRESS"
    )
    metrics = ExecutionResult(machine.execute({})).metrics
    assert metrics["ExpressExecutionBilledDuration"] == 1000
    assert metrics["ExpressExecutionBilledMemory"] == 64 * 1_048_576
    assert 50 * 1_048_576 < metrics["ExpressExecutionMemory"] < 51 * 1_048_576


@pytest.mark.parametrize("has_data", [True, False])
def test_entries_that_are_written_at_once_are_the_same(tmp_path: Path, has_data: bool) -> None:
    observed = observe(run(tmp_path, -1).execution)
    for level in LEVELS:
        configuration = LoggingConfiguration(level, has_data)
        made = [json.loads(text) for _, text in entry_texts(observed, configuration)]
        assert made == [*log_entries(observed, configuration)]


def test_values_of_variables_are_data(tmp_path: Path) -> None:
    state = {"Type": "Pass", "Assign": {"card": "4111"}, "End": True}
    machine = load({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})
    observed = observe(machine.execute({}))
    for has_data in (True, False):
        texts = [text for _, text in entry_texts(observed, LoggingConfiguration("ALL", has_data))]
        assert any("4111" in text for text in texts) is has_data


def test_batches_of_log_events_are_as_put_log_events_takes_them() -> None:
    """In the order of time, and of no more than 24 hours (API reference: PutLogEvents)."""

    class Client:
        class exceptions:
            ResourceAlreadyExistsException = KeyError

        batches: ClassVar[list[list[int]]] = []

        def create_log_group(self, **_: str) -> None: ...
        def create_log_stream(self, **_: str) -> None: ...
        def put_log_events(self, logEvents: list[dict[str, Any]], **_: str) -> None:
            self.batches.append([event["timestamp"] for event in logEvents])

    hour = 3_600_000
    put_logs([LogEvent("g", "s", at * hour, "told") for at in (5, 1, 30, 25)], Client())
    assert Client.batches == [[hour, 5 * hour, 25 * hour], [30 * hour]]


NODE = """
export const handler = async (event) => {
  console.debug("all of it");
  console.log("paying", event.amount);
  console.warn({ left: 3 });
  return { paid: true };
};
"""


@pytest.mark.node
def test_functions_in_javascript_log_by_their_level(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "pay.mjs").write_text(NODE)
    config = "JSON, ApplicationLogLevel: WARN, LogGroup: /mine"
    text = (TEMPLATE % (config, "OFF")).replace("python3.11", "nodejs20.x")
    (tmp_path / "template.yaml").write_text(text)
    machine = load(tmp_path / "template.yaml")
    result = ExecutionResult(machine.execute({"amount": 1}, aws="local", seed=1), machine)
    told = [json.loads(one) for one in messages(result, "/mine")]
    assert [one.get("type", one.get("level")) for one in told] == [
        "platform.initStart", "platform.start", "WARN", "platform.report",
    ]  # fmt: skip
    assert told[2]["message"] == {"left": 3}
    assert told[2]["requestId"] == told[1]["record"]["requestId"]
    assert len(result.logs) == 4
