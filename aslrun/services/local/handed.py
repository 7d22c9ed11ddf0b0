"""What moto delivers to functions, and to the targets of rules, handed over in place of that.

moto would run functions in Docker, and knows few targets. What stands for it is put in its place for the
length of a call, under the lock that is around every one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote_plus
from uuid import uuid4

from aslrun.services.local.subscriptions import matches_in_place
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class BusEvent:
    """An event that came to a bus, for one of its rules; whether its pattern matches is not decided."""

    rule: str
    arn: str
    pattern: Mapping[str, JSON]
    targets: list[dict[str, Any]]
    event: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message of a topic, for a function that is subscribed; its filter policy is not asked yet."""

    subscription: str
    topic: str
    function: str
    message: str
    id: str
    subject: str | None
    attributes: Mapping[str, Mapping[str, Any]]
    filter_policy: Mapping[str, JSON] | None
    of_body: bool


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """What became of an object, for a function that its bucket notifies."""

    function: str
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DelayedMessage:
    """A message that may be received after so many seconds; `show` lets it be received."""

    seconds: float
    show: Callable[[], None]


Handed: TypeAlias = BusEvent | TopicMessage | ObjectEvent | DelayedMessage
SERVED = (":sqs:", ":logs:", ":events:")
"""What is in the ARNs of targets that moto can deliver to."""


@contextmanager
def handing_over(give: Callable[[Handed], None] | None, *, of_tags: bool = False) -> Iterator[None]:
    """Let moto hand over what it would deliver; without `give` it delivers what it can, and leaves out the
    rest. `of_tags` tells whether a request is about an object's tags: moto tells of these at each PutObject.
    """
    undo: list[tuple[Any, str, Any]] = []

    def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        was = getattr(owner, name)
        undo.append((owner, name, was))
        setattr(owner, name, make(was))

    if (events := sys.modules.get("moto.events.models")) is not None:
        replace(events.Rule, "send_to_targets", lambda was: _to_targets(was, give))
    if (topics := sys.modules.get("moto.sns.models")) is not None:
        replace(topics.Subscription, "publish", lambda was: _publish(was, give))
        replace(topics.FilterPolicyMatcher, "matches", lambda was: matches_in_place)
    if (objects := sys.modules.get("moto.s3.notifications")) is not None:
        replace(objects, "_invoke_awslambda", lambda was: _invoke(give))
        replace(objects, "_send_event_bridge_message", lambda was: object_to_bus)
        replace(objects, "_get_s3_event", _object_event)
        replace(objects, "send_event", lambda was: _notify(was, of_tags=of_tags))
    if (queues := sys.modules.get("moto.sqs.models")) is not None:
        replace(queues.Message, "delay", lambda was: _delay(was, give))
    try:
        yield
    finally:
        for owner, name, was in reversed(undo):
            setattr(owner, name, was)


def _to_targets(was: Any, give: Callable[[Handed], None] | None) -> Any:
    def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        archives = [one for one in rule.targets if _is_archive(one["Arn"])]
        others = [one for one in rule.targets if not _is_archive(one["Arn"])]
        if give is not None and others and rule.state == "ENABLED":
            event = {name: one for name, one in original_event.items() if name not in _OF_MOTO}
            if not isinstance(event.get("time"), str):
                event["time"] = format_timestamp(float(event["time"]))[:19] + "Z"
            pattern = rule.event_pattern.get_pattern()
            if pattern:
                give(BusEvent(rule.name, rule.arn, pattern, [*others], event))
            others = []
        kept = archives + [one for one in others if any(word in one["Arn"] for word in SERVED)]
        targets, rule.targets = rule.targets, kept
        try:
            was(rule, original_event, transform_input)
        finally:
            rule.targets = targets

    return send_to_targets


_OF_MOTO = ("ingestion-time", "archive-arn", "replay-name")


def _is_archive(arn: str) -> bool:
    return ":events:" in arn and arn.endswith(":::")


def _publish(was: Any, give: Callable[[Handed], None] | None) -> Any:
    def publish(
        subscription: Any,
        message: str,
        message_id: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        if subscription.protocol != "lambda":
            was(subscription, message, message_id, subject, message_attributes, **more)
        elif give is not None:
            if more.get("message_structure") == "json":
                message = subscription._parse_message_structure(message, "lambda")
            of_body = subscription.attributes.get("FilterPolicyScope") == "MessageBody"
            give(
                TopicMessage(
                    subscription.arn,
                    subscription.topic_arn,
                    subscription.endpoint,
                    message,
                    message_id,
                    subject,
                    message_attributes or {},
                    subscription._filter_policy,
                    of_body,
                )
            )

    return publish


def _invoke(give: Callable[[Handed], None] | None) -> Any:
    def invoke(account_id: str, event_body: dict[str, Any], fn_arn: str, region_name: str) -> None:
        if give is not None:
            give(ObjectEvent(fn_arn, event_body))

    return invoke


def _notify(was: Any, *, of_tags: bool) -> Any:
    def send_event(account_id: str, event_name: str, bucket: Any, key: Any) -> None:
        if of_tags or not event_name.startswith("s3:ObjectTagging:"):
            was(account_id, event_name, bucket, key)

    return send_event


def _object_event(was: Any) -> Any:
    """Return what makes the message of a notification, with what moto leaves out. Documentation: "Event
    message structure"."""

    def get_s3_event(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        event: dict[str, Any] = was(event_name, bucket, key, notification_id)
        for record in event["Records"]:
            told = record["s3"]["object"]
            told |= {"key": quote_plus(key.name, safe="/"), "sequencer": _sequencer()}
            if bucket.is_versioned and key.version_id:
                told["versionId"] = key.version_id
        return event

    return get_s3_event


def _sequencer() -> str:
    """Return a text that is greater the later it is."""
    return f"{time.time_ns():018X}"


def object_to_bus(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    """Tell the default bus what became of an object. Documentation: "EventBridge event message structure"."""
    from moto.events.models import events_backends
    from moto.s3.notifications import _detail_type

    kind, _, how = event_name[3:].partition(":")
    told: dict[str, Any] = {"key": key.name, "size": key.size, "etag": key.etag.replace('"', "")}
    if bucket.is_versioned:
        told["version-id"] = key.version_id
    detail: dict[str, Any] = {"version": "0", "bucket": {"name": bucket.name}, "object": told}
    if kind == "ObjectRemoved":
        del told["size"]
        is_marker = how == "DeleteMarkerCreated"
        detail["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    if kind in ("ObjectCreated", "ObjectRemoved"):
        told["sequencer"] = _sequencer()
        detail["reason"] = _REASONS.get(how, "DeleteObject" if kind == "ObjectRemoved" else how)
    detail |= {"request-id": uuid4().hex[:16].upper(), "requester": account_id}
    detail["source-ip-address"] = "127.0.0.1"
    event: Any = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": _detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    bus = events_backends[account_id][bucket.region_name].event_buses.get("default")
    for rule in bus.rules.values() if bus is not None else ():
        rule.send_to_targets(event, transform_input=False)


_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
"""What an event of S3's ends with → what EventBridge tells of its reason."""


def _delay(was: Any, give: Callable[[Handed], None] | None) -> Any:
    def delay(message: Any, delay_seconds: int) -> None:
        was(message, delay_seconds)
        if give is not None:
            give(DelayedMessage(float(delay_seconds), lambda: setattr(message, "delayed_until", 0.0)))

    return delay
