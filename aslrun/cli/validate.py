"""`aslrun validate`: say everything that is wrong with definitions."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.watch import run_again, watch_option
from aslrun.document.printable import printable

if TYPE_CHECKING:
    from aslrun.validation.machines import MachineType


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--format", type=click.Choice(["text", "json", "sarif", "github"]), default="text",
              show_default=True, help="For people, as ValidateStateMachineDefinition answers, for code "
                                      "scanning, or as annotations in a GitHub workflow.")  # fmt: skip
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]),
              help="What the machines are to be. [as their template has it, else STANDARD]")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE",
              help="Leave diagnostics of this code out; may be repeated.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@watch_option
def command(
    files: tuple[str, ...],
    format: str,
    kind: MachineType | None,
    substitutions: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    watch: bool,
) -> None:
    """Check the state machines in FILES without running them: JSON, YAML, templates, folders, - for stdin.

    Of a SAM or CloudFormation template all state machines are checked; FILE:ID picks one.

    What is wrong goes to stdout. The exit status is 1 if there is an error, with --strict also for a
    warning, and 0 otherwise.
    """
    if watch:
        run_again(files)
    from aslrun.cli.files import read_substitutions
    from aslrun.cli.output import echo, is_terminal, say
    from aslrun.validation.files import tell_nobody, validate_files
    from aslrun.views.diagnostics import FORMATS

    diagnostics, sources = validate_files(
        files,
        machine_type=kind,
        ignore=ignore,
        substitutions=read_substitutions(substitutions),
        tell=show_search if is_terminal(sys.stderr) else tell_nobody,
    )
    if is_terminal(sys.stderr):
        say("\x1b[K", end="")  # what show_search said last
    echo(FORMATS[format](diagnostics, sources, is_terminal(sys.stdout) and "NO_COLOR" not in os.environ), "")
    if not diagnostics:
        say(printable(f"{files[0] if len(sources) == 1 else f'{len(sources)} files'}: valid"))
    if any(strict or diagnostic.severity == "error" for diagnostic in diagnostics):
        sys.exit(1)


EVERY = 500
"""Files of a folder after which a word is said of how far the search is."""


def show_search(looked_at: int, found: int) -> None:
    """Say on a terminal how far the search of a large folder is, each time in place of the last."""
    if looked_at % EVERY == 0:
        from aslrun.cli.output import say

        say(f"\x1b[K{looked_at:,} files looked at, {found:,} definitions", end="\r")
