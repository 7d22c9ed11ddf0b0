"""A cost in words: what it is made of, per state, and what it would be otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.observe.cost.bill import LEFT_OUT, Bill, Cost
from aslrun.values import JSON

MANY = (1_000, 1_000_000)
"""Numbers of runs that one is multiplied to."""


def cost_text(cost: Cost, executions: int = 1) -> str:
    """Return the text of a cost of a number of executions."""
    return "\n".join(_lines(cost, executions))


def _lines(cost: Cost, executions: int) -> Iterator[str]:
    bill, prices = cost.bill, cost.prices
    what = "1 execution" if executions == 1 else f"{executions:,} executions"
    each = f", {bill.runs:,} times each" if bill.runs > 1 else ""
    yield f"Cost of {what}{each}, {cost.type}, in {prices.region}, at prices of {prices.date}, in USD:"
    for line in bill.lines:
        yield _row(line.what, f"{line.amount:,.10g} {line.unit}".strip(), line.cost)
    yield _row("total", "", bill.total)
    if bill.runs == 1:
        # Tiers make many runs cheaper than this says, the free tier as well.
        many = "; ".join(f"{number:,} times as many: {money(bill.total * number)}" for number in MANY)
        yield f"  {many}"
    if len(bill.by_state) > 1:
        yield "  by state:"
        for state, of in sorted(bill.by_state.items(), key=lambda item: -item[1]):
            yield _row(f"  {state}", "", of)
    other = "EXPRESS" if cost.type == "STANDARD" else "STANDARD"
    if cost.other is not None:
        yield _row(f"as {other}", "", cost.other.total)
    else:
        yield f"  it could not be {other}: {cost.why_not}"
    yield f"  not in it: {'; '.join(LEFT_OUT)}"


def _row(what: str, amount: str, cost: float) -> str:
    return f"  {what:<34}{amount:>20}{money(cost):>16}"


def money(dollars: float) -> str:
    """Return dollars with as many digits as say something."""
    if dollars == 0 or dollars >= 1:
        return f"{dollars:,.2f}"
    return f"{dollars:.8f}".rstrip("0")


def cost_json(cost: Cost) -> dict[str, JSON]:
    """Return a cost as JSON."""
    return {
        "type": cost.type,
        "region": cost.prices.region,
        "pricesOf": cost.prices.date,
        "currency": "USD",
        **_bill_json(cost.bill),
        "byState": {state: round(of, 12) for state, of in cost.bill.by_state.items()},
        "asOtherType": None if cost.other is None else _bill_json(cost.other),
        "whyNotOtherType": cost.why_not,
        "notInIt": [*LEFT_OUT],
    }


def _bill_json(bill: Bill) -> dict[str, JSON]:
    lines: list[JSON] = [
        {"what": one.what, "amount": one.amount, "unit": one.unit or None, "cost": round(one.cost, 12)}
        for one in bill.lines
    ]
    return {"runs": bill.runs, "total": round(bill.total, 12), "lines": lines}
