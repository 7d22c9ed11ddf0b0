"""`aslrun coverage`: say what runs have covered of the definitions, and what they missed."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from aslrun.cli.completion import FILE
from aslrun.coverage import FORMATS
from aslrun.document.printable import printable


@click.command()
@click.argument("file", type=FILE)
@click.argument("definitions", type=FILE, nargs=-1)
@click.option("--format", type=click.Choice([*FORMATS]), default="text", show_default=True,
              help="How to write it; html is one page with all.")  # fmt: skip
@click.option("--output", type=FILE, metavar="FILE", help="Write to a file. [stdout]")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT",
              help="Exit with status 1 if less is covered.")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
def command(
    file: str,
    definitions: tuple[str, ...],
    format: str,
    output: str | None,
    fail_under: float | None,
    substitutions: tuple[str, ...],
) -> None:
    """Report the coverage that `aslrun execute --coverage FILE` (or pytest) has added up in FILE.

    DEFINITIONS are files and folders: what no run executed of them counts as missed, and nothing else is
    reported. Without them, all that was run is.
    """
    from aslrun.cli.files import read_substitutions
    from aslrun.cli.output import check_target, say
    from aslrun.coverage.data import read_coverage
    from aslrun.coverage.report import measure, under_text

    if output is not None and os.path.isdir(os.path.dirname(os.path.realpath(output))):
        check_target(output, "the report", [file])
    coverage = read_coverage(file)
    report = measure(coverage, definitions or None, read_substitutions(substitutions))
    for note in report.notes:
        say(f"aslrun: {printable(note)}")
    write(import_module(FORMATS[format]).render(report), output)
    if fail_under is not None and report.is_under(fail_under):
        say(f"aslrun: {printable(under_text(report, fail_under))}")
        sys.exit(1)


def write(text: str, output: str | None) -> None:
    """Write a report to a file, or to stdout."""
    from aslrun.cli.output import echo_bytes
    from aslrun.coverage.data import write_report

    if output is None:
        echo_bytes(text.encode("utf-8", "backslashreplace"))
    else:
        write_report(output, text)
