"""A SAM project in a folder, served on a virtual clock: its functions write what they were given to a
table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.server.serving import Server, serve

HANDLER = """
import json, os, boto3

def handler(event, context):
    table = boto3.client("dynamodb")
    number = table.update_item(
        TableName="Seen", Key={"id": {"S": "count"}}, UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="UPDATED_NEW")["Attributes"]["n"]["N"]
    table.put_item(TableName="Seen", Item={"id": {"S": f"event {int(number):03d}"},
                                           "function": {"S": context.function_name},
                                           "event": {"S": json.dumps(event)}})
    text = json.dumps(event)
    if "poison" in text:
        raise ValueError("poison")
    return {"seen": int(number)}
"""
SEEN = """
  Seen:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Seen
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


def things(view: str) -> str:
    """Return a template's table `Things`, whose stream has a view of its items."""
    return f"""\
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Things
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: {view}}}
"""


class Project:
    """What is served, and what its functions have seen."""

    def __init__(self, server: Server, lines: list[str]) -> None:
        self.server = server
        self.lines = lines

    def client(self, service: str) -> Any:
        return self.server.client(service)

    def seen(self) -> list[Any]:
        """Return the events that functions were given, in their order."""
        self.server.settle()
        items = self.client("dynamodb").scan(TableName="Seen", ConsistentRead=True)["Items"]
        events = sorted((one["id"]["S"], one["event"]["S"]) for one in items if "event" in one)
        return [json.loads(event) for _, event in events]

    def told(self, part: str) -> list[str]:
        """Return the lines that were said, of those that have a text in them."""
        return [line for line in self.lines if part in line]


Serve = Callable[..., Project]


def serving(folder: Path, template: str, handlers: dict[str, str] | None = None, **more: Any) -> Project:
    """Serve a template (its resources, after those of SEEN) with `app.py` and other files beside it."""
    for name, code in {"app.py": HANDLER, **(handlers or {})}.items():
        (folder / name).write_text(code)
    head = (
        "Transform: AWS::Serverless-2016-10-31\n"
        "Globals: {Function: {Runtime: python3.12, Handler: app.handler, CodeUri: .}}\n"
    )
    (folder / "template.yaml").write_text(f"{head}Resources:{SEEN}{template}")
    lines: list[str] = []

    def show(function: str, line: str) -> None:
        lines.append(f"{function} | {line}")

    return Project(serve(folder / "template.yaml", show=show, **more), lines)


@pytest.fixture
def serve_project(tmp_path: Path) -> Iterator[Serve]:
    """Serves templates; what is served is closed at the end."""
    made: list[Project] = []

    def serve(template: str, handlers: dict[str, str] | None = None, **more: Any) -> Project:
        made.append(serving(tmp_path, template, handlers, **more))
        return made[-1]

    yield serve
    for one in made:
        one.server.close()
