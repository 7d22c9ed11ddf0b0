"""Executions through boto3, on a virtual clock."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from served import PASS, ROLE, Machines, client, machines, refused, server  # noqa: F401

from aslrun.server.serving import Server

DAY = {
    "StartAt": "W",
    "States": {"W": {"Type": "Wait", "Seconds": 86_400, "Next": "A"}, "A": PASS["States"]["A"]},  # type: ignore[index]
}
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"


def task(resource: str, **fields: Any) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": resource, "End": True, **fields}}}


def until(told: Callable[[], Any], seconds: float = 10) -> Any:
    """Ask again until there is an answer."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if (answer := told()) is not None:
            return answer
        time.sleep(0.01)
    raise AssertionError("nothing came")


def end_of(client: Any, arn: str) -> Any:
    def ended() -> Any:
        told = client.describe_execution(executionArn=arn)
        return told if told["status"] != "RUNNING" else None

    return until(ended)


def run(client: Any, machine: str, **more: Any) -> Any:
    return end_of(client, client.start_execution(stateMachineArn=machine, **more)["executionArn"])


def types(client: Any, arn: str, **more: Any) -> list[str]:
    return [event["type"] for event in client.get_execution_history(executionArn=arn, **more)["events"]]


def test_an_execution_is_started_described_and_listed(client: Any, machines: Machines) -> None:
    arn = machines.arn()
    started = client.start_execution(
        stateMachineArn=arn, name="first", input='{"a": 1}', traceHeader="Root=1"
    )
    execution = arn.replace(":stateMachine:", ":execution:") + ":first"
    assert started["executionArn"] == execution
    told = end_of(client, execution)
    assert (told["status"], told["output"], told["input"]) == ("SUCCEEDED", '{"x":1}', '{"a": 1}')
    assert told["startDate"] == started["startDate"]
    assert told["inputDetails"] == told["outputDetails"] == {"included": True}
    assert (told["redriveCount"], told["redriveStatus"]) == (0, "NOT_REDRIVABLE")
    assert told["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert told["traceHeader"] == "Root=1"
    bare = client.describe_execution(executionArn=execution, includedData="METADATA_ONLY")
    assert "input" not in bare
    assert bare["inputDetails"] == {"included": False}
    second = run(client, arn)["executionArn"]
    listed = client.list_executions(stateMachineArn=arn)["executions"]
    assert [one["executionArn"] for one in listed] == [second, execution]
    assert client.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []
    page = client.list_executions(stateMachineArn=arn, maxResults=1)
    following = client.list_executions(stateMachineArn=arn, maxResults=1, nextToken=page["nextToken"])
    assert following["executions"][0]["executionArn"] == execution
    assert "nextToken" not in following
    told = client.describe_state_machine_for_execution(executionArn=execution)
    assert (told["stateMachineArn"], json.loads(told["definition"])) == (arn, PASS)


def test_a_start_is_idempotent_while_it_runs(client: Any, machines: Machines) -> None:
    client.create_activity(name="work")
    arn = machines.arn(task(ACTIVITY))
    started = client.start_execution(stateMachineArn=arn, name="one", input="{}")
    again = client.start_execution(stateMachineArn=arn, name="one", input="{}")
    assert again["startDate"] == started["startDate"]
    told = (
        "ExecutionAlreadyExists",
        f"Execution Already Exists: '{started['executionArn']}'",
    )
    assert refused(client.start_execution, stateMachineArn=arn, name="one", input='{"b":1}') == told
    client.stop_execution(executionArn=started["executionArn"], error="Enough", cause="of it")
    ended = client.describe_execution(executionArn=started["executionArn"])
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of it")
    assert refused(client.start_execution, stateMachineArn=arn, name="one", input="{}") == told
    stopped = client.stop_execution(executionArn=started["executionArn"])
    assert stopped["stopDate"] == ended["stopDate"]
    assert types(client, started["executionArn"])[-1] == "ExecutionAborted"


def test_inputs_that_are_no_json_are_refused_in_the_services_words(client: Any, machines: Machines) -> None:
    arn = machines.arn()

    def told(text: str) -> str:
        code, message = refused(client.start_execution, stateMachineArn=arn, input=text)
        assert code == "InvalidExecutionInput"
        return message.removeprefix("Invalid State Machine Execution Input: ")

    assert told("not json") == (
        "'Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true'"
        " or 'false')'"
    )
    assert told("{'a': 1}") == (
        "'Unexpected character (''' (code 39)): was expecting double-quote to start field name'"
    )
    assert told("") == "'Invalid execution input.'"
    for text in ("2", '"text"', "null"):
        assert run(client, arn, input=text)["status"] == "SUCCEEDED"
    assert refused(client.start_execution, stateMachineArn=arn, name="a b")[0] == "InvalidName"


def test_a_day_is_over_at_once(client: Any, machines: Machines) -> None:
    told = run(client, machines.arn(DAY))
    assert told["status"] == "SUCCEEDED"
    assert (told["stopDate"] - told["startDate"]).total_seconds() == 86_400


def test_a_history_has_pages_in_both_directions(client: Any, machines: Machines) -> None:
    arn = run(client, machines.arn(DAY), input='{"secret":1}')["executionArn"]
    forward = types(client, arn)
    assert forward == [
        "ExecutionStarted", "WaitStateEntered", "WaitStateExited", "PassStateEntered", "PassStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip
    assert types(client, arn, reverseOrder=True) == forward[::-1]
    for reverse in (False, True):
        pages = client.get_paginator("get_execution_history").paginate(
            executionArn=arn, reverseOrder=reverse, PaginationConfig={"PageSize": 4}
        )
        ids = [[event["id"] for event in page["events"]] for page in pages]
        assert ids == ([[6, 5, 4, 3], [2, 1]] if reverse else [[1, 2, 3, 4], [5, 6]])
    first = client.get_execution_history(executionArn=arn)["events"][0]
    assert first["executionStartedEventDetails"] == {
        "input": '{"secret":1}',
        "inputDetails": {"truncated": False},
        "roleArn": ROLE,
    }
    bare = client.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "secret" not in str(bare)


def test_what_is_no_execution_is_told(client: Any) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:m:x"
    for call in (client.describe_execution, client.get_execution_history, client.stop_execution):
        assert refused(call, executionArn=arn) == (
            "ExecutionDoesNotExist",
            f"Execution Does Not Exist: '{arn}'",
        )
        express = "arn:aws:states:us-east-1:123456789012:express:m:x:y"
        assert refused(call, executionArn=express) == (
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'",
        )


def test_versions_and_aliases_start_what_they_name(client: Any, machines: Machines) -> None:
    arn = machines.arn(publish=True)
    other = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 2, "End": True}}}
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(other), publish=True)
    alias = client.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )["stateMachineAliasArn"]
    assert run(client, arn)["output"] == "2"
    told = run(client, f"{arn}:1")
    assert (told["output"], told["stateMachineVersionArn"]) == ('{"x":1}', f"{arn}:1")
    told = run(client, alias)
    assert (told["output"], told["stateMachineAliasArn"]) == ('{"x":1}', alias)
    assert told["stateMachineVersionArn"] == f"{arn}:1"
    (one,) = client.list_executions(stateMachineArn=alias)["executions"]
    assert one["executionArn"] == told["executionArn"]
    assert len(client.list_executions(stateMachineArn=f"{arn}:1")["executions"]) == 2
    started = client.get_execution_history(executionArn=told["executionArn"])["events"][0]
    details = started["executionStartedEventDetails"]
    assert (details["stateMachineAliasArn"], details["stateMachineVersionArn"]) == (alias, f"{arn}:1")


def test_express_executions(client: Any, machines: Machines) -> None:
    arn = machines.arn(type="EXPRESS")
    told = client.start_sync_execution(stateMachineArn=arn, input='{"a":1}', name="n")
    assert told["executionArn"].startswith(arn.replace(":stateMachine:", ":express:") + ":n:")
    assert (told["status"], told["output"], told["name"]) == ("SUCCEEDED", '{"x":1}', "n")
    assert told["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    started = client.start_execution(stateMachineArn=arn)
    assert ":express:" in started["executionArn"]
    told = ("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    assert refused(client.list_executions, stateMachineArn=arn) == told
    assert refused(client.start_sync_execution, stateMachineArn=machines.arn()) == told
    failing = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    told = client.start_sync_execution(stateMachineArn=machines.arn(failing, type="EXPRESS"))
    assert (told["status"], told["error"], told["cause"]) == ("FAILED", "E", "C")


def test_a_worker_gets_an_activitys_task(client: Any, machines: Machines) -> None:
    client.create_activity(name="work")
    arn = client.start_execution(stateMachineArn=machines.arn(task(ACTIVITY)), input='{"n":1}')[
        "executionArn"
    ]
    given = client.get_activity_task(activityArn=ACTIVITY, workerName="w")
    assert given["input"] == '{"n":1}'
    client.send_task_heartbeat(taskToken=given["taskToken"])
    client.send_task_success(taskToken=given["taskToken"], output='{"done":true}')
    assert end_of(client, arn)["output"] == '{"done":true}'
    assert types(client, arn)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    told = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    assert refused(client.send_task_success, taskToken=given["taskToken"], output="{}") == told
    assert refused(client.send_task_heartbeat, taskToken="nothing") == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )
    assert refused(client.send_task_success, taskToken="nothing", output="{")[0] == "InvalidOutput"
    nobody = "arn:aws:states:us-east-1:123456789012:activity:nobody"
    told = ("ActivityDoesNotExist", f"Activity Does Not Exist: '{nobody}'")
    assert refused(client.get_activity_task, activityArn=nobody) == told


def test_a_worker_that_waits_gets_the_next_task(client: Any, machines: Machines) -> None:
    client.create_activity(name="work")
    machine, tasks = machines.arn(task(ACTIVITY)), []
    worker = threading.Thread(target=lambda: tasks.append(client.get_activity_task(activityArn=ACTIVITY)))
    worker.start()
    time.sleep(0.1)
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    worker.join(10)
    client.send_task_failure(taskToken=tasks[0]["taskToken"], error="Broken", cause="pipe")
    told = end_of(client, arn)
    assert (told["status"], told["error"], told["cause"]) == ("FAILED", "Broken", "pipe")


def test_a_machine_is_gone_when_its_last_execution_ends(client: Any, machines: Machines) -> None:
    client.create_activity(name="work")
    machine = machines.arn(task(ACTIVITY))
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    client.delete_state_machine(stateMachineArn=machine)
    assert client.describe_state_machine(stateMachineArn=machine)["status"] == "DELETING"
    assert refused(client.start_execution, stateMachineArn=machine)[0] == "StateMachineDeleting"
    client.stop_execution(executionArn=arn)

    def gone() -> bool | None:
        try:
            client.describe_state_machine(stateMachineArn=machine)
        except client.exceptions.StateMachineDoesNotExist:
            return True
        return None

    assert until(gone)
    assert client.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_an_execution_starts_another_and_waits_for_it(client: Any, machines: Machines) -> None:
    child = machines.arn(DAY)
    parameters = {"StateMachineArn": child, "Input": {"a": 1}, "Name.$": "$.name"}
    resource = "arn:aws:states:::states:startExecution"
    parent = machines.arn(task(f"{resource}.sync:2", Parameters=parameters))
    told = run(client, parent, input='{"name":"child-1"}')
    output = json.loads(told["output"])
    assert (output["Status"], output["Output"], output["Input"]) == ("SUCCEEDED", {"x": 1}, {"a": 1})
    assert client.describe_execution(executionArn=output["ExecutionArn"])["name"] == "child-1"
    assert (told["stopDate"] - told["startDate"]).total_seconds() >= 86_400
    told = run(client, machines.arn(task(resource, Parameters=parameters)), input='{"name":"child-2"}')
    assert json.loads(told["output"])["ExecutionArn"].endswith(":child-2")
    told = run(client, parent, input='{"name":"child-1"}')
    assert (told["status"], told["error"]) == (
        "FAILED",
        "StepFunctions.ExecutionAlreadyExistsException",
    )


def test_a_state_is_tested(server: Server, client: Any) -> None:
    told = client.test_state(
        definition=json.dumps(PASS["States"]["A"]),  # type: ignore[index]
        roleArn=ROLE,
        input="{}",
        inspectionLevel="DEBUG",
    )
    assert (told["status"], told["output"]) == ("SUCCEEDED", '{"x":1}')
    told = refused(client.test_state, definition="{}", roleArn=ROLE)
    assert told[0] == "InvalidDefinition"


def test_a_map_run_and_its_children(client: Any, machines: Machines) -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **PASS}
    each = {"Type": "Map", "Label": "Each", "MaxConcurrency": 2, "ItemProcessor": processor, "End": True}
    machine = machines.arn({"StartAt": "M", "States": {"M": each}})
    arn = run(client, machine, input="[1, 2, 3]")["executionArn"]
    (listed,) = client.list_map_runs(executionArn=arn)["mapRuns"]
    assert listed["stateMachineArn"] == f"{machine}/Each"
    told = client.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (told["status"], told["executionArn"], told["maxConcurrency"]) == ("SUCCEEDED", arn, 2)
    assert (told["itemCounts"]["succeeded"], told["executionCounts"]["total"]) == (3, 3)
    children = client.list_executions(mapRunArn=listed["mapRunArn"])["executions"]
    assert len(children) == 3
    assert {child["mapRunArn"] for child in children} == {listed["mapRunArn"]}
    child = client.describe_execution(executionArn=children[-1]["executionArn"])
    assert (child["status"], child["output"], child["input"]) == ("SUCCEEDED", '{"x":1}', "1")
    assert child["stateMachineArn"] == f"{machine}/Each"
    assert types(client, child["executionArn"])[-1] == "ExecutionSucceeded"
    told = refused(client.update_map_run, mapRunArn=listed["mapRunArn"], toleratedFailureCount=1)
    assert told[0] == "ValidationException"
    nothing = listed["mapRunArn"] + "-no"
    assert refused(client.describe_map_run, mapRunArn=nothing)[0] == "ResourceNotFound"
    assert refused(client.list_executions, mapRunArn=nothing)[0] == "ResourceNotFound"
