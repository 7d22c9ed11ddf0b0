"""What use comes to, for one run or for a month of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from aslrun.observe.cost.prices import Prices, in_tiers, own_prices, read_prices
from aslrun.observe.cost.usage import Usage, gb_seconds, not_express, usage_of
from aslrun.observe.observed import Observed

LEFT_OUT = (
    "prices of other services, data transfer, logs, provisioned concurrency and taxes",
    "functions that are callables or values of a test",
)
"""What no bill here has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill: so much of something, in its unit, and what that costs in US dollars."""

    what: str
    amount: float
    unit: str
    cost: float


@dataclass(frozen=True)
class Bill:
    """What a number of runs cost.

    Attributes:
        runs: how many.
        lines: what it is made of.
        by_state: what the transitions and functions of each state cost, at the price of the first tier.
    """

    runs: int
    lines: list[Line] = field(default_factory=list)
    by_state: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum in US dollars."""
        return sum(line.cost for line in self.lines)


def bill_of(usage: Usage, prices: Prices, *, runs: int = 1, free_tier: bool = False) -> Bill:
    """Return the bill of a number of runs in a month, each with the same use."""
    free = prices.free if free_tier else {}
    lines = []
    if transitions := sum(usage.transitions.values()) * runs:
        billed = max(0, transitions - free.get("transitions", 0))
        lines.append(Line("Standard state transitions", transitions, "", billed * prices.transition))
    if requests := sum(usage.express.values()) * runs:
        lines.append(Line("Express requests", requests, "", requests * prices.express_request))
        hours = usage.express_gb_seconds * runs / 3600
        cost = in_tiers(hours, prices.express_gb_hour)
        lines.append(Line("Express duration", hours * 3600, "GB-s", cost))
    if requests := sum(usage.invocations.values()) * runs:
        billed = max(0, requests - free.get("lambda_requests", 0))
        lines.append(Line("Lambda requests", requests, "", billed * prices.lambda_request))
    left = free.get("lambda_gb_seconds", 0.0)
    for architecture, used in sorted(usage.lambda_gb_seconds().items()):
        amount = used * runs
        billed = max(0.0, amount - left)
        left = max(0.0, left - amount)
        cost = in_tiers(billed, prices.lambda_gb_second[architecture])
        lines.append(Line(f"Lambda duration, {architecture}", amount, "GB-s", cost))
    return Bill(runs, lines, {state: one * runs for state, one in _by_state(usage, prices).items()})


def _by_state(usage: Usage, prices: Prices) -> dict[str, float]:
    costs = {state: number * prices.transition for state, number in usage.transitions.items()}
    for state, invocations in usage.by_state.items():
        duration = sum(
            used * prices.lambda_gb_second[architecture][0][1]
            for architecture, used in gb_seconds(invocations).items()
        )
        requests = sum(invocations.values()) * prices.lambda_request
        costs[state] = costs.get(state, 0.0) + requests + duration
    return costs


@dataclass(frozen=True)
class Cost:
    """What executions cost: as they are, and as if the state machine were of the other type.

    Attributes:
        bill: of all of them together, as often as `runs` says.
        type: the type of the (first) execution's machine.
        other: the bill if it were of the other type; None where it could not be.
        why_not: why it could not be of the other type.
        prices: what was counted with.
    """

    bill: Bill
    type: str
    other: Bill | None
    why_not: str | None
    prices: Prices

    @property
    def total(self) -> float:
        """What the executions cost, in US dollars."""
        return self.bill.total


def cost_of(
    *executions: Observed,
    prices: Prices | None = None,
    runs: int = 1,
    free_tier: bool = False,
) -> Cost:
    """Return what executions of one state machine cost, each of them `runs` times in a month."""
    prices = prices or read_prices(own_prices())
    type = executions[0].type
    other = "STANDARD" if type == "EXPRESS" else "EXPRESS"
    why_not = next((why for one in executions if (why := not_express(one))), None)
    why_not = why_not if other == "EXPRESS" else None
    own = bill_of(_sum(executions, None), prices, runs=runs, free_tier=free_tier)
    if why_not is not None:
        return Cost(own, type, None, why_not, prices)
    bill = bill_of(_sum(executions, other), prices, runs=runs, free_tier=free_tier)
    return Cost(own, type, bill, None, prices)


def _sum(executions: tuple[Observed, ...], type: str | None) -> Usage:
    total = Usage()
    for execution in executions:
        usage = usage_of(execution, type=type)
        total.transitions.update(usage.transitions)
        total.express.update(usage.express)
        total.invocations.update(usage.invocations)
        for state, invocations in usage.by_state.items():
            total.by_state.setdefault(state, Counter()).update(invocations)
    return total
