"""Tasks that start executions of other state machines, which run in the same driver, beside their parent.

Documentation: "Start a new state machine from a running execution"; outputs, errors and their words as
recorded. The dates in `.sync` outputs are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from aslrun.drivers.calls import Answer, Awaited, Call, Following, Submitted
from aslrun.errors import StateError
from aslrun.states.resource import Resource, parse_resource
from aslrun.states.tasks import is_start
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON, from_json_text, to_json_text

LONGEST_CAUSE = 32_768
"""Characters of a cause that the service keeps (API reference, ExecutionFailedEventDetails)."""
MOST_NESTED = 25
"""Executions that are inside each other at most: a machine that starts itself comes to an end."""

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class Child(Protocol):
    """An execution that a Task started."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def input(self) -> JSON: ...
    @property
    def machine_arn(self) -> str: ...
    @property
    def began(self) -> float: ...
    @property
    def ended(self) -> float | None: ...
    @property
    def status(self) -> Status: ...
    @property
    def output(self) -> JSON: ...
    @property
    def error(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...
    def stop(self, error: str | None = None, cause: str | None = None) -> None: ...
    def when_ended(self, told: Callable[[], None]) -> None:
        """Have `told` called when it has ended, or now if it has."""


class Machines(Protocol):
    """Knows state machines by their ARNs, and begins executions of them on the driver's thread."""

    def knows(self, arn: str) -> bool: ...
    def begin(self, arn: str, input: JSON, name: str | None, call: Call) -> Child:
        """Begin an execution for a call; StateError if it cannot be."""


class Executions:
    """Answers Tasks that start executions."""

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.begun: dict[str, Child] = {}

    def matches(self, call: Call) -> bool:
        return is_start(parse_resource(call.resource))

    def knows(self, call: Call) -> bool:
        """Tell whether the machine is there, as far as a call tells it."""
        if not self.matches(call):
            return False
        arn = _given(call).get("StateMachineArn")
        return not isinstance(arn, str) or self.machines.knows(arn)

    def seconds(self, call: Call) -> float:
        """Starting takes no time; `invoke` is called on the driver's thread."""
        return 0

    def invoke(self, call: Call) -> JSON | Submitted | Awaited:
        """Start an execution; StateError as StepFunctions.…Exception where the service would refuse it."""
        resource, given = parse_resource(call.resource), _given(call)
        child = self._begin(str(given.get("StateMachineArn")), given, call)
        self.begun[child.id] = child
        action, _, pattern = resource.action.partition(".")
        if action == "startSyncExecution":
            return Awaited(lambda answer: _await(child, answer, sync_described))
        started: JSON = {
            "ExecutionArn": child.id,
            **({} if _is_sdk(resource) else metadata_of(child)),
            "StartDate": _date(child.began, resource),
        }
        return Submitted(started) if pattern else started

    def follow(self, call: Call, output: JSON) -> Following:
        """Wait for the end of the execution that was started."""
        assert isinstance(output, dict)
        child = self.begun[str(output["ExecutionArn"])]
        is_value = parse_resource(call.resource).action.endswith(":2")
        return Awaited(lambda answer: _await(child, answer, lambda child: described(child, is_value)))

    def close(self) -> None:
        """There is nothing to let go of."""

    def _begin(self, arn: str, given: Mapping[str, JSON], call: Call) -> Child:
        name, input = given.get("Name"), given.get("Input")
        if isinstance(input, str):
            input = _value_of(input)
        elif input is None:
            input = {}
        return self.machines.begin(arn, input, name if isinstance(name, str) else None, call)


def _given(call: Call) -> Mapping[str, JSON]:
    return call.arguments if isinstance(call.arguments, dict) else {}


def _value_of(text: str) -> JSON:
    try:
        return from_json_text(text)
    except ValueError:
        raise refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{text}'") from None


def refused(code: str, message: str) -> StateError:
    """Return the error of a call that Step Functions refuses (recorded for a machine that is not there)."""
    told = f"{message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code};"
    return StateError(f"StepFunctions.{code}Exception", f"{told} Request ID: {_REQUEST}; Proxy: null)")


_REQUEST = "00000000-0000-4000-8000-000000000000"


def _await(child: Child, answer: Answer, told: Callable[[Child], JSON]) -> Callable[[], None]:
    """Give the answer when `child` has ended; return what stops it."""

    def ended() -> None:
        try:
            answer(told(child), None)
        except StateError as failure:
            answer(None, failure)

    child.when_ended(ended)
    return child.stop


def described(child: Child, is_value: bool) -> JSON:
    """Return what `.sync` gives of an execution that has succeeded, in `.sync:2` with values for texts; raise
    States.TaskFailed with the description of one that has not."""
    has_succeeded = child.status == "SUCCEEDED"
    text: Callable[[JSON], JSON] = (lambda value: value) if is_value else to_json_text
    told: dict[str, JSON] = {
        "ExecutionArn": child.id,
        "Input": text(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if has_succeeded else "REDRIVABLE",
        "StartDate": int(child.began * 1000),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": int((child.ended or child.began) * 1000),
    }
    if not has_succeeded:
        raise StateError("States.TaskFailed", to_json_text(dict(sorted({**told, **_failure(child)}.items()))))
    told |= {"Output": text(child.output), "OutputDetails": {"Included": True}}
    told["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    return dict(sorted(told.items()))


def _failure(child: Child) -> dict[str, JSON]:
    cause = None if child.cause is None else child.cause[:LONGEST_CAUSE]
    told: dict[str, JSON] = {"Error": child.error, "Cause": cause}
    return {field: text for field, text in told.items() if text is not None}


def sync_described(child: Child) -> JSON:
    """Return what StartSyncExecution answers of an execution that has ended, in whatever way."""
    seconds = (child.ended or child.began) - child.began
    told: dict[str, JSON] = {
        "BillingDetails": {"BilledDurationInMilliseconds": max(100, -int(-seconds * 10) * 100),
                           "BilledMemoryUsedInMB": 64},
        "ExecutionArn": child.id,
        "Input": to_json_text(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StartDate": format_timestamp(child.began),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": format_timestamp(child.ended or child.began),
    }  # fmt: skip
    if child.status == "SUCCEEDED":
        told |= {"Output": to_json_text(child.output), "OutputDetails": {"Included": True}}
    return dict(sorted({**told, **_failure(child)}.items()))


def _is_sdk(resource: Resource) -> bool:
    return resource.service.startswith("aws-sdk:")


def _date(seconds: float, resource: Resource) -> JSON:
    return format_timestamp(seconds) if _is_sdk(resource) else int(seconds * 1000)


def metadata_of(child: Child) -> dict[str, JSON]:
    """Return the answer's own description, which optimized integrations have."""
    return {
        "SdkHttpMetadata": {"AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": _REQUEST},
    }
