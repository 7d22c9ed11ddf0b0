"""`aslrun history`: show a recorded history as a table."""

from __future__ import annotations

import click

from aslrun.cli.completion import FILE


@click.command()
@click.argument("file", type=FILE)
def command(file: str) -> None:
    """Show the history in FILE (- for stdin) as a table.

    FILE is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote.
    """
    from aslrun.cli.files import read_histories
    from aslrun.cli.output import echo
    from aslrun.history.table import render_table

    echo(render_table(read_histories([file]).events))
