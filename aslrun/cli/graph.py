"""`aslrun graph`: draw a state machine, plain or with an execution on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from aslrun.errors import UsageError
from aslrun.graph import FORMATS


@click.command()
@click.argument("file")
@click.option("--format", type=click.Choice([*FORMATS]),
              help="How to write it. [by the output file's name, else mermaid]")  # fmt: skip
@click.option("--history", metavar="FILE", help="Mark the execution that this history tells of.")
@click.option("--output", metavar="FILE", help="Write to a file. [stdout]")
def command(file: str, format: str | None, history: str | None, output: str | None) -> None:
    """Draw the state machine in FILE (JSON or YAML, - for stdin); it need not be valid yet.

    FILE may be a SAM or CloudFormation template; FILE:ID picks one of its state machines.

    A history is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote.
    """
    from aslrun.document.definitions import definition_in
    from aslrun.graph import build_graph, mark_execution, render

    format = format or format_of(output)
    definition = definition_in(file).read().value
    try:
        graph = build_graph(definition)
    except UsageError as wrong:
        raise UsageError(f"{file}: {wrong}") from None
    if history is not None:
        graph = mark_execution(graph, read_history(history))
    write(render(graph, format), output)


def format_of(output: str | None) -> str:
    """Return the format that an output file's name asks for; UsageError if it asks for none."""
    suffix = Path(output).suffix.lower() if output else ".mmd"
    for name, format in FORMATS.items():
        if suffix in format.suffixes:
            return name
    known = ", ".join(suffix for format in FORMATS.values() for suffix in format.suffixes)
    raise UsageError(f"the name {output} tells no format; end it in one of {known}, or give --format")


def read_history(path: str) -> list[Mapping[str, Any]]:
    """Return the events of a history file; UsageError if it is no history, or an empty one."""
    from aslrun.cli.execute import read_text
    from aslrun.history_table import read_events

    events = read_events(read_text(path), path)
    if not events:
        raise UsageError(f"{path} is a history without events")
    return events


def write(text: str, output: str | None) -> None:
    """Write a drawing, as UTF-8 wherever it goes: that is what programs that draw read."""
    data = text.encode("utf-8")
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as wrong:
        raise UsageError(f"the drawing cannot be written to {output}: {wrong.strerror}") from None
