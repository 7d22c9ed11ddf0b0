"""An AWS in this process, for tests: moto behind botocore's own clients, one world for each."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

from aslrun.drivers.calls import Call
from aslrun.errors import StateError
from aslrun.services.calls import AwsServices


@cache
def _session() -> Any:
    from botocore.session import Session

    return Session()


class LocalAws:
    """Clients that moto answers; nothing is shared with another of them."""

    def __init__(self) -> None:
        from moto.core.botocore_stubber import BotocoreStubber

        self._stub = BotocoreStubber()
        self._stub.enabled = True
        self._account = f"{uuid4().int % 10**12:012d}"
        self._clients: dict[str, Any] = {}
        self.services = AwsServices(self)

    def client(self, service: str) -> Any:
        from botocore.config import Config

        if service not in self._clients:
            client = _session().create_client(
                service,
                "us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )
            client.meta.events.register_first("before-send", self._stub)
            client.meta.events.register("before-sign", self._own)
            self._clients[service] = client
        return self._clients[service]

    def _own(self, request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = self._account

    def call(self, action: str, arguments: Any) -> Any:
        """Call `SERVICE:ACTION` as a Task does; an error of the service is returned as (error, cause)."""
        try:
            return self.services.invoke(Call(f"arn:aws:states:::{action}", arguments, "Task"))
        except StateError as failed:
            return failed.error, failed.cause

    def make_table(self, name: str = "orders") -> str:
        """Make a table whose items have an `id`."""
        self.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def make_bucket(self) -> str:
        """Make a bucket of a name that no other test has, for moto has them for all accounts."""
        name = f"bucket-{self._account}"
        self.client("s3").create_bucket(Bucket=name)
        return name
