"""`aslrun cost`: what recorded executions would cost on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE

if TYPE_CHECKING:
    from aslrun.observe.cost.prices import Prices


@click.command()
@click.argument("histories", type=FILE, nargs=-1, required=True, metavar="HISTORY...")
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]), default="STANDARD",
              show_default=True, help="The state machine's type, where a history does not tell.")  # fmt: skip
@click.option("--region", default="us-east-1", show_default=True, help="Whose prices are counted with.")
@click.option("--prices", type=FILE, metavar="FILE", help="Prices of your own. [those aslrun brings]")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True,
              help="How often each execution is run in a month.")  # fmt: skip
@click.option("--free-tier", is_flag=True, help="Leave out what is free each month.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(
    histories: tuple[str, ...],
    kind: str,
    region: str,
    prices: str | None,
    runs: int,
    free_tier: bool,
    as_json: bool,
) -> None:
    """Say what recorded executions would cost: state transitions, Express requests and duration, Lambda.

    HISTORY is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote (- for
    stdin), one execution in each, all of one state machine; what functions cost only the former tells.
    """
    from aslrun.cli.output import echo, print_json
    from aslrun.cli.recorded import read_observed
    from aslrun.observe.cost.bill import cost_of
    from aslrun.observe.cost.text import cost_json, cost_text

    executions = read_observed(histories, kind)
    cost = cost_of(*executions, prices=prices_of(prices, region), runs=runs, free_tier=free_tier)
    if as_json:
        print_json(cost_json(cost))
    else:
        echo(cost_text(cost, len(executions)))


def prices_of(path: str | None, region: str) -> Prices:
    """Return the prices in a file, or those that aslrun brings; UsageError for what is none."""
    from aslrun.cli.files import read_text
    from aslrun.observe.cost.prices import own_prices, read_prices

    return read_prices(own_prices() if path is None else read_text(path), region, path or "prices.json")
