"""What an execution came near to, and where its time went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command

from aslrun import load
from aslrun.functions.report import Invocation
from aslrun.graph.visits import read_journey
from aslrun.observe.observed import Observed, observe
from aslrun.observe.profile import StateTimes, profile_of
from aslrun.observe.quotas import near_limits
from aslrun.views.summary import describe, summarise

PASS = {"Type": "Pass", "End": True}


def near(definition: Any, input: Any = None) -> list[str]:
    return [str(one) for one in near_limits(observe(load(definition).execute(input)))]


def test_data_near_its_limit_has_its_state() -> None:
    told = near({"StartAt": "Big", "States": {"Big": PASS}}, "x" * 220_000)
    assert told == ["data in Big: 220,002 of 262,144 bytes (84%)"]


def test_a_map_of_which_twice_the_items_are_too_many() -> None:
    inner = {"StartAt": "A", "States": {"A": PASS}}
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    definition = {"StartAt": "Each", "States": {"Each": each}}
    (told,) = near(definition, [*range(4_000)])
    assert told.startswith("events that grow with the items in Each: 4,000 of 6,24")
    assert near(definition, [*range(2_000)]) == []


def test_events_near_their_limit() -> None:
    inner = {"StartAt": "A", "States": {"A": PASS}}
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    told = near({"StartAt": "Each", "States": {"Each": each}}, [*range(5_500)])
    assert told[0] == "events: 22,006 of 25,000 (88%)"


def test_a_function_near_its_time_and_memory() -> None:
    invocation = Invocation(
        "pay", "$LATEST", "id", 2.5, None, 128, 120, None, "x86_64", "python3.11", 3.0, "Text", None
    )
    history = load({"StartAt": "A", "States": {"A": PASS}}).execute({}).history
    execution = Observed("arn:aws:states:r:1:execution:m:n", "arn:aws:states:r:1:stateMachine:m", "STANDARD",
                         history, invocations={1: [invocation]})  # fmt: skip
    assert [str(one) for one in near_limits(execution)] == [
        "time in pay: 2.5 of 3 s (83%)",
        "memory in pay: 120 of 128 MB (94%)",
    ]


def test_the_summary_and_json_tell_what_was_near() -> None:
    execution = load({"StartAt": "Big", "States": {"Big": PASS}}).execute("x" * 220_000)
    assert "near: data in Big: 220,002 of 262,144 bytes (84%)" in summarise(execution, 0.1)
    data = {"what": "data", "where": "Big", "used": 220_002, "limit": 262_144, "unit": "bytes"}
    assert describe(execution)["nearLimits"] == [data]


PARALLEL = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Next": "Try",
            "Branches": [
                {"StartAt": "Short", "States": {"Short": {"Type": "Wait", "Seconds": 1, "End": True}}},
                {
                    "StartAt": "Long",
                    "States": {
                        "Long": {"Type": "Wait", "Seconds": 5, "Next": "After"},
                        "After": PASS,
                    },
                },
            ],
        },
        "Try": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 1}],
            "End": True,
        },
    },
}


def test_the_critical_path_goes_through_the_branch_that_ended_last() -> None:
    execution = load(PARALLEL).execute({}, functions={"f": (ValueError("no"), {})})
    profile = profile_of(read_journey(execution.history))
    assert [(step.visit.name, step.depth) for step in profile.path] == [
        ("Both", 0), ("Long", 1), ("After", 1), ("Try", 0),
    ]  # fmt: skip
    assert profile.waiting == 5
    assert profile.retrying == pytest.approx(3, abs=0.5)
    assert profile.seconds == pytest.approx(8, abs=0.5)


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    times = StateTimes("A", [1.0, 2.0, 3.0, 4.0])
    assert [times.percentile(of) for of in (50, 90, 100)] == [2.0, 4.0, 4.0]


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(json.dumps(PARALLEL))
    for name in ("one.json", "two.json"):
        ran = run_command("execute", "m.asl.json", "--mock", "Try={}", "--history", name, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
    ran = run_command("profile", "one.json", "two.json", cwd=tmp_path)
    assert "one.json: 5 s, on its critical path:" in ran.stdout
    assert "    Long" in ran.stdout
    assert "Short" not in ran.stdout.partition("States of")[0]
    told = json.loads(run_command("profile", "one.json", "--json", cwd=tmp_path).stdout)
    assert told["executions"][0]["waiting"] == 5
    assert {one["state"]: one["p50"] for one in told["states"]}["Long"] == 5
