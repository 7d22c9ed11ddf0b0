"""`aslrun diff`: compare two histories."""

from __future__ import annotations

import sys

import click

from aslrun.cli.completion import FILE


@click.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
def command(a: str, b: str) -> None:
    """Compare the histories in A and B: events and their details, in each branch and iteration, and the
    children of distributed Maps whose histories lie beside both.

    Ids, times, UUIDs and the order of parallel work do not count. The exit status is 1 if they differ.
    """
    from aslrun.cli.output import echo
    from aslrun.cli.recorded import read_run
    from aslrun.history.diff import describe_difference, first_difference
    from aslrun.history.families import compare_children, count_compared, describe_children

    left, right = read_run([a]), read_run([b])
    difference = first_difference(left.events, right.events)
    child = compare_children(left, right)
    if difference is not None:
        echo(describe_difference(difference, a, b))
    if child is not None:
        echo(describe_children(child, a, b))
    if difference is not None or child is not None:
        sys.exit(1)
    children = count_compared(left, right)
    echo(f"the same: {len(left.events)} events" + (f", and {children} children" if children else ""))
