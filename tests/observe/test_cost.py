"""What executions cost."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import run_command

from aslrun import load
from aslrun.errors import UsageError
from aslrun.observe.cost.bill import bill_of, cost_of
from aslrun.observe.cost.prices import Prices, in_tiers, own_prices, read_prices
from aslrun.observe.cost.usage import BASE_MEMORY, MB, Usage, round_memory, usage_of
from aslrun.observe.observed import observe
from aslrun.testing.result import ExecutionResult

PRICES = read_prices(own_prices())


def lambda_usage(memory: int, milliseconds: int, number: int) -> Usage:
    usage = Usage()
    usage.invocations[("f", "x86_64", memory, milliseconds)] = number
    return usage


def old_lambda() -> Prices:
    """Lambda's prices on the page that has these examples."""
    return replace(PRICES, lambda_gb_second={"x86_64": [(None, 0.00001667)]})


def test_the_express_example_of_the_pricing_page() -> None:
    """AWS Step Functions Pricing, the example of 100 million workflows of 10 seconds: 50 KB of definition,
    400 Map steps of 32 KB, $100.00 for requests and $382.97 for duration."""
    memory = round_memory(BASE_MEMORY + (50 * 1024 + 400 * 32 * 1024) / MB)
    assert memory == 64
    bill = bill_of(Usage(express=Counter({(10.0, memory): 1})), PRICES, runs=100_000_000)
    assert [round(line.cost, 2) for line in bill.lines] == [100.00, 382.97]
    assert round(bill.total, 2) == 482.97


@pytest.mark.parametrize(
    ("memory", "milliseconds", "number", "duration", "requests"),
    [(512, 1000, 3_000_000, 18.34, 0.40), (128, 200, 30_000_000, 5.83, 5.80)],
)
def test_examples_of_lambdas_pricing_page(
    memory: int, milliseconds: int, number: int, duration: float, requests: float
) -> None:
    """AWS Lambda Pricing, examples 1 and 2 (of the page with $0.00001667 per GB-s): $18.74 and $11.63."""
    usage = lambda_usage(memory, milliseconds, 1)
    bill = bill_of(usage, old_lambda(), runs=number, free_tier=True)
    assert [round(line.cost, 2) for line in bill.lines] == [requests, duration]


def test_a_retry_is_a_transition() -> None:
    machine = load(
        {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": "f"},
                    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
                    "Next": "B",
                },
                "B": {"Type": "Pass", "End": True},
            },
        }
    )
    execution = machine.execute({}, functions={"f": (ValueError("1"), ValueError("2"), {})})
    usage = usage_of(observe(execution))
    assert usage.transitions == {"A": 3, "B": 1}
    cost = cost_of(observe(execution))
    assert cost.total == pytest.approx(4 * 0.000025)
    assert cost.bill.by_state == pytest.approx({"A": 3 * 0.000025, "B": 0.000025})
    assert cost.other is not None
    # 64 MB for 3 s of retry delays, in full 100 ms
    assert cost.other.total == pytest.approx(0.000001 + 3.0 / 16 / 3600 * 0.06, rel=0.02)


def test_what_waits_for_long_cannot_be_express() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 301, "End": True}}})
    cost = ExecutionResult(machine.execute({})).cost
    assert (cost.other, cost.why_not) == (None, "it takes longer than 5 minutes")


def test_tiers() -> None:
    assert in_tiers(15, [(10, 2.0), (None, 1.0)]) == 25
    assert in_tiers(5, [(10, 2.0), (None, 1.0)]) == 10


@pytest.mark.parametrize(
    ("text", "region", "why"),
    [
        ("{", "us-east-1", "is not JSON"),
        ("{}", "us-east-1", "is no file of prices"),
        (own_prices(), "mars-1", "has no prices of mars-1"),
        (own_prices().replace("0.000025", '"free"'), "us-east-1", "is no price"),
    ],
)
def test_bad_prices_are_one_message(text: str, region: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_prices(text, region, "mine.json")


def test_the_command_with_prices_of_ones_own(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    (tmp_path / "a.asl.json").write_text(json.dumps(definition))
    (tmp_path / "mine.json").write_text(own_prices().replace("0.000025", "2"))
    ran = run_command("execute", "a.asl.json", "--history", "run.json", cwd=tmp_path)
    assert ran.returncode == 0
    ran = run_command("cost", "run.json", "run.json", "--prices", "mine.json", "--json", cwd=tmp_path)
    told = json.loads(ran.stdout)
    assert (told["total"], told["byState"]) == (4, {"A": 4})
    ran = run_command("cost", "run.json", "--runs", "1000", "--region", "sa-east-1", cwd=tmp_path)
    assert "1,000 times each" in ran.stdout
    assert "0.0375" in ran.stdout
    assert "not in it: prices of other services" in ran.stdout
