"""All that starts functions and machines on one server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from aslrun.drivers.driver import Driver
from aslrun.server.events.mapping import EventSource, Mappings, Source
from aslrun.server.events.pipes import Pipes
from aslrun.server.events.queues import QueueReader
from aslrun.server.events.rules import Pushed, Schedules
from aslrun.server.events.streams import StreamReader
from aslrun.server.events.targets import Functions, Targets
from aslrun.server.events.telling import Telling
from aslrun.server.events.work import Work
from aslrun.services.places import Aws
from aslrun.services.wire import Request, Response
from aslrun.store import ExecutionRecord
from aslrun.values import JSON, from_json_text, to_json_text

LARGEST_DATA = 248 * 1024
"""Bytes of an execution's input and output that an event has. Documentation: "Automating Step Functions event
delivery with EventBridge"."""
_OF_RULES = frozenset({"PutRule", "DeleteRule", "EnableRule", "DisableRule", "PutTargets", "RemoveTargets"})
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWrite", "TransactWrite", "ExecuteStatement",
           "BatchExecute", "ExecuteTransaction")  # fmt: skip
_TO_QUEUES = {"sqs": ("Send", "Purge", "ChangeMessage"), "sns": ("Publish",), "events": ("PutEvents",)}


class Events:
    """The event sources of a server; made before its local AWS is asked for anything.

    `functions` runs functions, `start` begins executions: (ARN of a machine, input).
    """

    def __init__(
        self,
        aws: Aws,
        driver: Driver,
        functions: Functions,
        start: Callable[[str, JSON], str],
        telling: Telling,
    ) -> None:
        self.aws = aws
        self.telling = telling
        self.work = Work(driver, telling.say)
        self.targets = Targets(aws.call, functions, start, self.work, telling)
        self.pushed = Pushed(self.targets, lambda: self.mappings.wake(frozenset({"sqs"})))
        self.schedules = Schedules(self.targets)
        self.pipes = Pipes(self.targets, functions.run)
        self.mappings = Mappings(self._reader, lambda: self.work.now)
        self.has_rules = False
        aws.takes = self.pushed.take
        aws.listeners.append(self._answered)

    def _reader(self, one: EventSource) -> Source:
        return QueueReader(one, self.targets) if one.service == "sqs" else StreamReader(one, self.targets)

    def _answered(self, request: Request, response: Response) -> None:
        """Look at what a request to the local AWS may have changed. On its thread."""
        if response.status >= 300:
            return
        service, operation = request.service, request.operation
        if service == "sqs" and operation.startswith("Send") and (depth := self.targets.depths.of(request)):
            self.targets.depths.sent(depth, _sent(response))
        if operation.startswith(_TO_QUEUES.get(service, ())) or (service == "s3" and request.method != "GET"):
            self.mappings.wake(frozenset({"sqs"}))
        elif service == "dynamodb" and operation.startswith(_WRITES):
            self._written(request)
            self.mappings.wake(frozenset({"dynamodb"}))
        elif service == "kinesis" and operation.startswith("PutRecord"):
            self._written(request)
            self.mappings.wake(frozenset({"kinesis"}))
        elif service == "events" and operation in _OF_RULES:
            self.has_rules = True
            self.schedules.read(self.aws.call, "events")
        elif service == "scheduler" and request.method in ("POST", "PUT", "DELETE"):
            self.schedules.read(self.aws.call, "scheduler")

    def _written(self, request: Request) -> None:
        depth = self.targets.depths.of(request)
        for name in _names_in(value_of(request.body)):
            self.targets.depths.written(depth, name)

    def has_changed(self, record: ExecutionRecord) -> None:
        """Tell the default bus of an execution that has begun or ended; EXPRESS ones are not told of.

        Documentation: "Automating Step Functions event delivery with EventBridge".
        """
        if self.has_rules and record.type == "STANDARD":
            self.targets.depths.begun(record.arn)
            self.work.start(lambda: self._tell_bus(record))

    def _tell_bus(self, record: ExecutionRecord) -> None:
        detail: dict[str, JSON] = {
            "executionArn": record.arn,
            "stateMachineArn": record.machine,
            "name": record.name,
            "status": record.status,
            "startDate": round(record.started * 1000),
            "stopDate": None if record.stopped is None else round(record.stopped * 1000),
            **_data_of(record),
            "error": record.error,
            "cause": record.cause,
        }
        entry: dict[str, Any] = {
            "Source": "aws.states",
            "DetailType": "Step Functions Execution Status Change",
            "Detail": to_json_text(detail),
            "Resources": [record.arn],
            "Time": self.work.now,
        }
        with self.targets.depths.delivering(self.targets.depths.of_execution(record.arn)):
            self.aws.call("events", "PutEvents", {"Entries": [entry]})

    def begin(self) -> None:
        """Begin to read queues and streams."""
        self.mappings.begin()

    def advance(self, seconds: float) -> None:
        """Let time go by on a clock that jumps, until what was due has ended; really wait on another."""
        self.work.pass_by(seconds).result()
        self.settle()

    def settle(self, quiet: float = 0.05, longest: float = 60.0) -> None:
        """Wait until nothing has been going on for a moment (real seconds)."""
        end, calm = time.monotonic() + longest, 0.0
        while calm < quiet and time.monotonic() < end:
            time.sleep(0.005)
            calm = 0.0 if self.work.driver.working or not self.work.driver.answers.empty() else calm + 0.005

    def close(self) -> None:
        """Start nothing any more."""
        self.work.closing = True
        self.mappings.close()


def _data_of(record: ExecutionRecord) -> dict[str, JSON]:
    """Return what an event tells of an execution's input and output, as far as these are small enough."""
    sizes = [len(to_json_text(one or "").encode()) for one in (record.input, record.output)]
    has_output, has_input = sizes[1] <= LARGEST_DATA, sum(sizes) <= LARGEST_DATA
    return {
        "input": record.input if has_input else None,
        "output": record.output if has_output else None,
        "inputDetails": {"included": has_input},
        "outputDetails": None if record.output is None else {"included": has_output},
    }


def _sent(response: Response) -> list[str]:
    """Return the ids of the messages that were put into a queue."""
    answer: Any = value_of(response.body)
    if not isinstance(answer, dict):  # of a client that speaks XML
        return []
    return [str(one["MessageId"]) for one in answer.get("Successful", [answer]) if "MessageId" in one]


def _names_in(asked: JSON) -> Iterator[str]:
    """Yield the tables or the stream that a request writes to."""
    if isinstance(asked, dict):
        for name in ("TableName", "StreamName"):
            if isinstance(asked.get(name), str):
                yield str(asked[name])
        items, transacted = asked.get("RequestItems"), asked.get("TransactItems")
        yield from items if isinstance(items, dict) else ()
        for one in transacted if isinstance(transacted, list) else ():
            for inner in one.values() if isinstance(one, dict) else ():
                yield from _names_in(inner)


def input_text(value: JSON) -> str:
    """Return an execution's input as text."""
    return to_json_text(value)


def value_of(body: bytes) -> JSON:
    """Return what a function has answered; a text that is not JSON is itself."""
    try:
        return from_json_text(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
