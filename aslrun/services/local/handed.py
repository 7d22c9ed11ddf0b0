"""What moto delivers to functions, and to the targets of rules, handed over in place of that.

moto would run functions in Docker, and knows few targets. What stands for it is put in its place for the
length of a call, under the lock that is around every one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

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
def handing_over(give: Callable[[Handed], None] | None) -> Iterator[None]:
    """Let moto hand over what it would deliver; without `give` it delivers what it can, and leaves out the
    rest."""
    undo: list[tuple[Any, str, Any]] = []

    def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        was = getattr(owner, name)
        undo.append((owner, name, was))
        setattr(owner, name, make(was))

    if (events := sys.modules.get("moto.events.models")) is not None:
        replace(events.Rule, "send_to_targets", lambda was: _to_targets(was, give))
    if (topics := sys.modules.get("moto.sns.models")) is not None:
        replace(topics.Subscription, "publish", lambda was: _publish(was, give))
    if (objects := sys.modules.get("moto.s3.notifications")) is not None:
        replace(objects, "_invoke_awslambda", lambda was: _invoke(give))
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


def _delay(was: Any, give: Callable[[Handed], None] | None) -> Any:
    def delay(message: Any, delay_seconds: int) -> None:
        was(message, delay_seconds)
        if give is not None:
            give(DelayedMessage(float(delay_seconds), lambda: setattr(message, "delayed_until", 0.0)))

    return delay
