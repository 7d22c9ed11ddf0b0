"""`aslrun metrics`: what CloudWatch would count of recorded executions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE

if TYPE_CHECKING:
    from aslrun.observe.metrics.metric import Statistics

COLUMNS = ("METRIC", "UNIT", "COUNT", "SUM", "AVERAGE", "MINIMUM", "MAXIMUM")


@click.command()
@click.argument("histories", type=FILE, nargs=-1, required=True, metavar="HISTORY...")
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]), default="STANDARD",
              show_default=True, help="The state machine's type, where a history does not tell.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the data points as PutMetricData takes them.")
def command(histories: tuple[str, ...], kind: str, as_json: bool) -> None:
    """Show the metrics of recorded executions: AWS/States, AWS/Lambda, and those that functions embed.

    HISTORY is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote (- for
    stdin), one execution in each; what functions printed and how long they took only the former has.
    """
    from aslrun.cli.output import echo, print_json, say
    from aslrun.cli.recorded import read_observed
    from aslrun.observe.metrics.collected import dropped_metrics, metrics_of
    from aslrun.observe.metrics.metric import Metrics

    executions = read_observed(histories, kind)
    metrics = Metrics(point for one in executions for point in metrics_of(one))
    if as_json:
        print_json([{"Namespace": point.namespace, **point.as_datum()} for point in metrics])
    else:
        echo("\n".join(table(metrics.grouped())))
    for told in dict.fromkeys(told for one in executions for told in dropped_metrics(one)):
        say(f"aslrun: {told}")


def table(grouped: list[Statistics]) -> list[str]:
    """Return the lines of a table, with a heading for each set of dimensions."""
    lines: list[str] = []
    heading = None
    width = max((len(one.name) for one in grouped), default=0) + 2
    for one in grouped:
        of = ", ".join(f"{name}={value}" for name, value in one.dimensions) or "the account"
        if (told := f"{one.namespace}  {of}") != heading:
            heading = told
            lines += ["", heading] if lines else [heading]
            lines.append(
                f"  {COLUMNS[0]:<{width}}{COLUMNS[1]:<14}" + "".join(f"{name:>11}" for name in COLUMNS[2:])
            )
        figures = (len(one.values), one.sum, one.average, one.minimum, one.maximum)
        lines.append(
            f"  {one.name:<{width}}{one.unit:<14}" + "".join(f"{figure:>11,.10g}" for figure in figures)
        )
    return lines
