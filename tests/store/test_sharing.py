"""Two servers on one PostgreSQL: what one runs can be asked of the other; a dead one's is taken over."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from stores import postgres_database

from aslrun.server.serving import Server, serve

pytestmark = pytest.mark.postgres

ROLE = "arn:aws:iam::123456789012:role/states"
DAY = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
TOKEN = {
    "StartAt": "T",
    "States": {"T": {"Type": "Task", "Resource": "", "HeartbeatSeconds": 600, "End": True}},
}


def server_on(url: str) -> Server:
    return serve(store=url, time="real", aws="off", show=lambda function, line: None)


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    with postgres_database() as url, server_on(url) as one, server_on(url) as other:
        yield one, other


def start(client: Any, definition: Any, name: str) -> str:
    made = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    arn: str = client.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"]
    return arn


def worker_of(activity: str) -> dict[str, Any]:
    state = {**TOKEN["States"]["T"], "Resource": activity}  # type: ignore[index]
    return {**TOKEN, "States": {"T": state}}


def end_of(client: Any, arn: str) -> Any:
    while (told := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.02)
    return told


def test_tokens_of_another_server_are_answered(servers: tuple[Server, Server]) -> None:
    one, other = (server.client() for server in servers)
    activity = one.create_activity(name="a")["activityArn"]
    arn = start(one, worker_of(activity), "m")
    task = other.get_activity_task(activityArn=activity, workerName="w")
    token = task["taskToken"]
    other.send_task_heartbeat(taskToken=token)
    other.send_task_success(taskToken=token, output='{"done": true}')
    assert json.loads(end_of(other, arn)["output"]) == {"done": True}
    types = [event["type"] for event in other.get_execution_history(executionArn=arn)["events"]]
    assert types[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    with pytest.raises(other.exceptions.TaskTimedOut):
        other.send_task_success(taskToken=token, output="1")
    failed = start(one, worker_of(activity), "m")
    token = other.get_activity_task(activityArn=activity)["taskToken"]
    other.send_task_failure(taskToken=token, error="E", cause="why")
    told = end_of(one, failed)
    assert (told["status"], told["error"], told["cause"]) == ("FAILED", "E", "why")


def test_an_execution_of_another_server_is_stopped_and_redriven(servers: tuple[Server, Server]) -> None:
    one, other = (server.client() for server in servers)
    arn = start(one, DAY, "day")
    stopped = other.stop_execution(executionArn=arn, error="E", cause="why")["stopDate"]
    told = one.describe_execution(executionArn=arn)
    assert (told["status"], told["error"], told["stopDate"]) == ("ABORTED", "E", stopped)
    other.redrive_execution(executionArn=arn)
    assert one.describe_execution(executionArn=arn)["status"] == "RUNNING"
    one.stop_execution(executionArn=arn)
    assert other.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_executions_of_a_deleted_machine_end_on_all_servers(servers: tuple[Server, Server]) -> None:
    one, other = (server.client() for server in servers)
    activity = one.create_activity(name="a")["activityArn"]
    arn = start(one, worker_of(activity), "m")
    token = one.get_activity_task(activityArn=activity)["taskToken"]
    machine = one.describe_execution(executionArn=arn)["stateMachineArn"]
    other.delete_state_machine(stateMachineArn=machine)
    other.send_task_success(taskToken=token, output="1")
    assert end_of(other, arn)["status"] == "ABORTED"
    while other.list_state_machines()["stateMachines"]:
        time.sleep(0.02)
    again = start(other, worker_of(activity), "m")
    other.send_task_success(taskToken=one.get_activity_task(activityArn=activity)["taskToken"], output="2")
    assert end_of(one, again)["status"] == "SUCCEEDED"


def test_what_a_dead_server_ran_is_taken_over(servers: tuple[Server, Server]) -> None:
    dead, living = servers
    client = living.client()
    activity = client.create_activity(name="a")["activityArn"]
    arn = start(dead.client(), worker_of(activity), "m")
    token = client.get_activity_task(activityArn=activity)["taskToken"]
    die(dead)
    client.send_task_success(taskToken=token, output="7")
    assert end_of(client, arn)["output"] == "7"


def die(server: Server) -> None:
    """End a server's work as `kill -9` does, and let its lease be over."""
    engine = server.engine
    engine._closing.set()
    engine.sharing.close()
    engine._renewing.join()
    stopped = threading.Event()
    engine.driver.stopping = True
    engine.driver.post(stopped.set)
    assert stopped.wait(5)
    with server.store.database.transaction():
        server.store.database.write("UPDATE servers SET lease = 0 WHERE id = ?", (server.store.owner,))
