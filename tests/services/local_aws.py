"""A local AWS of a test's own, and what calls it as a Task does."""

from __future__ import annotations

from typing import Any

from aslrun.drivers.calls import Call
from aslrun.errors import StateError
from aslrun.services.calls import AwsServices
from aslrun.services.places import Aws


class LocalAws(Aws):
    """The local AWS; nothing is shared with another of them."""

    def __init__(self) -> None:
        super().__init__("local")
        self.services = AwsServices(self)

    def call_task(self, action: str, arguments: Any) -> Any:
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
