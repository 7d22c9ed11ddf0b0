"""moto's queues without what makes each call cost as much as all messages that are in the queue.

moto counts a queue's messages three times over for each one that is sent or received, and looks at all of
them twice for each that is deleted. What stands for that answers the same, and is put in its place for the
length of a call, under the lock that is around every one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _Visible:
    """The messages of a queue that may be received now; they are looked at when they are asked for."""

    def __init__(self, messages: list[Any], now: float) -> None:
        self._messages = messages
        self._now = now

    def __iter__(self) -> Iterator[Any]:
        now = self._now
        return (one for one in self._messages if now > one.visible_at and now >= one.delayed_until)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)


def _now() -> float:
    from moto.core.utils import unix_time_millis

    return unix_time_millis()


def _visible(queue: Any) -> _Visible:
    return _Visible(queue._messages, _now())


def _count_received(queue: Any) -> int:
    now = _now()
    return sum(1 for one in queue._messages if now <= one.visible_at)


def _count_delayed(queue: Any) -> int:
    now = _now()
    return sum(1 for one in queue._messages if now < one.delayed_until)


def _delete(queue: Any, handle: str) -> None:
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    if handle in queue.deleted_messages:
        return
    for at, message in enumerate(queue._messages):  # those that were received are the first ones
        if message.had_receipt_handle(handle):
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(message.all_receipt_handles)
            queue._messages = [*queue._messages[:at], *queue._messages[at + 1 :]]
            return
    raise ReceiptHandleIsInvalid()


def _is_retained(backend: Any, name: str, message: Any) -> bool:
    period: float = backend.get_queue(name).message_retention_period
    sent: float = message.sent_timestamp
    return period * 1000 + sent > _now()


def _counting(theirs: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """Return what tells a queue's attributes, the counts too: nobody else asks for these."""

    def get_queue_attributes(backend: Any, *given: Any, **more: Any) -> Any:
        queue = sys.modules["moto.sqs.models"].Queue
        uncounted, queue.BASE_ATTRIBUTES = queue.BASE_ATTRIBUTES, names
        try:
            return theirs(backend, *given, **more)
        finally:
            queue.BASE_ATTRIBUTES = uncounted

    return get_queue_attributes


@contextmanager
def flat_queues() -> Iterator[None]:
    """Let calls to queues cost the same however much is in them."""
    models: Any = sys.modules.get("moto.sqs.models")
    if models is None:  # no queue is there
        yield
        return
    names = models.Queue.BASE_ATTRIBUTES
    told = models.SQSBackend.get_queue_attributes
    places = (
        (models.Queue, "BASE_ATTRIBUTES", [one for one in names if not one.startswith("Approximate")]),
        (models.SQSBackend, "get_queue_attributes", _counting(told, names)),
        (models.Queue, "messages", property(_visible)),
        (models.Queue, "approximate_number_of_messages_not_visible", property(_count_received)),
        (models.Queue, "approximate_number_of_messages_delayed", property(_count_delayed)),
        (models.Queue, "delete_message", _delete),
        (models.SQSBackend, "is_message_valid_based_on_retention_period", _is_retained),
    )
    theirs = [(owner, name, owner.__dict__[name]) for owner, name, _ in places]
    for owner, name, own in places:
        setattr(owner, name, own)
    try:
        yield
    finally:
        for owner, name, their in theirs:
            setattr(owner, name, their)
