"""Metrics that functions embed in their logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun.observe.metrics.embedded import embedded_metrics

NOW = 1_795_930_000.0


def line(**changed: Any) -> str:
    directive = {
        "Namespace": "shop",
        "Dimensions": [["service"], ["service", "stage"]],
        "Metrics": [{"Name": "latency", "Unit": "Milliseconds"}],
        **changed.pop("directive", {}),
    }
    about = {"Timestamp": int(NOW * 1000), "CloudWatchMetrics": [directive], **changed.pop("about", {})}
    return json.dumps({"_aws": about, "service": "pay", "stage": "dev", "latency": [1, 2.5], **changed})


def test_each_value_counts_in_each_set_of_dimensions() -> None:
    metrics, dropped = embedded_metrics([(NOW, line()), (NOW, "something else")])
    assert dropped == []
    assert [(one.value, one.unit, len(one.dimensions)) for one in metrics] == [
        (1, "Milliseconds", 1), (2.5, "Milliseconds", 1), (1, "Milliseconds", 2), (2.5, "Milliseconds", 2),
    ]  # fmt: skip
    assert metrics[0].namespace == "shop"
    assert metrics[0].dimensions == (("service", "pay"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[INFO]\tnow\tid\t" + line(), "one JSON object and nothing else"),
        (json.dumps({"level": "INFO", "message": json.loads(line())}), "_aws must be an object at the root"),
        (line(latency="fast"), "the metric 'latency' must be a number"),
        (line(latency=[1] * 101), "more than 100 values"),
        (line(service=3), "the dimension 'service' must be a text"),
        (line(about={"Timestamp": "now"}), "milliseconds since 1970"),
        (line(about={"Timestamp": int(NOW)}), "14 days before or 2 hours after"),
        (line(directive={"Metrics": [{"Name": "latency", "Unit": "ms"}]}), "Unit is 'ms'"),
        (line(directive={"Metrics": [{"Name": "latency"}] * 101}), "Metrics has more than 100"),
        (line(directive={"Dimensions": ["service"]}), "a list of lists of names"),
        (line(directive={"Namespace": ""}), "Namespace must be a text"),
        (line(directive={"Metrics": [{"Name": "latency", "Unit": ["Count"]}]}), "Unit is ['Count']"),
        (line(directive={"Metrics": [{"Name": "half \ud800"}]}), "Name must be a text"),
        (line(directive={"Dimensions": [[":service"]]}), "no ':' in front"),
        (line(service="Größe"), "ASCII"),
        (line(about={"Timestamp": float("nan")}), "milliseconds since 1970"),
        (line(about={"Timestamp": float("inf")}), "milliseconds since 1970"),
        (line(latency=float("nan")), "no NaN"),
        (line(latency=[1, float("inf")]), "no NaN or Infinity"),
        (line(latency=10**400), "between -2^360 and 2^360"),
        ('{"_aws": {"CloudWatchMetrics": ' + "[" * 100_000, "one JSON object and nothing else"),
        (line(directive={"Dimensions": [[f"d{n}" for n in range(31)]]}), "more than 30 names"),
    ],
)  # fmt: skip
def test_a_line_that_cloudwatch_would_drop_says_why(text: str, why: str) -> None:
    metrics, (told,) = embedded_metrics([(NOW, text)])
    assert metrics == []
    assert why in told
