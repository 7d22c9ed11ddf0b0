"""The booking, with what it leaves in the tables and queues of the local AWS."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BOOKING = json.loads((HERE / "in.json").read_text())


@pytest.fixture
def booking(state_machine):
    return state_machine("template.yaml:BookingMachine")


def price(event):
    return {"price": event["rate"] * event["nights"]}


def test_a_room_is_booked(booking):
    execution = booking.execute(BOOKING, functions={"price": price})
    assert execution.output == {"room": "7", "price": 240, "receipt": "R-240", "key": "7-A"}
    [payment] = execution.started
    assert payment.path == ["CheckCard", "Settle", "Receipt"]

    table = execution.aws.resource("dynamodb").Table("bookings")
    [item] = table.scan()["Items"]
    assert item == {"room": "7", "from": "2027-05-01", "guest": "Ada", "receipt": "R-240"}
    assert messages(execution, "cleaning") == [
        json.dumps({"room": "7", "before": "2027-05-01"}, separators=(",", ":"))
    ]
    assert messages(execution, "mailbox") == ["Ada: room 7 from 2027-05-01"]


def test_the_house_says_no(booking):
    refuse = {"AskHouse": TimeoutError("the house is closed")}
    execution = booking.execute(BOOKING, functions={"price": price, "house": None}, answers=refuse)
    assert (execution.error, execution.cause) == ("TimeoutError", "the house is closed")


def test_a_card_that_is_declined_books_nothing(booking):
    execution = booking.execute({**BOOKING, "card": "4000 0000 0000 0002"}, functions={"price": price})
    assert (execution.error, execution.cause) == ("NotPaid", "the bank does not pay")
    assert execution.aws.resource("dynamodb").Table("bookings").scan()["Items"] == []


def test_a_room_that_is_not_there(booking):
    execution = booking.execute({**BOOKING, "room": "9"})
    assert (execution.error, execution.cause) == ("NoSuchRoom", "there is no room 9")


def messages(execution, queue):
    sqs = execution.aws.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]
