"""`aslrun graph`: draw a state machine, plain or with an execution on it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aslrun.cli.completion import FILE
from aslrun.cli.output import check_target, is_terminal, write
from aslrun.cli.watch import run_again, watch_option
from aslrun.errors import UsageError
from aslrun.graph import DIRECTIONS, FORMATS, THEMES


@click.command()
@click.argument("file", type=FILE)
@click.option("--format", type=click.Choice([*FORMATS]),
              help="How to write it. [by the output file's name, else mermaid]")  # fmt: skip
@click.option("--direction", type=click.Choice(DIRECTIONS), default="TB", show_default=True,
              help="From the top down, or from left to right.")  # fmt: skip
@click.option("--theme", type=click.Choice(THEMES), default="auto", show_default=True,
              help="The colours of SVG and PNG; auto follows the reader's.")  # fmt: skip
@click.option("--depth", type=click.IntRange(min=0), metavar="N",
              help="Draw machines inside states N levels deep. [all]")  # fmt: skip
@click.option("--history", type=FILE, metavar="FILE", help="Mark the execution that this history tells of.")
@click.option("--output", type=FILE, metavar="FILE", help="Write to a file. [stdout]")
@watch_option
def command(
    file: str,
    format: str | None,
    direction: str,
    theme: str,
    depth: int | None,
    history: str | None,
    output: str | None,
    watch: bool,
) -> None:
    """Draw the state machine in FILE (JSON or YAML, - for stdin); it need not be valid yet.

    FILE may be a SAM or CloudFormation template; FILE:ID picks one of its state machines.

    A history is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote.
    """
    from aslrun.cli.files import read_histories
    from aslrun.document.definitions import definition_in, split_reference
    from aslrun.graph import build_graph, mark_execution, render_bytes

    format = format or format_of(output)
    if watch:
        run_again((file, history), (output,))
    if output is None and not FORMATS[format].is_text and is_terminal(sys.stdout):
        raise UsageError(f"{format} is not for terminals; write it to a file with --output")
    if output is not None:
        check_target(output, "the drawing", [split_reference(file)[0], *([history] if history else [])])
    definition = definition_in(file).read().value
    try:
        graph = build_graph(definition)
    except UsageError as wrong:
        raise UsageError(f"{file}: {wrong}") from None
    if history is not None:
        graph = mark_execution(graph, read_histories([history]).events)
    write(render_bytes(graph, format, theme=theme, direction=direction, depth=depth), output, "the drawing")


def format_of(output: str | None) -> str:
    """Return the format that an output file's name asks for; UsageError if it asks for none."""
    suffix = Path(output).suffix.lower() if output else ".mmd"
    for name, format in FORMATS.items():
        if suffix in format.suffixes:
            return name
    known = ", ".join(suffix for format in FORMATS.values() for suffix in format.suffixes)
    raise UsageError(f"the name {output} tells no format; end it in one of {known}, or give --format")
