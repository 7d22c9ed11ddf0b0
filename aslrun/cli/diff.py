"""`aslrun diff`: compare two histories."""

from __future__ import annotations

import sys

import click

from aslrun.cli.completion import FILE


@click.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
def command(a: str, b: str) -> None:
    """Compare the histories in A and B: events and their details, in each branch and iteration.

    Ids, times, UUIDs and the order of parallel work do not count. The exit status is 1 if they differ.
    """
    from aslrun.cli.files import read_histories
    from aslrun.cli.output import echo
    from aslrun.history.diff import describe_difference, first_difference

    left, right = read_histories([a]).events, read_histories([b]).events
    difference = first_difference(left, right)
    if difference is not None:
        echo(describe_difference(difference, a, b))
        sys.exit(1)
    echo(f"the same: {len(left)} events")
