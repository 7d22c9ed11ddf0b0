"""The prices of a region, out of a data file with its date and its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.values import JSON, JSONTextError, from_json_text

Tiers: TypeAlias = Sequence[tuple[float | None, float]]
"""(how much of it costs so, None for all that is left; the price of one)."""
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Prices:
    """Prices in US dollars.

    Attributes:
        date: of when they are.
        region: whose they are.
        transition: of a state transition of a Standard workflow.
        express_request: of an Express execution.
        express_gb_hour: of what Express executions hold for an hour, in tiers a month.
        lambda_request: of an invocation.
        lambda_gb_second: of what functions hold for a second, by architecture, in tiers a month.
        free: what the free tier has a month: `transitions`, `lambda_requests`, `lambda_gb_seconds`.
    """

    date: str
    region: str
    transition: float
    express_request: float
    express_gb_hour: Tiers
    lambda_request: float
    lambda_gb_second: Mapping[str, Tiers]
    free: Mapping[str, float]


@cache
def own_prices() -> str:
    """Return the text of the data file that aslrun brings."""
    return files("aslrun.observe.cost").joinpath("prices.json").read_text(encoding="utf-8")


def read_prices(text: str, region: str = DEFAULT_REGION, name: str = "prices.json") -> Prices:
    """Return the prices of a region.

    Raises UsageError, with the file's `name`, for what is no file of prices, and for a region without any.
    """
    try:
        told: Any = from_json_text(text)
    except JSONTextError as wrong:
        raise UsageError(f"{name} is not JSON: {wrong}") from None
    try:
        regions = told["regions"]
        if region not in regions:
            raise UsageError(f"{name} has no prices of {region}: there are {', '.join(regions)}")
        of = _merged(told["default"], regions[region])
        return Prices(
            date=str(told["date"]),
            region=region,
            transition=_price(of["standard"]["transition"]),
            express_request=_price(of["express"]["request"]),
            express_gb_hour=_tiers(of["express"]["gb_hour"]),
            lambda_request=_price(of["lambda"]["request"]),
            lambda_gb_second={name: _tiers(one) for name, one in of["lambda"]["gb_second"].items()},
            free={name: _price(one) for name, one in of["free"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise UsageError(
            f"{name} is no file of prices: {type(wrong).__name__} {wrong}; write one as"
            " aslrun/observe/cost/prices.json is"
        ) from None


def _merged(default: JSON, given: JSON) -> Any:
    if not isinstance(default, dict) or not isinstance(given, dict):
        return given
    return {**default, **{name: _merged(default.get(name), one) for name, one in given.items()}}


def _price(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"{value!r} is no price")
    return float(value)


def _tiers(told: Any) -> Tiers:
    tiers = [(None if size is None else _price(size), _price(price)) for size, price in told]
    if not tiers or tiers[-1][0] is not None or any(size is None for size, _ in tiers[:-1]):
        raise ValueError("the last tier, and no other, has null for its size")
    return tiers


def in_tiers(amount: float, tiers: Tiers) -> float:
    """Return what an amount costs, each part of it at the price of its tier."""
    total, left = 0.0, amount
    for size, price in tiers:
        part = left if size is None else min(left, size)
        total += part * price
        left -= part
    return total
