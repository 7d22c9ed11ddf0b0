"""The operations of the API: a function each, in a module for each family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from aslrun.server.operations import (
    activities,
    aliases,
    definitions,
    executions,
    history,
    machines,
    map_runs,
    starting,
    state_tests,
    tags,
    versions,
)
from aslrun.server.protocol import Answer, Request
from aslrun.server.service import Service

Operation: TypeAlias = Callable[[Service, Request], Answer]

OPERATIONS: Mapping[str, Operation] = {
    "CreateActivity": activities.create,
    "CreateStateMachine": machines.create,
    "CreateStateMachineAlias": aliases.create,
    "DeleteActivity": activities.delete,
    "DeleteStateMachine": machines.delete,
    "DeleteStateMachineAlias": aliases.delete,
    "DeleteStateMachineVersion": versions.delete_version,
    "DescribeActivity": activities.describe,
    "DescribeExecution": executions.describe,
    "DescribeMapRun": map_runs.describe,
    "DescribeStateMachine": machines.describe,
    "DescribeStateMachineAlias": aliases.describe,
    "DescribeStateMachineForExecution": machines.describe_for_execution,
    "GetActivityTask": activities.get_task,
    "GetExecutionHistory": history.get,
    "ListActivities": activities.list_activities,
    "ListExecutions": executions.list_executions,
    "ListMapRuns": map_runs.list_runs,
    "ListStateMachineAliases": aliases.list_aliases,
    "ListStateMachineVersions": versions.list_versions,
    "ListStateMachines": machines.list_all,
    "ListTagsForResource": tags.list_tags,
    "PublishStateMachineVersion": versions.publish_version,
    "RedriveExecution": executions.redrive,
    "SendTaskFailure": activities.fail,
    "SendTaskHeartbeat": activities.heartbeat,
    "SendTaskSuccess": activities.succeed,
    "StartExecution": starting.start,
    "StartSyncExecution": starting.start_sync,
    "StopExecution": executions.stop,
    "TagResource": tags.tag,
    "TestState": state_tests.run,
    "UntagResource": tags.untag,
    "UpdateMapRun": map_runs.update,
    "UpdateStateMachine": machines.update,
    "UpdateStateMachineAlias": aliases.update,
    "ValidateStateMachineDefinition": definitions.validate,
}


def operate(service: Service, request: Request) -> Answer:
    """Do what a request asks; ApiError where the service would refuse it."""
    return OPERATIONS[request.operation](service, request)
