"""Map Runs: DescribeMapRun, ListMapRuns, UpdateMapRun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.server.arns import parse_arn
from aslrun.server.errors import ApiError, invalid
from aslrun.server.operations.executions import find_execution
from aslrun.server.pages import page_of
from aslrun.server.protocol import Request
from aslrun.server.runs import MapRun
from aslrun.server.service import Service


def find(service: Service, text: str) -> MapRun:
    """Return a Map Run; ApiError if there is none of that ARN."""
    parse_arn(text, "mapRun")
    found = service.engine.map_run(text)
    if found is None:
        raise ApiError("ResourceNotFound", f"Map Run not found: '{text}'")
    return found


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeMapRun."""
    run = find(service, request.members["mapRunArn"])
    counts = {**run.counts, "total": sum(run.counts.values()), "resultsWritten": run.counts["succeeded"]}
    return {
        "mapRunArn": run.arn,
        "executionArn": run.execution,
        "status": run.status,
        "startDate": run.started,
        "stopDate": run.stopped,
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerated_percentage,
        "toleratedFailureCount": run.tolerated_count,
        "itemCounts": {**counts, **run.items},
        "executionCounts": counts,
        "redriveCount": run.redrives,
    }


def list_runs(service: Service, request: Request) -> Mapping[str, Any]:
    """ListMapRuns of an execution, the last started first."""
    record = find_execution(service, request.members["executionArn"], "execution")
    runs = service.engine.map_runs(record.arn)[::-1]
    numbered = list(enumerate(runs))
    page, token = page_of("ListMapRuns", request.members, numbered, lambda one: one[0])
    return {
        "mapRuns": [
            {
                "executionArn": run.execution,
                "mapRunArn": run.arn,
                "stateMachineArn": run.machine,
                "startDate": run.started,
                "stopDate": run.stopped,
            }
            for _, run in page
        ],
        "nextToken": token,
    }


def update(service: Service, request: Request) -> Mapping[str, Any]:
    """UpdateMapRun: of one that runs."""
    run = find(service, request.members["mapRunArn"])
    changes = {name: value for name, value in request.members.items() if name != "mapRunArn"}
    if run.status != "RUNNING":
        raise invalid(f"Map Run is not RUNNING: '{run.arn}'")
    service.engine.update_map_run(run, changes)
    return {}
