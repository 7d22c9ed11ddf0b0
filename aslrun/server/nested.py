"""Executions that executions start: `states:startExecution`, also with `.sync`, `.sync:2` and a task token.

Documentation: "Start workflow executions from a task state"; results in the names
of the Java SDK, as recorded.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from aslrun.drivers.calls import Answer, Awaited, Call, Submitted
from aslrun.errors import StateError
from aslrun.functions.tracing import calling_part, header_for
from aslrun.server.errors import ApiError
from aslrun.store import ExecutionRecord
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON, from_json_text, to_json_text

_START = re.compile(
    r"arn:[^:]+:states:[^:]*:[^:]*:(?P<service>states|aws-sdk:sfn):startExecution(?:\.(?P<pattern>.+))?"
)

Start = Callable[[dict[str, Any], str], ExecutionRecord]
"""(members of a StartExecution, the ARN of the execution that starts it) → what has begun; ApiError."""
Watch = Callable[[str, Callable[[ExecutionRecord], None]], None]
"""(ARN, what to call with the record when it has ended, at once if it has)."""


class NestedExecutions:
    """Answers Tasks that start executions on this server."""

    def __init__(self, start: Start, watch: Watch, stop: Callable[[str], None]) -> None:
        self.start = start
        self.watch = watch
        self.stop = stop

    def matches(self, call: Call) -> bool:
        return _START.fullmatch(call.resource) is not None

    def invoke(self, call: Call) -> JSON | Submitted:
        """Start the execution; StateError if it cannot be started."""
        given = call.arguments if isinstance(call.arguments, dict) else {}
        members = {name[:1].lower() + name[1:]: value for name, value in given.items()}
        if not isinstance(members.get("input", ""), str):
            members["input"] = to_json_text(members["input"])
        execution = call.execution
        starter = "" if execution is None else execution.id
        if execution is not None and execution.is_traced:
            members.setdefault("traceHeader", header_for(execution, calling_part(call.event)))
        try:
            record = self.start(members, starter)
        except ApiError as refused:
            name = f"{refused.code.removesuffix('Exception')}Exception"
            raise StateError(
                f"StepFunctions.{name}",
                f"{refused} (Service: AWSStepFunctions; Status Code: 400; Error Code: {refused.code};"
                f" Request ID: {uuid.uuid4()}; Proxy: null)",
            ) from None
        found = _START.fullmatch(call.resource)
        assert found is not None
        is_sdk = found["service"] != "states"
        date: JSON = format_timestamp(record.started) if is_sdk else round(record.started * 1000)
        output: dict[str, JSON] = {"ExecutionArn": record.arn, "StartDate": date}
        if not is_sdk:
            output |= {
                "SdkHttpMetadata": {"AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200},
                "SdkResponseMetadata": {"RequestId": str(uuid.uuid4())},
            }
        return Submitted(output) if found["pattern"] else output

    def follow(self, call: Call, output: JSON) -> Awaited:
        """Wait for the execution's end."""
        assert isinstance(output, dict)
        arn = str(output["ExecutionArn"])
        is_parsed = call.resource.endswith(".sync:2")

        def begin(answer: Answer) -> Callable[[], None]:
            def ended(record: ExecutionRecord) -> None:
                told = description(record, is_parsed)
                if record.status == "SUCCEEDED":
                    answer(told, None)
                else:
                    answer(None, StateError("States.TaskFailed", to_json_text(told)))

            self.watch(arn, ended)
            return lambda: self.stop(arn)

        return Awaited(begin)

    def close(self) -> None:
        """There is nothing to let go of."""


def description(record: ExecutionRecord, is_parsed: bool) -> dict[str, JSON]:
    """Return what a Task is told of an execution that it waited for: texts of JSON, or their values."""

    def data(text: str | None) -> JSON:
        return from_json_text(text) if text is not None and is_parsed else text

    told: dict[str, JSON] = {
        "Cause": record.cause,
        "Error": record.error,
        "ExecutionArn": record.arn,
        "Input": data(record.input),
        "InputDetails": {"Included": True},
        "Name": record.name,
        "Output": data(record.output),
        "OutputDetails": {"Included": True} if record.status == "SUCCEEDED" else None,
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if record.status == "SUCCEEDED" else "REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven"
        if record.status == "SUCCEEDED"
        else None,
        "StartDate": round(record.started * 1000),
        "StateMachineArn": record.machine,
        "Status": record.status,
        "StopDate": None if record.stopped is None else round(record.stopped * 1000),
    }
    return {name: value for name, value in told.items() if value is not None}
