"""The shop, from a request to the table, on a virtual clock."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import aslrun

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def shop():
    with aslrun.serve(HERE / "template.yaml") as server:
        yield server


def ask(server, path, order=None):
    body = None if order is None else json.dumps(order).encode()
    request = urllib.request.Request(server.api_url + path, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def until(find):
    """Return what `find` finds, as soon as it does."""
    end = time.monotonic() + 20
    while not (found := find()):
        assert time.monotonic() < end, "nothing has come"
        time.sleep(0.02)
    return found


def test_an_order_goes_through_the_machine_into_the_table(shop):
    items = [{"price": 4, "quantity": 2}, {"price": 1.5, "quantity": 3}]
    assert ask(shop, "/orders", {"id": "7", "items": items}) == (201, {"id": "7", "total": 12.5})
    item = shop.client("dynamodb").get_item(TableName="Orders", Key={"id": {"S": "7"}})["Item"]
    assert item == {"id": {"S": "7"}, "total": {"N": "12.5"}}
    assert ask(shop, "/orders/7") == (200, {"id": "7", "total": 12.5})

    assert ask(shop, "/orders", {"id": "8", "items": []}) == (
        422,
        {"message": "there is nothing in the order"},
    )
    assert ask(shop, "/orders/8") == (404, {"message": "no such order"})
    assert ask(shop, "/carts") == (404, {"message": "Not Found"})


def test_what_cannot_be_packed_ends_in_the_other_queue(shop):
    tables, queues = shop.client("dynamodb"), shop.client("sqs")
    before = sales(tables)
    assert ask(shop, "/orders", {"id": "9", "items": [{"price": 1, "quantity": 1}]})[0] == 201
    assert ask(shop, "/orders", {"id": "10", "items": [{"price": 800, "quantity": 2}]})[0] == 201
    until(lambda: sales(tables) >= before + 2)

    unpacked = queues.get_queue_url(QueueName="Unpacked")["QueueUrl"]
    [message] = until(lambda: queues.receive_message(QueueUrl=unpacked).get("Messages"))
    assert json.loads(message["Body"]) == {"id": "10", "total": 1600}


def sales(tables):
    found = tables.get_item(TableName="Sales", Key={"id": {"S": "all"}}).get("Item")
    return int(found["orders"]["N"]) if found else 0
