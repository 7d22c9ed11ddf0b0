"""What events are delivered to: functions, machines, queues, topics, buses, logs and streams.

Documentation: "Event bus targets in Amazon EventBridge"; the API reference of each call.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from aslrun.server.events.inputs import at_path
from aslrun.server.events.telling import Happening, Telling, short
from aslrun.server.events.work import DEEPEST, Depths, Work
from aslrun.validation.api_models import folder_of
from aslrun.values import JSON, to_json_text

RETRIES, LONGEST_AGE = 2, 21_600
"""How often an asynchronous invocation is tried again, and for how many seconds. Documentation: "Configuring
error handling settings for Lambda asynchronous invocations"."""
DELIVERY_RETRIES, DELIVERY_AGE = 185, 86_400.0
"""How often a rule or a schedule tries again, and for how many seconds, where nothing is said."""
LONGEST_WAIT = 3_600.0
"""Seconds that a delivery waits at most before it is tried again; each time twice as long as before."""
WAITS = (60.0, 120.0)
"""Seconds before the second and the third attempt."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of an invocation: its answer, or, if it has `failed`, the error; `is_throttled` if it has
    not run at all, and may another time."""

    body: JSON
    failed: bool
    version: str = "$LATEST"
    is_throttled: bool = False

    @property
    def ended(self) -> str:
        """Return it in a word."""
        if not self.failed:
            return "ok"
        told = self.body if isinstance(self.body, dict) else {}
        return f"{told.get('errorType', 'failed')}: {told.get('errorMessage', '')}".rstrip(": ")


@dataclass(frozen=True, slots=True)
class Asynchronous:
    """How a function is invoked when nobody waits: see PutFunctionEventInvokeConfig. `dead_letters` is the
    ARN of a queue or topic, the others those of destinations."""

    retries: int = RETRIES
    age: float = LONGEST_AGE
    on_success: str | None = None
    on_failure: str | None = None
    dead_letters: str | None = None


class Functions(Protocol):
    """Where functions are."""

    def run(self, arn: str, event: JSON) -> Ran: ...
    def asynchronous(self, arn: str) -> Asynchronous: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a rule or a schedule delivers to a target: its `RetryPolicy` and `DeadLetterConfig`.

    Documentation: "How EventBridge retries delivering events", "Using dead-letter queues to process
    undelivered events in EventBridge".
    """

    rule: str
    target: str
    retries: int = DELIVERY_RETRIES
    age: float = DELIVERY_AGE
    dead_letters: str | None = None

    def may_try_again(self, wrong: Exception, attempt: int, waited: float) -> bool:
        """Tell whether a failed delivery is tried again: only where the service may take it another time."""
        response = getattr(wrong, "response", None) or {}
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        code = str(response.get("Error", {}).get("Code", ""))
        is_passing = status >= 500 or status == 429 or "Throttl" in code or "TooManyRequests" in code
        return is_passing and attempt <= self.retries and waited <= self.age


def delivery_of(rule: str, target: Mapping[str, Any]) -> Delivery:
    """Return how a target is delivered to, as PutTargets or a schedule has it."""
    policy, dead = target.get("RetryPolicy") or {}, target.get("DeadLetterConfig") or {}
    return Delivery(
        rule,
        str(target["Arn"]),
        int(policy.get("MaximumRetryAttempts", DELIVERY_RETRIES)),
        float(policy.get("MaximumEventAgeInSeconds", DELIVERY_AGE)),
        dead.get("Arn"),
    )


def more_of(target: Mapping[str, Any], event: JSON) -> dict[str, Any]:
    """Return what the parameters of a rule's or a schedule's target add to the call that delivers."""
    more: dict[str, Any] = {}
    if group := (target.get("SqsParameters") or {}).get("MessageGroupId"):
        more["MessageGroupId"] = group
    if isinstance(bus := target.get("EventBridgeParameters"), dict):
        more |= {name: bus[name] for name in ("DetailType", "Source") if name in bus}
    kinesis = target.get("KinesisParameters") or {}
    if "PartitionKey" in kinesis:
        more["PartitionKey"] = kinesis["PartitionKey"]
    elif "PartitionKeyPath" in kinesis and isinstance(event, dict):
        more["PartitionKey"] = str(at_path(event, str(kinesis["PartitionKeyPath"])))
    return more


CallAws = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]


class Targets:
    """Delivers. `start` starts an execution: (ARN of a machine, input)."""

    def __init__(
        self,
        call: CallAws,
        functions: Functions,
        start: Callable[[str, JSON], str],
        work: Work,
        telling: Telling,
    ) -> None:
        self.call = call
        self.functions = functions
        self.start = start
        self.work = work
        self.telling = telling
        self.depths = Depths()
        self._stopped: set[tuple[str, str]] = set()

    def run(
        self, source: str, arn: str, event: JSON, *, depth: int = 0, attempt: int = 1, count: int = 1
    ) -> Ran:
        """Invoke a function and wait for its answer."""
        began = time.perf_counter()
        with self.depths.inside(depth):
            ran = self.functions.run(arn, event)
        took = time.perf_counter() - began
        self.telling.happened(Happening(source, short(arn), ran.ended, took, attempt, count))
        return ran

    def invoke(self, source: str, arn: str, event: JSON, *, depth: int = 0, id: str = "") -> None:
        """Invoke a function that nobody waits for: with retries, and its destinations at the end."""
        if self._is_circle(source, arn, depth):
            return
        self.work.start(lambda: self._attempt(source, arn, event, depth, id, 1, self.work.now))

    def invoked(self, arn: str, event: JSON, id: str, headers: Mapping[str, str]) -> None:
        """Invoke a function for a client that does not wait, by a request of these headers."""
        self.invoke("invoked", arn, event, depth=self.depths.of_headers(headers), id=id)

    def _is_circle(self, source: str, arn: str, depth: int) -> bool:
        """Tell whether to stop events that have led to each other for too long, which is told once."""
        if depth < DEEPEST:
            return False
        if (source, arn) not in self._stopped:
            self._stopped.add((source, arn))
            self.telling.say(
                f"{source} → {short(arn)}: stopped: a circle of events has gone round {DEEPEST} times:"
                " what they start leads to the events that start it; let it write elsewhere, or filter"
            )
        return True

    def _attempt(
        self, source: str, arn: str, event: JSON, depth: int, id: str, attempt: int, began: float
    ) -> None:
        settings = self.functions.asynchronous(arn)
        ran = self.run(source, arn, event, depth=depth, attempt=attempt)
        if not ran.failed:
            self._end(settings.on_success, "Success", arn, event, ran, id, attempt, depth)
            return
        wait = WAITS[min(attempt, len(WAITS)) - 1]
        is_young = self.work.now - began + wait <= settings.age
        if is_young and (ran.is_throttled or attempt <= settings.retries):
            self.work.later(wait, lambda: self._attempt(source, arn, event, depth, id, attempt + 1, began))
            return
        why = "RetriesExhausted" if is_young or attempt > settings.retries else "EventAgeExceeded"
        self._end(settings.on_failure, why, arn, event, ran, id, attempt, depth)
        if settings.dead_letters:
            self._bury(settings.dead_letters, event, ran, id, depth)

    def _end(
        self,
        destination: str | None,
        condition: str,
        arn: str,
        event: JSON,
        ran: Ran,
        id: str,
        attempt: int,
        depth: int,
    ) -> None:
        """Tell a destination. Documentation: "Capturing records of Lambda asynchronous invocations"."""
        if destination is None:
            return
        context: dict[str, JSON] = {"statusCode": 200, "executedVersion": ran.version}
        if ran.failed:
            context["functionError"] = "Unhandled"
        is_qualified = len(arn.split(":")) > 7
        envelope: dict[str, JSON] = {
            "version": "1.0",
            "timestamp": stamp(self.work.now),
            "requestContext": {
                "requestId": id,
                "functionArn": arn if is_qualified else f"{arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": attempt,
            },
            "requestPayload": event,
            "responseContext": context,
            "responsePayload": ran.body,
        }
        succeeded = "Success" if not ran.failed else "Failure"
        detail = f"Lambda Function Invocation Result - {succeeded}"
        source = f"{short(arn)} ({condition})"
        self.deliver(source, destination, envelope, detail_type=detail, depth=depth + 1, id=id)

    def _bury(self, arn: str, event: JSON, ran: Ran, id: str, depth: int) -> None:
        told = ran.body if isinstance(ran.body, dict) else {}
        texts = {
            "RequestID": id,
            "ErrorCode": "200",
            "ErrorMessage": str(told.get("errorMessage", ""))[:1024],
        }
        attributes = {
            name: {"DataType": "Number" if name == "ErrorCode" else "String", "StringValue": value or "-"}
            for name, value in texts.items()
        }
        more = {"MessageAttributes": attributes}
        self.deliver("dead letter", arn, event, more=more, depth=depth + 1)

    def deliver(
        self,
        source: str,
        arn: str,
        payload: JSON,
        *,
        detail_type: str = "Event",
        more: Mapping[str, Any] | None = None,
        depth: int = 0,
        id: str = "",
        delivery: Delivery | None = None,
        attempt: int = 1,
        since: float | None = None,
    ) -> None:
        """Deliver something to whatever an ARN names, and say how that went. Raises nothing.

        What a rule or a schedule delivers in vain is tried again, or put into its dead letter queue.
        """
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service == "lambda":
            self.invoke(source, arn, payload, depth=depth, id=id)
            return
        if self._is_circle(source, arn, depth):
            return
        began, ended = time.perf_counter(), "ok"
        try:
            with self.depths.delivering(depth):
                self._put(service, arn, payload, detail_type, more or {})
        except Exception as wrong:  # whatever the service answers
            ended = str(wrong) or type(wrong).__name__
            if delivery is not None:
                since = self.work.now if since is None else since
                again = partial(
                    self.deliver, source, arn, payload, detail_type=detail_type, more=more, depth=depth,
                    id=id, delivery=delivery, attempt=attempt + 1, since=since,
                )  # fmt: skip
                self._fail(delivery, wrong, payload, attempt, since, again)
        self.telling.happened(Happening(source, short(arn), ended, time.perf_counter() - began))

    def _fail(
        self,
        delivery: Delivery,
        wrong: Exception,
        payload: JSON,
        attempt: int,
        since: float,
        again: Callable[[], None],
    ) -> None:
        wait = min(2.0**attempt, LONGEST_WAIT)
        if delivery.may_try_again(wrong, attempt, self.work.now - since + wait):
            self.work.later(wait, again)
        elif delivery.dead_letters is not None:
            code = (getattr(wrong, "response", None) or {}).get("Error", {}).get("Code", type(wrong).__name__)
            exhausted = "MaximumRetryAttempts" if attempt > delivery.retries else "MaximumEventAgeInSeconds"
            texts = {
                "RULE_ARN": delivery.rule,
                "TARGET_ARN": delivery.target,
                "ERROR_CODE": str(code),
                "ERROR_MESSAGE": str(wrong)[:1024],
                **(
                    {"RETRY_ATTEMPTS": str(attempt - 1), "EXHAUSTED_RETRY_CONDITION": exhausted}
                    if attempt > 1
                    else {}
                ),
            }
            attributes = {name: {"DataType": "String", "StringValue": value} for name, value in texts.items()}
            self.deliver(
                "dead letter", delivery.dead_letters, payload, more={"MessageAttributes": attributes}
            )

    def put(self, arn: str, payload: JSON, more: Mapping[str, Any]) -> None:
        """Give something to whatever an ARN names; raises what the service answers."""
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service == "lambda":
            self.invoke("pipe", arn, payload, depth=self.depths.of_headers({}))
        else:
            self._put(service, arn, payload, "Event", more)

    def _put(self, service: str, arn: str, payload: JSON, detail_type: str, more: Mapping[str, Any]) -> None:
        text = payload if isinstance(payload, str) else to_json_text(payload)
        name = arn.split(":", 5)[5]
        if service == "states":
            self.start(arn, payload)
        elif service == "sqs":
            url = self.call("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
            with self.depths.sending:
                self.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": text, **more})
        elif service == "sns":
            self.call("sns", "Publish", {"TopicArn": arn, "Message": text, **more})
        elif service == "events":
            is_event = isinstance(payload, dict) and "detail-type" in payload
            event: Mapping[str, Any] = payload if isinstance(payload, dict) and is_event else {}
            entry = {
                "EventBusName": name.removeprefix("event-bus/"),
                "Source": event.get("source", "lambda"),
                "DetailType": event.get("detail-type", detail_type),
                "Detail": json.dumps(event["detail"]) if is_event else text,
                "Resources": event.get("resources", []),
                **more,
            }
            self.call("events", "PutEvents", {"Entries": [entry]})
        elif service == "logs":
            self._log(name.removeprefix("log-group:").removesuffix(":*"), text)
        elif service == "kinesis":
            stream = name.removeprefix("stream/")
            record = {"StreamName": stream, "Data": text.encode(), "PartitionKey": "event", **more}
            self.call("kinesis", "PutRecord", record)
        elif service == "firehose":
            stream = name.removeprefix("deliverystream/")
            self.call(
                "firehose", "PutRecord", {"DeliveryStreamName": stream, "Record": {"Data": text.encode()}}
            )
        elif service == "scheduler" and name.startswith("aws-sdk:"):
            self._call_api(name, payload)
        elif service == "s3":
            key = f"aws/lambda/{stamp(self.work.now)}.json"
            self.call("s3", "PutObject", {"Bucket": name, "Key": key, "Body": text.encode()})
        else:
            raise ValueError(f"aslrun has no local form of {service or arn} to deliver to")

    def _call_api(self, target: str, parameters: JSON) -> None:
        """Documentation: "Using universal targets in EventBridge Scheduler": `aws-sdk:sqs:sendMessage`."""
        _, called, action = target.split(":", 2)
        folder = folder_of(called)
        if folder is None or not isinstance(parameters, dict):
            raise ValueError(f"{target} with {to_json_text(parameters)[:80]} cannot be called")
        self.call(folder.name, f"{action[:1].upper()}{action[1:]}", parameters)

    def _log(self, group: str, text: str) -> None:
        stream = {"logGroupName": group, "logStreamName": "events"}
        known = self.call("logs", "DescribeLogStreams", {"logGroupName": group})["logStreams"]
        if not any(one["logStreamName"] == "events" for one in known):
            self.call("logs", "CreateLogStream", stream)
        event = {"timestamp": round(self.work.now * 1000), "message": text}
        self.call("logs", "PutLogEvents", {**stream, "logEvents": [event]})


def stamp(seconds: float) -> str:
    """Return a time as AWS writes it in events."""
    from aslrun.timestamps import format_timestamp

    return format_timestamp(seconds)


def asynchronous_of(config: Mapping[str, Any], dead: Mapping[str, Any]) -> Asynchronous:
    """Return how a function is invoked when nobody waits, by what a template or a request says of it."""
    destinations = config.get("DestinationConfig") or {}

    def destination(name: str) -> str | None:
        one = destinations.get(name)
        found = one.get("Destination") if isinstance(one, dict) else None
        return str(found) if found else None

    retries = config.get("MaximumRetryAttempts")
    dead_letters = dead.get("TargetArn")
    return Asynchronous(
        retries=RETRIES if retries is None else int(retries),
        age=float(config.get("MaximumEventAgeInSeconds") or 21_600),
        on_success=destination("OnSuccess"),
        on_failure=destination("OnFailure"),
        dead_letters=str(dead_letters) if dead_letters else None,
    )
