"""The shop, from a request to the table, on a virtual clock."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import aslrun

HERE = Path(__file__).parent


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.chdir(HERE)
    with aslrun.serve("template.yaml") as server:
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
