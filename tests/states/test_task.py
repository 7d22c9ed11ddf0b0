"""Task: how functions are called, what the events tell, and time limits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
ARN = "arn:aws:lambda:us-east-1:123:function:f"


def task(**fields: Any) -> dict[str, Any]:
    return {"T": {"Type": "Task", "Resource": ARN, "End": True, **fields}}


def details(execution: Any, type: str) -> Any:
    event = next(event for event in execution.history if event["type"] == type)
    return next((value for name, value in event.items() if name.endswith("EventDetails")), None)


@pytest.mark.parametrize(
    "resource", [ARN, f"{ARN}:$LATEST", "f", "arn:aws-cn:lambda:cn-north-1:1:function:f"]
)
def test_a_function_is_called_with_the_effective_input(run: Run, resource: str) -> None:
    states = task(Resource=resource, Parameters={"x.$": "$.a"})
    execution = run(states, {"a": 1}, functions={"f": lambda event: {"got": event}})
    assert execution.output == {"got": {"x": 1}}
    scheduled = details(execution, "LambdaFunctionScheduled")
    assert scheduled["input"] == '{"x":1}'
    assert scheduled["resource"] == (
        resource if resource != "f" else "arn:aws:lambda:us-east-1:123456789012:function:f"
    )


def test_lambda_invoke(run: Run) -> None:
    states = task(
        Resource="arn:aws:states:::lambda:invoke",
        Parameters={"FunctionName": "f", "Payload.$": "$"},
        TimeoutSeconds=9,
    )
    execution = run(states, {"a": 1}, functions={"f": lambda event, context: [event, context.function_name]})
    assert execution.output["Payload"] == [{"a": 1}, "f"]
    assert execution.output["StatusCode"] == 200
    assert details(execution, "TaskScheduled") == {
        "resourceType": "lambda",
        "resource": "invoke",
        "region": "us-east-1",
        "parameters": '{"FunctionName":"f","Payload":{"a":1}}',
        "timeoutInSeconds": 9,
    }
    assert details(execution, "TaskStarted") == {"resourceType": "lambda", "resource": "invoke"}


def test_the_event_is_a_copy(run: Run) -> None:
    def meddle(event: Any) -> Any:
        event["list"].append(2)
        return event

    given = {"list": [1]}
    execution = run(task(ResultPath="$.r"), given, functions={"f": meddle})
    assert execution.output == {"list": [1], "r": {"list": [1, 2]}}
    assert given == {"list": [1]}


@pytest.mark.parametrize(
    ("limit", "names"),
    [({"TimeoutSeconds": 1}, ["States.Timeout"]), ({"HeartbeatSeconds": 1}, ["States.HeartbeatTimeout"])],
)
def test_a_time_limit_ends_a_call(run: Run, limit: dict[str, int], names: list[str]) -> None:
    release = threading.Event()
    states = task(**limit, Catch=[{"ErrorEquals": names, "Next": "Late"}]) | {
        "Late": {"Type": "Pass", "End": True}
    }
    execution = run(states, functions={"f": lambda event: release.wait(30)})
    release.set()
    assert execution.output == {"Error": "States.Timeout", "Cause": ""}
    assert details(execution, "LambdaFunctionTimedOut") == {"error": "States.Timeout"}
    assert ("timeoutInSeconds" in details(execution, "LambdaFunctionScheduled")) == (
        "TimeoutSeconds" in limit
    )


def test_time_limits_from_the_input(run: Run) -> None:
    states = task(TimeoutSecondsPath="$.t", HeartbeatSecondsPath="$.h")
    execution = run(states, {"t": 20, "h": 10}, functions={"f": lambda event: 1})
    scheduled = details(execution, "LambdaFunctionScheduled")
    assert (scheduled["timeoutInSeconds"], scheduled["heartbeatInSeconds"]) == (20, 10)
    execution = run(states, {"t": 20}, functions={"f": lambda event: 1})
    assert "No results for path: $['h']" in execution.cause
    assert [event["type"] for event in execution.history][1:] == ["TaskStateEntered", "ExecutionFailed"]


def test_the_machine_has_a_time_limit_of_its_own(run: Run) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 100, "End": True}}
    execution = run({"StartAt": "W", "TimeoutSeconds": 60, "States": states})
    assert execution.status == "TIMED_OUT"
    assert execution.waited == 60
    assert [event["type"] for event in execution.history] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "ExecutionTimedOut",
    ]


def test_a_resource_that_nothing_answers_stops_the_run_and_keeps_the_history(run: Run) -> None:
    states = {"P": {"Type": "Pass", "Next": "T"}} | task(
        Resource="arn:aws:states:::dynamodb:putItem", Parameters={"TableName": "t", "Item": {}}
    )
    execution = run(states, aws="off", partial=True)
    assert execution.status == "ABORTED"
    assert "nothing here answers the resource arn:aws:states:::dynamodb:putItem" in execution.cause
    types = [event["type"] for event in execution.history]
    assert types[-3:] == ["TaskScheduled", "TaskStarted", "ExecutionAborted"]
