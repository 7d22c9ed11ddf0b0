"""Queues of the local AWS: what moto says of them, at a cost that does not grow with what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aslrun.services.places import Aws, aws_at

COUNTS = ["", "NotVisible", "Delayed"]


@pytest.fixture
def aws() -> Iterator[Aws]:
    with aws_at("local") as aws:
        yield aws


def made(aws: Aws, messages: int, **attributes: str) -> str:
    """Create a queue with so many messages; return its URL."""
    url = str(aws.call("sqs", "CreateQueue", {"QueueName": "q", "Attributes": attributes})["QueueUrl"])
    for first in range(0, messages, 10):
        entries = [{"Id": str(one), "MessageBody": str(first + one)} for one in range(10)]
        aws.call("sqs", "SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    return url


def received(aws: Aws, url: str, **more: Any) -> list[dict[str, Any]]:
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, **more}
    return list(aws.call("sqs", "ReceiveMessage", asked).get("Messages", []))


def counts(aws: Aws, url: str) -> list[int]:
    """Return how many messages are visible, received, and delayed."""
    names = [f"ApproximateNumberOfMessages{one}" for one in COUNTS]
    told = aws.call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})["Attributes"]
    return [int(told[name]) for name in names]


def test_messages_are_received_in_turn_counted_and_deleted(aws: Aws) -> None:
    url = made(aws, 20)
    aws.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "later", "DelaySeconds": 900})
    assert counts(aws, url) == [20, 0, 1]
    first, second = received(aws, url), received(aws, url)
    assert [one["Body"] for one in first + second] == [str(number) for number in range(20)]
    assert received(aws, url) == []
    assert counts(aws, url) == [0, 20, 1]
    handle = second[3]["ReceiptHandle"]
    for _ in range(2):  # the second time it is gone already
        aws.call("sqs", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})
    assert counts(aws, url)[1] == 19
    back = {"QueueUrl": url, "ReceiptHandle": first[0]["ReceiptHandle"], "VisibilityTimeout": 0}
    aws.call("sqs", "ChangeMessageVisibility", back)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        aws.call("sqs", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": "none"})


def test_a_call_does_not_look_at_all_messages(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    url = made(aws, 300)
    import moto.sqs.models as models

    looks = 0

    def counted(was: Any) -> Any:
        def look(*given: Any) -> Any:
            nonlocal looks
            looks += 1
            return was(*given)

        return look

    visible: Any = models.Message.__dict__["visible"]
    monkeypatch.setattr(models.Message, "visible", property(counted(visible.fget)))
    monkeypatch.setattr(models.Message, "had_receipt_handle", counted(models.Message.had_receipt_handle))
    messages = received(aws, url)
    entries = [{"Id": one["Body"], "ReceiptHandle": one["ReceiptHandle"]} for one in messages]
    told = aws.call("sqs", "DeleteMessageBatch", {"QueueUrl": url, "Entries": entries})
    assert len(told["Successful"]) == 10
    assert looks < 100


def test_others_in_this_process_have_motos_own_queues(aws: Aws) -> None:
    made(aws, 10)
    import moto.sqs.models as models

    assert models.Queue.delete_message.__module__ == "moto.sqs.models"
    assert "ApproximateNumberOfMessages" in models.Queue.BASE_ATTRIBUTES


def test_to_send_counts_no_messages(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from aslrun.services.local import queues

    counted: list[object] = []

    def count(queue: object) -> int:
        counted.append(queue)
        return 0

    monkeypatch.setattr(queues, "_count_delayed", count)
    url = made(aws, 20)
    assert counted == []
    assert counts(aws, url) == [20, 0, 0]
    assert counted
