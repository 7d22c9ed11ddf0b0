"""A server for all tests of a module, and what makes machines on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from aslrun.server.serving import Server, serve

ROLE = "arn:aws:iam::123456789012:role/states"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": 1}, "End": True}}}
_names = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(show=lambda function, line: None) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Any:
    return server.client("stepfunctions")


class Machines:
    """Makes state machines with names of their own."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create(self, definition: Any = None, **more: Any) -> Any:
        name = more.pop("name", None) or f"machine-{next(_names)}"
        text = definition if isinstance(definition, str) else json.dumps(definition or PASS)
        return self.client.create_state_machine(name=name, definition=text, roleArn=ROLE, **more)

    def arn(self, definition: Any = None, **more: Any) -> str:
        arn: str = self.create(definition, **more)["stateMachineArn"]
        return arn


@pytest.fixture
def machines(client: Any) -> Machines:
    return Machines(client)


def refused(call: Any, *args: Any, **more: Any) -> tuple[str, str]:
    """Return the error's name and message that a call is refused with."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call(*args, **more)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
