"""Map Runs: DescribeMapRun, ListMapRuns, UpdateMapRun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.interpreter.map_run import MapRun
from aslrun.server.arns import parse_arn
from aslrun.server.errors import invalid
from aslrun.server.operations.executions import find_execution
from aslrun.server.pages import page_of
from aslrun.server.protocol import Request
from aslrun.server.runs import no_map_run
from aslrun.server.service import Service

CHANGEABLE = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
"""What UpdateMapRun changes."""


def find(service: Service, text: str) -> MapRun:
    """Return a Map Run; ApiError if there is none of that ARN."""
    parse_arn(text, "mapRun")
    found = service.engine.map_runs.find(text)
    if found is None:
        raise no_map_run(text)
    return found


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeMapRun."""
    return find(service, request.members["mapRunArn"]).describe()


def list_runs(service: Service, request: Request) -> Mapping[str, Any]:
    """ListMapRuns of an execution, the last started first."""
    record = find_execution(service, request.members["executionArn"], "execution")
    execution = service.engine.running.history_of(record.arn)
    runs = [] if execution is None else execution.map_runs[::-1]
    page, token = page_of("ListMapRuns", request.members, [*enumerate(runs)], lambda one: one[0])
    return {
        "mapRuns": [
            {
                "executionArn": record.arn,
                "mapRunArn": run.arn,
                "stateMachineArn": f"{record.machine}/{run.label}",
                "startDate": run.started,
                "stopDate": run.stopped,
            }
            for _, run in page
        ],
        "nextToken": token,
    }


def update(service: Service, request: Request) -> Mapping[str, Any]:
    """UpdateMapRun: of one that runs. It counts from now on, also after another start of the server."""
    run, members = find(service, request.members["mapRunArn"]), request.members
    if run.status != "RUNNING":
        raise invalid(f"Map Run is not RUNNING: '{run.arn}'")
    changed = {name: members[name] for name in CHANGEABLE if name in members}
    if not service.engine.running.update_map_run(run.execution, run.arn, changed):
        raise invalid(f"Map Run is not RUNNING: '{run.arn}'")
    return {}
