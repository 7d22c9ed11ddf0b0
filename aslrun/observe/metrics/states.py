"""The metrics of an execution in the namespace AWS/States.

Documentation: "Monitoring Step Functions metrics using Amazon CloudWatch". Each event is counted at its time,
under the ARN of its state machine, activity, function or service integration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aslrun.history.scopes import details_of
from aslrun.observe.cost.usage import MB, express_duration, express_memory, used_memory
from aslrun.observe.metrics.metric import Dimensions, Metric
from aslrun.observe.observed import ENDS as STATUSES
from aslrun.observe.observed import Event, Observed, time_of

NAMESPACE = "AWS/States"
EXECUTIONS: Mapping[str, str] = {
    "ExecutionStarted": "ExecutionsStarted",
    "ExecutionRedriven": "ExecutionsRedriven",
    "ExecutionSucceeded": "ExecutionsSucceeded",
    "ExecutionFailed": "ExecutionsFailed",
    "ExecutionTimedOut": "ExecutionsTimedOut",
    "ExecutionAborted": "ExecutionsAborted",
}
"""Type of an event → the metric that counts it."""
KINDS: Mapping[str, tuple[str, str, str]] = {
    "Activity": ("Activities", "Activity", "ActivityArn"),
    "LambdaFunction": ("LambdaFunctions", "LambdaFunction", "LambdaFunctionArn"),
    "Task": ("ServiceIntegrations", "ServiceIntegration", "ServiceIntegrationResourceArn"),
}
"""How the types of a Task's events begin → how the names of its counts and of its times begin, and its
dimension."""
ENDS: Mapping[str, str] = {
    "Succeeded": "Succeeded",
    "Failed": "Failed",
    "ScheduleFailed": "Failed",
    "StartFailed": "Failed",
    "SubmitFailed": "Failed",
    "TimedOut": "TimedOut",
}
"""How the type of the last event of an attempt ends → how the name of its count does."""
HEARTBEAT = "States.HeartbeatTimeout"
OPEN_MAP_RUNS = 1_000
"""Map Runs that may be open at once (Service quotas)."""


def execution_metrics(execution: Observed) -> Iterator[Metric]:
    """Yield the metrics of an execution, those of its children not included."""
    machine: Dimensions = (("StateMachineArn", execution.machine_arn.partition("/")[0]),)
    began, redriven, attempts = execution.began, False, _Attempts()
    open_runs = 0
    for event in execution.events:
        type, at = event["type"], time_of(event)
        if (name := EXECUTIONS.get(type)) is not None:
            yield Metric(NAMESPACE, name, 1, "Count", at, machine)
            if type in ("ExecutionStarted", "ExecutionRedriven"):
                redriven = redriven or type == "ExecutionRedriven"
            else:
                if redriven:
                    yield Metric(NAMESPACE, f"Redriven{name}", 1, "Count", at, machine)
                yield Metric(NAMESPACE, "ExecutionTime", _ms(at - began), "Milliseconds", at, machine)
                if execution.type == "EXPRESS":
                    yield from _express_metrics(execution, at, machine)
        elif type.startswith("MapRun"):
            open_runs += 1 if type in ("MapRunStarted", "MapRunRedriven") else -1
            yield Metric(NAMESPACE, "ApproximateOpenMapRunCount", open_runs, "Count", at)
            yield Metric(NAMESPACE, "OpenMapRunLimit", OPEN_MAP_RUNS, "Count", at)
        else:
            yield from attempts.take(event, type, at)


def _express_metrics(execution: Observed, at: float, machine: Dimensions) -> Iterator[Metric]:
    """Yield what is billed of an Express execution, as far as it can be estimated."""
    used, billed = used_memory(execution) * MB, express_memory(execution) * MB
    duration = express_duration(execution) * 1000
    yield Metric(NAMESPACE, "ExpressExecutionMemory", round(used), "Bytes", at, machine)
    yield Metric(NAMESPACE, "ExpressExecutionBilledMemory", billed, "Bytes", at, machine)
    yield Metric(NAMESPACE, "ExpressExecutionBilledDuration", duration, "Milliseconds", at, machine)


def started_metrics(machine: str, at: float) -> Iterator[Metric]:
    """Yield the metrics of an execution that has begun, of its state machine's ARN."""
    yield Metric(NAMESPACE, "ExecutionsStarted", 1, "Count", at, (("StateMachineArn", machine),))


def ended_metrics(machine: str, status: str, began: float, ended: float, redrives: int) -> Iterator[Metric]:
    """Yield the metrics of an execution that has ended, without those of its Tasks."""
    of: Dimensions = (("StateMachineArn", machine),)
    name = next(name for type, name in EXECUTIONS.items() if STATUSES.get(type) == status)
    yield Metric(NAMESPACE, name, 1, "Count", ended, of)
    if redrives:
        yield Metric(NAMESPACE, f"Redriven{name}", 1, "Count", ended, of)
    yield Metric(NAMESPACE, "ExecutionTime", _ms(ended - began), "Milliseconds", ended, of)


class _Attempts:
    """The attempts of Tasks: what each began with, and when it started."""

    def __init__(self) -> None:
        # Id of an event → when the attempt was scheduled, when it started, and its dimension.
        self._at: dict[int, tuple[float, float | None, Dimensions]] = {}

    def take(self, event: Event, type: str, at: float) -> Iterator[Metric]:
        """Yield what an event of a Task adds."""
        kind = next((one for one in KINDS if type.startswith(one) and "State" not in type), None)
        if kind is None:
            return
        counts, times, dimension = KINDS[kind]
        what = type[len(kind) :]
        if what == "Scheduled":
            arn: Dimensions = ((dimension, resource_of(kind, details_of(event))),)
            self._at[event["id"]] = at, None, arn
            yield Metric(NAMESPACE, f"{counts}Scheduled", 1, "Count", at, arn)
            return
        known = self._at.pop(event.get("previousEventId", 0), None)
        if known is None:
            return
        scheduled, started, of = known
        if what == "Started":
            yield Metric(NAMESPACE, f"{counts}Started", 1, "Count", at, of)
            yield Metric(NAMESPACE, f"{times}ScheduleTime", _ms(at - scheduled), "Milliseconds", at, of)
            self._at[event["id"]] = scheduled, at, of
        elif what in ENDS:
            yield Metric(NAMESPACE, f"{counts}{_end(kind, what, event)}", 1, "Count", at, of)
            if started is not None:
                yield Metric(NAMESPACE, f"{times}RunTime", _ms(at - started), "Milliseconds", at, of)
            yield Metric(NAMESPACE, f"{times}Time", _ms(at - scheduled), "Milliseconds", at, of)
        else:  # TaskSubmitted: it goes on
            self._at[event["id"]] = known


def _end(kind: str, what: str, event: Event) -> str:
    if kind == "Activity" and what == "TimedOut" and details_of(event).get("error") == HEARTBEAT:
        return "HeartbeatTimedOut"
    return ENDS[what]


def resource_of(kind: str, details: Mapping[str, Any]) -> str:
    """Return the ARN of what an attempt calls; that of a service integration is made of its parts."""
    resource = str(details.get("resource", ""))
    return resource if kind != "Task" else f"arn:aws:states:::{details.get('resourceType', '')}:{resource}"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
