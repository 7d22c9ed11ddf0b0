"""Queues: messages are given to functions in batches.

Documentation: "Using Lambda with Amazon SQS". What fails comes back when its visibility timeout is over, by
the server's clock, until the queue's redrive policy takes it to another queue.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from aslrun.functions.sample_events import Origin, sqs
from aslrun.server.events.inputs import parsed
from aslrun.server.events.mapping import EventSource, failed_items, is_wanted
from aslrun.server.events.reader import Reader, circle
from aslrun.server.events.targets import Targets
from aslrun.server.events.work import DEEPEST, KNOWN
from aslrun.values import JSON

AT_ONCE = 5
"""Batches of a queue that are worked on at once. Documentation: "Configuring scaling behavior"."""
_OF_THE_SENDER = ("MessageGroupId", "MessageDeduplicationId")
"""Attributes of a received message that its sender has given as parameters."""


class QueueReader(Reader):
    """Reads a queue for a function."""

    def __init__(self, mapping: EventSource, targets: Targets) -> None:
        name = mapping.source.rpartition(":")[2]
        super().__init__(mapping, targets, name, f"queue {name}")
        self.is_fifo = name.endswith(".fifo")
        scaling = mapping.settings.get("ScalingConfig") or {}
        most = 1 if self.is_fifo else int(scaling.get("MaximumConcurrency") or AT_ONCE)
        self._slots = threading.Semaphore(most)
        self._url: str | None = None
        self._visibility = 30.0
        self._retention = 345_600.0
        self._since: dict[str, float] = {}

    def read_all(self) -> None:
        while not self._closing and self._take():
            pass

    def start_over(self) -> None:
        self._url = None

    def _take(self) -> bool:
        """Take one batch; tell whether there was any."""
        url = self._known_url()
        self._slots.acquire()
        try:
            messages = self._receive(url)
        except BaseException:
            self._slots.release()
            raise
        if not messages:
            self._slots.release()
            return False
        self.work.start(lambda: self._process(url, messages))
        return True

    def _known_url(self) -> str:
        if self._url is None:
            self._url = str(self.targets.call("sqs", "GetQueueUrl", {"QueueName": self.name})["QueueUrl"])
            names = ["VisibilityTimeout", "MessageRetentionPeriod"]
            asked = {"QueueUrl": self._url, "AttributeNames": names}
            attributes = self.targets.call("sqs", "GetQueueAttributes", asked).get("Attributes", {})
            self._visibility = float(attributes.get("VisibilityTimeout", 30))
            self._retention = float(attributes.get("MessageRetentionPeriod", 345_600))
        return self._url

    def _receive(self, url: str) -> list[dict[str, Any]]:
        """Return the messages of a batch: more than one call gives, if the mapping says so."""
        size = self.mapping.batch_size
        waits = 0.0 if self.work.driver.clock.jumps else self.mapping.window / self.work.driver.clock.scale
        messages: list[dict[str, Any]] = []
        end = time.monotonic() + waits
        while len(messages) < size:
            asked = {
                "QueueUrl": url,
                "MaxNumberOfMessages": min(10, size - len(messages)),
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            }
            found = self.targets.call("sqs", "ReceiveMessage", asked).get("Messages", [])
            messages += found
            if not messages or (not found and time.monotonic() >= end) or self._closing:
                break
            if not found:
                time.sleep(min(0.02, waits))
        return messages

    def _process(self, url: str, messages: list[dict[str, Any]]) -> None:
        try:
            filters = self.mapping.filters
            wanted = [one for one in messages if is_wanted(filters, _for_filters(self._record(one)))]
            unwanted = [one for one in messages if one not in wanted]
            self._delete(url, unwanted)
            if wanted:
                self._invoke(url, wanted)
        finally:
            self._slots.release()
            self.wake()

    def _invoke(self, url: str, messages: list[dict[str, Any]]) -> None:
        event: JSON = {"Records": [self._record(one) for one in messages]}
        source = f"queue {self.name}"
        depth = self.targets.depths.of_messages(one["MessageId"] for one in messages)
        if depth >= DEEPEST:
            self._stop(url, messages)
            return
        ran = self.targets.run(source, self.mapping.function, event, depth=depth, count=len(messages))
        failed: set[str] | None = set()
        if ran.failed:
            failed = None
        elif self.mapping.reports_items:
            failed = failed_items(ran.body, {one["MessageId"] for one in messages})
        kept = [one for one in messages if failed is None or one["MessageId"] in failed]
        if kept and not ran.failed:
            self.targets.telling.say(
                f"{source}: by what the function answers, {len(kept)} of {len(messages)} messages have failed"
            )
        old = [one for one in kept if self._is_old(one)]
        if old:
            self.targets.telling.say(f"{source}: {len(old)} messages are older than the queue keeps them")
            kept = [one for one in kept if one not in old]
        self._delete(url, [one for one in messages if one not in kept])
        if kept:
            self._tell_last(url, source, kept)
            self.work.later(self._visibility, lambda: self._show_again(url, kept))

    def _redrive(self, url: str) -> tuple[str, int]:
        """Return the name of the dead letter queue, "" where there is none, and how often a message is
        received before it is moved there."""
        asked = {"QueueUrl": url, "AttributeNames": ["RedrivePolicy"]}
        attributes = self.targets.call("sqs", "GetQueueAttributes", asked).get("Attributes", {})
        policy = parsed(attributes.get("RedrivePolicy", "{}"))
        if not isinstance(policy, dict):
            return "", 0
        name = str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2]
        return name, int(str(policy.get("maxReceiveCount", 0)))

    def _tell_last(self, url: str, source: str, kept: list[dict[str, Any]]) -> None:
        """Say which messages the queue will not give again, but move to its dead letter queue."""
        name, most = self._redrive(url)
        last = [one for one in kept if int(one["Attributes"]["ApproximateReceiveCount"]) >= most]
        if name and last:
            many = "1 message" if len(last) == 1 else f"{len(last)} messages"
            self.targets.telling.say(f"{source} → queue {name}: {many}, received {most} times")

    def _is_old(self, message: dict[str, Any]) -> bool:
        """Tell whether a message that has failed would be gone by the server's clock when it came again."""
        while len(self._since) > KNOWN:
            self._since.pop(next(iter(self._since)), None)
        since = self._since.setdefault(message["MessageId"], self.work.now)
        return self.work.now + self._visibility - since > self._retention

    def _stop(self, url: str, messages: list[dict[str, Any]]) -> None:
        """Let go of messages that go round in a circle, to the dead letter queue if there is one.

        Documentation: "Use Lambda recursive loop detection to prevent infinite loops".
        """
        self.targets.telling.say(circle(f"queue {self.name}", self.mapping.function))
        name, _ = self._redrive(url)
        if name:
            dead = self.targets.call("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
            for one in messages:
                self.targets.call("sqs", "SendMessage", {"QueueUrl": dead, **_as_sent(one)})
        self._delete(url, messages)

    def _delete(self, url: str, messages: list[dict[str, Any]]) -> None:
        for at in range(0, len(messages), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]}
                for number, one in enumerate(messages[at : at + 10])
            ]
            self.targets.call("sqs", "DeleteMessageBatch", {"QueueUrl": url, "Entries": entries})
        for one in messages if self._since else ():
            self._since.pop(one["MessageId"], None)

    def _show_again(self, url: str, messages: list[dict[str, Any]]) -> None:
        """Their visibility timeout is over by the server's clock."""
        for one in messages:
            given = {"QueueUrl": url, "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
            with suppress(Exception):  # somebody has received or deleted it in between
                self.targets.call("sqs", "ChangeMessageVisibility", given)
        self.wake()

    def _record(self, one: dict[str, Any]) -> dict[str, JSON]:
        """The shape is that of `aslrun event sqs`."""
        event: Any = sqs(Origin(), self.name, (one["Body"],))
        record: dict[str, JSON] = event["Records"][0]
        record |= {
            "messageId": one["MessageId"],
            "receiptHandle": one["ReceiptHandle"],
            "attributes": {name: str(value) for name, value in one.get("Attributes", {}).items()},
            "messageAttributes": {
                name: _attribute(value) for name, value in (one.get("MessageAttributes") or {}).items()
            },
            "md5OfBody": one["MD5OfBody"],
            "eventSourceARN": self.mapping.source,
        }
        return record


def _as_sent(one: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent of a message that was received: SQS moves it as it is."""
    attributes = one.get("Attributes", {})
    sent = {"MessageBody": one["Body"], "MessageAttributes": one.get("MessageAttributes") or {}}
    sent |= {name: attributes[name] for name in _OF_THE_SENDER if name in attributes}
    if trace := attributes.get("AWSTraceHeader"):
        sent["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    return sent


def _attribute(value: dict[str, Any]) -> dict[str, JSON]:
    told: dict[str, JSON] = {"dataType": value.get("DataType")}
    if "StringValue" in value:
        told["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        import base64

        told["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return {**told, "stringListValues": [], "binaryListValues": []}


def _for_filters(record: dict[str, JSON]) -> dict[str, JSON]:
    return {**record, "body": parsed(str(record["body"]))}
