"""Actions of the optimized integrations that are not just the API's action of the same name.

Documentation: the pages of EventBridge, Amazon ECS, Amazon EMR and Bedrock in "Integrating optimized
services"; `EventBridge.FailedEntry` as recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.errors import StateError, UsageError
from aslrun.interpreter.identity import ExecutionIdentity
from aslrun.values import JSON, from_json_text, to_json_text

Members: TypeAlias = "dict[str, JSON]"
Send: TypeAlias = Callable[[str, Mapping[str, JSON]], Members]
"""Sends (the API's action, arguments in PascalCase) and returns the result in PascalCase."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The Task that calls: the pattern of its Resource, and the execution that it is in."""

    pattern: str
    execution: ExecutionIdentity | None = None


Run: TypeAlias = Callable[[Send, Members, Caller], Members]
"""Does an action: (send, the Task's arguments, the Task) → the result."""


def put_events(send: Send, arguments: Members, caller: Caller) -> Members:
    """Put events, with the ARNs of the execution and its machine among their resources; entries that are not
    taken fail the Task."""
    result = send("putEvents", _with_resources(arguments, caller.execution))
    if result.get("FailedEntryCount"):
        raise StateError("EventBridge.FailedEntry", to_json_text(result))
    return result


def _with_resources(arguments: Members, execution: ExecutionIdentity | None) -> Members:
    entries = arguments.get("Entries")
    if execution is None or not isinstance(entries, list):
        return arguments
    own = [execution.id, execution.machine_id]
    return {**arguments, "Entries": [_with(entry, own) for entry in entries]}


def _with(entry: JSON, own: list[str]) -> JSON:
    given = entry.get("Resources", []) if isinstance(entry, dict) else None
    return {**entry, "Resources": [*given, *own]} if isinstance(given, list) else entry  # type: ignore[dict-item]


def run_task(send: Send, arguments: Members, caller: Caller) -> Members:
    """Run a task of ECS; what could not be placed fails the Task if that waits for it."""
    result = send("runTask", arguments)
    if caller.pattern and result.get("Failures"):
        raise StateError("AmazonECS.Unknown", to_json_text(result))
    return result


def invoke_model(send: Send, arguments: Members, caller: Caller) -> Members:
    """Invoke a model of Bedrock with a body of JSON; the body of the answer is a value, not a text."""
    for name in ("Input", "Output"):
        if name in arguments:
            raise UsageError(
                f"bedrock:invokeModel cannot be called with {name}, in S3: give a Body, or mock the Task"
            )
    result = send(
        "invokeModel", {"ContentType": "application/json", "Accept": "application/json"} | arguments
    )
    body = result.get("Body")
    if isinstance(body, str) and "json" in str(result.get("ContentType", "")):
        try:
            result["Body"] = from_json_text(body)
        except ValueError:
            return result
    return result


def create_cluster(send: Send, arguments: Members, caller: Caller) -> Members:
    """Create a cluster of EMR."""
    result = send("runJobFlow", arguments)
    named = {"ClusterId": result.pop("JobFlowId", None)}
    return named | result


def set_termination_protection(send: Send, arguments: Members, caller: Caller) -> Members:
    """Protect a cluster of EMR, or no longer."""
    cluster = arguments.get("ClusterId")
    return send(
        "setTerminationProtection",
        {"JobFlowIds": [cluster], "TerminationProtected": arguments.get("TerminationProtected")},
    )


def terminate_cluster(send: Send, arguments: Members, caller: Caller) -> Members:
    """Terminate a cluster of EMR."""
    return send("terminateJobFlows", {"JobFlowIds": [arguments.get("ClusterId")]})


def add_step(send: Send, arguments: Members, caller: Caller) -> Members:
    """Add one step to a cluster of EMR."""
    more = {name: value for name, value in arguments.items() if name not in ("ClusterId", "Step")}
    steps: list[JSON] = [arguments.get("Step")]
    result = send("addJobFlowSteps", {"JobFlowId": arguments.get("ClusterId"), "Steps": steps, **more})
    ids = result.get("StepIds")
    return {"StepId": ids[0] if isinstance(ids, list) and ids else None}


def cancel_step(send: Send, arguments: Members, caller: Caller) -> Members:
    """Cancel one step of a cluster of EMR."""
    steps: list[JSON] = [arguments.get("StepId")]
    result = send("cancelSteps", {"ClusterId": arguments.get("ClusterId"), "StepIds": steps})
    told = result.get("CancelStepsInfoList")
    return {"CancelStepsInfo": told[0] if isinstance(told, list) and told else None}


def modify_instance_fleet(send: Send, arguments: Members, caller: Caller) -> Members:
    """Change a fleet of a cluster of EMR, which is given by its name."""
    cluster = arguments.get("ClusterId")
    listed = send("listInstanceFleets", {"ClusterId": cluster})
    found = _id_of(listed, "InstanceFleets", arguments, "InstanceFleetName")
    given = arguments.get("InstanceFleet")
    change = {**(given if isinstance(given, dict) else {}), "InstanceFleetId": found}
    return send("modifyInstanceFleet", {"ClusterId": cluster, "InstanceFleet": change})


def modify_instance_group(send: Send, arguments: Members, caller: Caller) -> Members:
    """Change a group of a cluster of EMR, which is given by its name."""
    cluster = arguments.get("ClusterId")
    listed = send("listInstanceGroups", {"ClusterId": cluster})
    found = _id_of(listed, "InstanceGroups", arguments, "InstanceGroupName")
    given = arguments.get("InstanceGroup")
    change: JSON = {**(given if isinstance(given, dict) else {}), "InstanceGroupId": found}
    return send("modifyInstanceGroups", {"ClusterId": cluster, "InstanceGroups": [change]})


def _id_of(listed: Members, kind: str, arguments: Members, field: str) -> JSON:
    name, those = arguments.get(field), listed.get(kind)
    for one in those if isinstance(those, list) else []:
        if isinstance(one, dict) and one.get("Name") == name:
            return one.get("Id")
    raise StateError(
        "ElasticMapReduce.InvalidRequestException",
        f"The cluster {arguments.get('ClusterId')} has no {field.removesuffix('Name')} named '{name}'",
    )


RUNS: Mapping[tuple[str, str], Run] = {
    ("bedrock", "invokeModel"): invoke_model,
    ("ecs", "runTask"): run_task,
    ("elasticmapreduce", "addStep"): add_step,
    ("elasticmapreduce", "cancelStep"): cancel_step,
    ("elasticmapreduce", "createCluster"): create_cluster,
    ("elasticmapreduce", "modifyInstanceFleetByName"): modify_instance_fleet,
    ("elasticmapreduce", "modifyInstanceGroupByName"): modify_instance_group,
    ("elasticmapreduce", "setClusterTerminationProtection"): set_termination_protection,
    ("elasticmapreduce", "terminateCluster"): terminate_cluster,
    ("events", "putEvents"): put_events,
}
"""(service, action) → what does it; all others send the API's action of that name."""
