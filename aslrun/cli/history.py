"""`aslrun history`: show a recorded history as a table."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("file")
def command(file: str) -> None:
    """Show the history in FILE (- for stdin) as a table.

    FILE is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote.
    """
    from aslrun.cli.files import read_text
    from aslrun.history.table import read_events, render_table

    text = sys.stdin.read() if file == "-" else read_text(file)
    click.echo(render_table(read_events(text, file)))
