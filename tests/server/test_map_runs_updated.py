"""UpdateMapRun: it counts at once, and after another start of the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from served import ROLE

from aslrun.server.serving import serve


def machine(activity: str) -> str:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work",
        "States": {"Work": {"Type": "Task", "Resource": activity, "End": True}},
    }
    each = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True}
    return json.dumps({"StartAt": "Each", "States": {"Each": each}})


def take(client: Any, activity: str) -> Any:
    return client.get_activity_task(activityArn=activity)


def test_more_children_run_at_once_and_it_is_not_forgotten(tmp_path: Path) -> None:
    store = tmp_path / "aslrun.db"
    with serve(store=store, time="real", aws="off") as server:
        client = server.client()
        activity = client.create_activity(name="work")["activityArn"]
        arn = client.create_state_machine(name="m", definition=machine(activity), roleArn=ROLE)
        started = client.start_execution(stateMachineArn=arn["stateMachineArn"], input="[1, 2, 3]")
        first = take(client, activity)
        (run,) = client.list_map_runs(executionArn=started["executionArn"])["mapRuns"]
        name = {"mapRunArn": run["mapRunArn"]}
        assert client.describe_map_run(**name)["executionCounts"]["running"] == 1
        client.update_map_run(**name, maxConcurrency=3, toleratedFailureCount=1)
        second = take(client, activity)
        assert json.loads(second["input"]) in (2, 3)
        assert client.describe_map_run(**name)["executionCounts"]["running"] == 3

    with serve(store=store, time="real", aws="off") as server:
        client = server.client()
        told = client.describe_map_run(**name)
        assert (told["maxConcurrency"], told["toleratedFailureCount"]) == (3, 1)
        assert told["executionCounts"]["running"] == 3
        client.send_task_success(taskToken=first["taskToken"], output="10")
        client.send_task_failure(taskToken=second["taskToken"], error="No")  # one may fail now
        client.send_task_success(taskToken=take(client, activity)["taskToken"], output="30")
        while (told := client.describe_execution(executionArn=started["executionArn"]))[
            "status"
        ] == "RUNNING":
            pass
        assert told["status"] == "SUCCEEDED"
        assert client.describe_map_run(**name)["executionCounts"]["failed"] == 1
