"""What a rule's target is given of an event."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.server.events.inputs import input_of

EVENT: dict[str, Any] = {
    "source": "shop",
    "detail": {"id": "7", "n": 3, "who": 'Ann "A"', "list": [{"x": 1}, {"x": 2}]},
}


def transformer(template: str, **paths: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, EVENT),
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"Input": "plain"}, "plain"),
        ({"InputPath": "$.detail"}, EVENT["detail"]),
        ({"InputPath": "$.detail.list[1].x"}, 2),
        ({"InputPath": "$.detail.nothing"}, None),
        (transformer('{"id": <id>, "n": <n>}', id="$.detail.id", n="$.detail.n"), {"id": "7", "n": 3}),
        (transformer('{"text": "order <id> of <who>"}', id="$.detail.id", who="$.detail.who"),
         {"text": 'order 7 of Ann "A"'}),
        (transformer('"order <id>"', id="$.detail.id"), "order 7"),
        (transformer('{"all": <list>}', list="$.detail.list"), {"all": [{"x": 1}, {"x": 2}]}),
        (transformer('{"rule": <aws.events.rule-name>}'), {"rule": "r"}),
        (transformer('{"event": <aws.events.event.json>}'), {"event": EVENT}),
    ],
)  # fmt: skip
def test_input(target: dict[str, Any], expected: Any) -> None:
    assert input_of(target, EVENT, "arn:rule/r", "r", "2026-01-01T00:00:00Z") == expected
