"""Tasks that start other machines, activities, and task tokens with answers given beforehand."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun import ActivityQueue, StateError, UsageError, load
from aslrun.drivers.clock import VirtualClock

START = "arn:aws:states:::states:startExecution"
CHILD = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:paint"
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Parent:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: parent.asl.json
      DefinitionSubstitutions: {ChildArn: !Ref Other}
  Other:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: S
        States: {S: {Type: Pass, Result: of the template, End: true}}
"""


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def starting(pattern: str = "", arn: str = CHILD, **parameters: Any) -> dict[str, Any]:
    given = {"StateMachineArn": arn, "Input": {"n.$": "$.n"}, **parameters}
    return machine(T={"Type": "Task", "Resource": START + pattern, "Parameters": given, "End": True})


def write(folder: Path, parent: dict[str, Any], **others: dict[str, Any]) -> str:
    for name, definition in {"parent": parent, **others}.items():
        (folder / f"{name}.asl.json").write_text(json.dumps(definition), encoding="utf-8")
    return str(folder / "parent.asl.json")


WORK = machine(
    W={"Type": "Wait", "Seconds": 3600, "Next": "P"},
    P={"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True},
)
FAILING = machine(F={"Type": "Fail", "Error": "Broken", "Cause": "by design"})


@pytest.mark.parametrize(
    ("pattern", "input", "output"),
    [(".sync", '{"n":2}', '{"twice":4}'), (".sync:2", {"n": 2}, {"twice": 4})],
)
def test_the_output_of_a_machine_beside_it(tmp_path: Path, pattern: str, input: Any, output: Any) -> None:
    execution = load(write(tmp_path, starting(pattern), child=WORK)).execute({"n": 2}, clock=VirtualClock(0))
    assert execution.status == "SUCCEEDED", execution.cause
    told = execution.output
    assert isinstance(told, dict)
    assert told["Input"] == input
    assert told["Output"] == output
    assert told["StopDate"] == 3_600_000
    assert told["RedriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    [child] = execution.started
    assert told["ExecutionArn"] == child.id
    assert [event["type"] for event in child.history][1] == "WaitStateEntered"
    types = [event["type"] for event in execution.history]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_child_that_fails_fails_the_task_with_its_description(tmp_path: Path) -> None:
    execution = load(write(tmp_path, starting(".sync"), child=FAILING)).execute({"n": 2})
    assert (execution.status, execution.error) == ("FAILED", "States.TaskFailed")
    told = json.loads(execution.cause or "")
    assert (told["Error"], told["Cause"], told["Status"]) == ("Broken", "by design", "FAILED")


def test_a_child_that_is_only_started_runs_to_its_end(tmp_path: Path) -> None:
    execution = load(write(tmp_path, starting(Name="named"), child=WORK)).execute({"n": 1})
    assert isinstance(execution.output, dict)
    assert sorted(execution.output) == ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"]
    [child] = execution.started
    assert (child.name, child.status, child.output) == ("named", "SUCCEEDED", {"twice": 2})


def test_the_end_of_the_parent_by_time_stops_the_child(tmp_path: Path) -> None:
    parent = starting(".sync")
    parent["States"]["T"]["TimeoutSeconds"] = 60
    execution = load(write(tmp_path, parent, child=WORK)).execute({"n": 1})
    assert execution.error == "States.Timeout"
    assert execution.started[0].status == "ABORTED"


def test_a_machine_of_the_same_template_and_one_of_aslrun_toml(tmp_path: Path) -> None:
    write(tmp_path, starting(".sync:2", "${ChildArn}"))
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    execution = load(f"{tmp_path / 'template.yaml'}:Parent").execute({"n": 1})
    assert isinstance(execution.output, dict)
    assert execution.output["Output"] == "of the template"
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "elsewhere", WORK)
    (tmp_path / "aslrun.toml").write_text('[machines]\n"child" = "elsewhere/parent.asl.json"\n')
    execution = load(write(tmp_path, starting(".sync:2"))).execute({"n": 4})
    assert isinstance(execution.output, dict)
    assert execution.output["Output"] == {"twice": 8}


def test_a_machine_that_is_nowhere_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing here answers a Task of parent"):
        load(write(tmp_path, starting())).execute({"n": 1})
    of_data = starting()
    del of_data["States"]["T"]["Parameters"]["StateMachineArn"]
    of_data["States"]["T"]["Parameters"]["StateMachineArn.$"] = "$.arn"
    execution = load(write(tmp_path, of_data)).execute({"n": 1, "arn": CHILD})
    assert execution.error == "StepFunctions.StateMachineDoesNotExistException"
    assert (execution.cause or "").startswith(
        f"State Machine Does Not Exist: '{CHILD}' (Service: AWSStepFunctions;"
    )


def test_a_machine_that_starts_itself_comes_to_an_end(tmp_path: Path) -> None:
    own = CHILD.replace("child", "parent")
    execution = load(write(tmp_path, starting(".sync", own))).execute({"n": 1})
    assert execution.error == "States.TaskFailed"
    while execution.started:
        execution = execution.started[0]
    assert execution.error == "StepFunctions.ExecutionLimitExceededException"


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    parent = starting(Name="once")
    parent["States"]["T"] |= {"ResultPath": "$.first", "Next": "U"}
    del parent["States"]["T"]["End"]
    parent["States"]["U"] = starting(Name="once")["States"]["T"]
    execution = load(write(tmp_path, parent, child=WORK)).execute({"n": 1})
    assert execution.error == "StepFunctions.ExecutionAlreadyExistsException"


def test_an_express_machine_is_waited_for_by_the_sdk(tmp_path: Path) -> None:
    parent = machine(
        T={
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
            "Parameters": {"StateMachineArn": CHILD, "Input": '{"n": 5}'},
            "End": True,
        }
    )
    quick = machine(P={"Type": "Pass", "End": True})
    output = load(write(tmp_path, parent, child=quick)).execute({}).output
    assert isinstance(output, dict)
    assert (output["Status"], output["Output"]) == ("SUCCEEDED", '{"n":5}')


# ---------------------------------------------------------------- activities


def activity(**fields: Any) -> dict[str, Any]:
    return machine(A={"Type": "Task", "Resource": ACTIVITY, **fields, "End": True})


@pytest.mark.parametrize("name", ["paint", ACTIVITY])
def test_an_activity_is_a_callable(name: str) -> None:
    execution = load(activity()).execute({"c": 1}, activities={name: lambda input: [input]})
    assert execution.output == [{"c": 1}]
    types = [event["type"] for event in execution.history]
    assert types[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


def test_an_activity_fails_as_it_is_told_to() -> None:
    execution = load(activity()).execute({}, activities={"paint": StateError("Spilt", "again")})
    assert (execution.error, execution.cause) == ("Spilt", "again")


def test_a_worker_takes_tasks_and_answers_them() -> None:
    queue = ActivityQueue()
    execution, close = load(activity(HeartbeatSeconds=30)).start(
        {"c": 1}, aslrun.RunOptions(activities={"paint": queue})
    )

    def work() -> None:
        task = queue.get_task("bob")
        assert task is not None
        execution.send_task_heartbeat(task.token)
        execution.send_task_success(task.token, {"painted": task.input})

    thread = threading.Thread(target=work)
    thread.start()
    execution.run(token_grace=30)
    thread.join()
    close()
    assert execution.output == {"painted": {"c": 1}}
    started = next(event for event in execution.history if event["type"] == "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "bob"}


def test_an_activity_that_no_worker_takes_times_out() -> None:
    execution = load(activity(TimeoutSeconds=60)).execute({}, activities={"paint": ActivityQueue()})
    assert execution.error == "States.Timeout"
    assert "ActivityStarted" not in [event["type"] for event in execution.history]


# ---------------------------------------------------------------- tokens

WAITING = machine(
    T={
        "Type": "Task",
        "Resource": START + ".waitForTaskToken",
        "Parameters": {"StateMachineArn": CHILD, "Input": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
)


@pytest.mark.parametrize(
    ("answer", "status", "output", "error"),
    [
        ({"ok": 1}, "SUCCEEDED", {"ok": 1}, None),
        (lambda arguments: sorted(arguments), "SUCCEEDED", ["Input", "StateMachineArn"], None),
        (StateError("No"), "FAILED", None, "No"),
    ],
)
def test_a_token_has_an_answer(
    tmp_path: Path, answer: Any, status: str, output: Any, error: str | None
) -> None:
    found = load(write(tmp_path, WAITING, child=machine(S={"Type": "Succeed"})))
    execution = found.execute({}, answers={"T": answer})
    assert (execution.status, execution.output, execution.error) == (status, output, error)


def test_an_answer_for_a_state_that_waits_for_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Task 'U' that waits for a task token in parent; there are T"):
        load(write(tmp_path, WAITING)).execute({}, answers={"U": 1})
