"""Wait in its four forms: how long, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("fields", "input", "waited"),
    [
        ({"Seconds": 3600}, {}, 3600),
        ({"Seconds": 0}, {}, 0),
        ({"SecondsPath": "$.s"}, {"s": 5}, 5),
        ({"Timestamp": "2026-02-02T02:41:00Z"}, {}, 60),
        ({"Timestamp": "2026-02-02T03:41:00+01:00"}, {}, 60),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, {}, 0),
        ({"TimestampPath": "$.t"}, {"t": "2026-02-02T02:40:01.500Z"}, 1.5),
        ({"TimestampPath": "$.t"}, {"t": "2016-03-05T21:29:29.243167252Z"}, 0),
    ],
)
def test_how_long(run: Run, fields: dict[str, Any], input: Any, waited: float) -> None:
    execution = run({"W": {"Type": "Wait", **fields, "End": True}}, input)
    assert execution.status == "SUCCEEDED"
    assert execution.output == input
    assert execution.waited == pytest.approx(waited)


def test_the_history_keeps_the_modelled_times(run: Run) -> None:
    history = run({"W": {"Type": "Wait", "Seconds": 60, "End": True}}).history
    assert [event["timestamp"] for event in history] == [
        "2026-02-02T02:40:00.000000+00:00",
        "2026-02-02T02:40:00.000000+00:00",
        "2026-02-02T02:41:00.000000+00:00",
        "2026-02-02T02:41:00.000000+00:00",
    ]


@pytest.mark.parametrize(
    ("fields", "input", "cause"),
    [
        ({"SecondsPath": "$.s"}, {}, "The SecondsPath parameter does not reference an input value: $.s"),
        ({"SecondsPath": "$.s"}, {"s": 1.5}, "cannot be parsed as a long value: $.s == 1.5"),
        ({"SecondsPath": "$.s"}, {"s": "5"}, "cannot be parsed as a long value"),
        ({"SecondsPath": "$.s"}, {"s": -1}, "references a negative value: $.s == -1"),
        ({"SecondsPath": "$.s"}, {"s": 2**31}, "Wait state delay is too long."),
        ({"TimestampPath": "$.t"}, {}, "The TimestampPath parameter does not reference an input value: $.t"),
        ({"TimestampPath": "$.t"}, {"t": "2026-13-01T00:00:00Z"}, "valid ISO-8601"),
        ({"TimestampPath": "$.t"}, {"t": "2026-01-01T00:00:00"}, "valid ISO-8601"),
        ({"TimestampPath": "$.t"}, {"t": "2026-01-01 00:00:00Z"}, "valid ISO-8601"),
        ({"TimestampPath": "$.t"}, {"t": 5}, "$.t == 5"),
        ({"Timestamp": "2200-01-01T00:00:00Z"}, {}, "Wait state delay is too long."),
    ],
)
def test_what_is_refused(run: Run, fields: dict[str, Any], input: Any, cause: str) -> None:
    execution = run({"W": {"Type": "Wait", **fields, "End": True}}, input)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert cause in execution.cause
