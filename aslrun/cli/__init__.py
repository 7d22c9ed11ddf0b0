"""The command line: one module per command, imported when it is called.

Results go to stdout, everything else to stderr. Exit status: 0 success, 1 a failed execution or an
invalid definition, 2 wrong usage.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from aslrun.errors import AslrunError, DefinitionError
from aslrun.printable import printable

COMMANDS = {
    "coverage": "Say what runs have covered of the definitions.",
    "diff": "Compare two histories.",
    "event": "Print a sample event of an AWS service.",
    "execute": "Run a state machine against local Lambda handlers.",
    "fuzz": "Look for executions that go wrong, and make them small.",
    "graph": "Draw a state machine, plain or with an execution on it.",
    "history": "Show a recorded history as a table.",
    "invoke": "Run one Lambda function on an event.",
    "replay": "Run a definition with a recorded history's outcomes, and compare.",
    "test-state": "Run one state as the TestState API does.",
    "validate": "Say everything that is wrong with a definition.",
    "view": "Show a recorded execution as an HTML page.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, each imported only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"aslrun.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aslrun", message="%(prog)s %(version)s")
def aslrun() -> None:
    """Amazon States Language on your own machine."""


def show_refusal(refused: DefinitionError) -> str:
    """Return a refused definition's diagnostics as `aslrun validate` shows them."""
    from aslrun.views.diagnostics import render_text

    sources = {refused.source.file: refused.source} if refused.source else {}
    return render_text(refused.diagnostics, sources, sys.stderr.isatty())


def main() -> None:
    """Run the command line, turning the user's mistakes into one message and an exit status."""
    try:
        aslrun(prog_name="aslrun")
    except DefinitionError as refused:
        click.echo(show_refusal(refused), err=True, nl=False)
        sys.exit(1)
    except AslrunError as mistake:
        click.echo(f"aslrun: {printable(str(mistake))}", err=True)
        sys.exit(2)
