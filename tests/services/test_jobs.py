"""Jobs that `.sync` waits for: on the local AWS, and as endpoints may answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber
from local_aws import LocalAws

import aslrun
from aslrun.drivers.calls import STILL_RUNNING, Call
from aslrun.errors import StateError
from aslrun.services.calls import AwsServices
from aslrun.services.optimized.jobs import JOBS, seconds_between_looks
from aslrun.validation.integrations import OPTIMIZED

Run = Callable[..., aslrun.Execution]


class Stubbed:
    """Clients of which each call is answered as told."""

    def __init__(self, service: str) -> None:
        self._client = Session().create_client(
            service, "us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
        )
        self.answers = Stubber(self._client)
        self.answers.activate()

    def client(self, service: str) -> Any:
        return self._client


def job(action: str, parameters: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{action}.sync", "Parameters": parameters}
    return {"Job": {**task, "End": True}}


def test_a_job_of_batch_and_one_of_glue(run: Run) -> None:
    aws = LocalAws()
    batch, glue = aws.client("batch"), aws.client("glue")
    role = "arn:aws:iam::123456789012:role/r"
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    made = batch.create_compute_environment(
        computeEnvironmentName="all", type="UNMANAGED", state="ENABLED", serviceRole=role
    )
    order = [{"order": 1, "computeEnvironment": made["computeEnvironmentArn"]}]
    batch.create_job_queue(jobQueueName="queue", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    container = {"image": "busybox", "vcpus": 1, "memory": 128, "command": ["true"]}
    batch.register_job_definition(jobDefinitionName="count", type="container", containerProperties=container)
    named = {"JobName": "count-1", "JobQueue": "queue", "JobDefinition": "count"}
    output: Any = run(job("batch:submitJob", named), aws=aws).output
    assert (output["JobName"], output["Status"]) == ("count-1", "SUCCEEDED")
    assert output["Container"]["Command"] == ["true"]
    assert isinstance(output["CreatedAt"], int)

    glue.create_job(Name="load", Role=role, Command={"Name": "glueetl", "ScriptLocation": "s3://a/b"})
    output = run(job("glue:startJobRun", {"JobName": "load"}), aws=aws).output
    assert (output["JobName"], output["JobRunState"]) == ("load", "SUCCEEDED")


def test_a_job_that_never_ends_is_told(run: Run) -> None:
    aws = LocalAws()
    instances = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m4.large"}
    cluster = {"Name": "c", "ReleaseLabel": "emr-6.0.0", "Instances": instances}
    output: Any = run(job("elasticmapreduce:createCluster", cluster), aws=aws).output
    step = {"Name": "s", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "x"}}
    execution = run(
        job("elasticmapreduce:addStep", {"ClusterId": output["ClusterId"], "Step": step}), aws=aws
    )
    assert execution.status == "ABORTED"
    assert "the local AWS never ends the job that elasticmapreduce:addStep started" in str(execution.cause)


def test_a_job_that_fails_has_its_description_as_the_cause() -> None:
    aws = Stubbed("ecs")
    arn = "arn:aws:ecs:us-east-1:123456789012:task/c/1"
    for status in ("RUNNING", "STOPPED"):
        task = {"taskArn": arn, "lastStatus": status, "containers": [{"name": "a", "exitCode": 1}]}
        aws.answers.add_response("describe_tasks", {"tasks": [task]}, {"cluster": "c", "tasks": [arn]})
    call = Call("arn:aws:states:::ecs:runTask.sync", {"Cluster": "c", "TaskDefinition": "f"}, "Job")
    poll = AwsServices(aws).follow(call, {"Tasks": [{"TaskArn": arn}]})
    assert poll.ask() is STILL_RUNNING
    with pytest.raises(StateError) as failed:
        poll.ask()
    assert failed.value.error == "States.TaskFailed"
    assert json.loads(str(failed.value.cause)) == {
        "TaskArn": arn,
        "LastStatus": "STOPPED",
        "Containers": [{"Name": "a", "ExitCode": 1}],
    }


def test_what_could_not_be_placed_fails_a_task_that_waits() -> None:
    aws = Stubbed("ecs")
    answer = {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}
    services = AwsServices(aws)
    for suffix in ("", ".sync"):
        aws.answers.add_response("run_task", answer, {"taskDefinition": "f"})
        call = Call(f"arn:aws:states:::ecs:runTask{suffix}", {"TaskDefinition": "f"}, "Job")
        if not suffix:
            result: Any = services.invoke(call)
            assert result["Failures"] == [{"Reason": "RESOURCE:MEMORY"}]
            continue
        with pytest.raises(StateError) as failed:
            services.invoke(call)
        assert failed.value.error == "AmazonECS.Unknown"


def test_jobs_are_looked_at_as_the_service_does() -> None:
    polled, notified = (list(islice(seconds_between_looks(service), 12)) for service in ("glue", "batch"))
    assert polled == [60] * 10 + [300] * 2
    assert notified == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]


def test_each_action_that_waits_for_a_job_can_be_followed() -> None:
    from aslrun.services.optimized.table import NOT_CALLED, SERVICES

    waiting = {
        (service, action)
        for service, actions in OPTIMIZED.items()
        for action, (patterns, _) in actions.items()
        if "sync" in patterns.split() and service in SERVICES
    }
    assert waiting - NOT_CALLED.keys() == JOBS.keys()
