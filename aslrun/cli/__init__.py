"""The command line: one module per command, imported when it is called.

Results go to stdout, everything else to stderr. Exit status: 0 success, 1 a failed execution or an
invalid definition, 2 wrong usage.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from errno import ENOSPC
from importlib import import_module
from typing import Any

import click

from aslrun import __version__
from aslrun.diagnostics import DefinitionError
from aslrun.document.printable import printable, printable_lines
from aslrun.errors import AslrunError, UsageError

COMMANDS = {
    "cost": "Say what recorded executions would cost on AWS.",
    "coverage": "Say what runs have covered of the definitions.",
    "diff": "Compare two histories.",
    "event": "Print a sample event of an AWS service.",
    "execute": "Run a state machine against local Lambda handlers.",
    "fuzz": "Look for executions that go wrong, and make them small.",
    "graph": "Draw a state machine, plain or with an execution on it.",
    "history": "Show a recorded history as a table.",
    "init": "Write a small project that works.",
    "invoke": "Run one Lambda function on an event.",
    "metrics": "Show what CloudWatch would count of recorded executions.",
    "mocks": "Write a mock configuration with plausible answers.",
    "profile": "Show where the time of recorded executions goes.",
    "redrive": "Let a failed execution of a store go on from where it failed.",
    "replay": "Run a definition with a recorded history's outcomes, and compare.",
    "serve": "Serve the API of Step Functions on this machine.",
    "test-state": "Run one state as the TestState API does.",
    "validate": "Say everything that is wrong with a definition.",
    "view": "Show a recorded execution as an HTML page.",
}


BESIDE = {
    "execute": "the input is given with --input, functions with --function NAME=FILE:HANDLER",
    "fuzz": "the input's JSON Schema is given with --schema",
    "graph": "a history to draw is given with --history",
    "invoke": "the event is given with --event",
}
"""Command → how those things are given that people write beside its file."""


def _meant(name: str) -> str:
    """What to write in place of a command that there is not."""
    from difflib import get_close_matches

    if os.path.exists(name):
        return f": to check the file of that name, write aslrun validate {name}"
    near = get_close_matches(name.lower(), COMMANDS, 1)
    return f"; did you mean '{near[0]}'?" if near else f": there are {', '.join(COMMANDS)}"


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, each imported only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"aslrun.cli.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"there is no command '{args[0]}'{_meant(args[0])}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as wrong:
            extra = re.match(r"Got unexpected extra arguments? \((.*)\)", wrong.message)
            if extra is None or wrong.ctx is None:
                raise
            name = wrong.ctx.info_name or ""
            told = f"{name} takes no further argument, as {extra[1]} is"
            told += f": {BESIDE[name]}" if name in BESIDE else ""
            raise click.UsageError(told, wrong.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def aslrun() -> None:
    """Amazon States Language on your own machine."""


def show_refusal(refused: DefinitionError) -> str:
    """Return a refused definition's diagnostics as `aslrun validate` shows them."""
    from aslrun.views.diagnostics import render_text

    sources = refused.source.whole.files if refused.source else {}
    return render_text(refused.diagnostics, sources, sys.stderr is not None and sys.stderr.isatty())


def main() -> None:
    """Run the command line, turning the user's mistakes into one message and an exit status."""
    from aslrun.cli.signals import end_on_signals, fill_closed_descriptors

    fill_closed_descriptors()
    end_on_signals()
    sys.exit(run())


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line on some arguments, those of the process by default; return the exit status."""
    from aslrun.cli.output import drop_stdout, say
    from aslrun.cli.signals import exit_status

    try:
        try:
            status = aslrun.main(args, prog_name="aslrun", standalone_mode=False)
        except click.Abort as aborted:  # in place of an interrupt
            raise (aborted.__cause__ or KeyboardInterrupt()) from None
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt as interrupt:
        return exit_status(interrupt)
    except click.ClickException as wrong:
        say(usage_text(wrong))
        return wrong.exit_code
    except DefinitionError as refused:
        say(show_refusal(refused), end="")
        return 1
    except AslrunError as mistake:
        say(f"aslrun: {printable_lines(str(mistake))}")
        return 2
    except RecursionError:
        say("aslrun: values, states or expressions are nested too deeply to be worked on")
        return 2
    except OSError as wrong:
        if has_working_folder():
            if wrong.errno != ENOSPC:
                raise
            # Help, which click prints itself, or a temporary file: all else has a message of its own.
            drop_stdout()
            say(f"aslrun: neither stdout nor the disk takes more: {wrong.strerror}")
            return 2
        say("aslrun: the folder that the command was started in is gone; change to one that is there")
        return 2
    return status if isinstance(status, int) else 0


def usage_text(wrong: click.ClickException) -> str:
    """Return what click has to say of arguments that a command does not take."""
    lines = wrong.format_message().split("\n")
    if type(wrong).__name__ == "NoArgsIsHelpError":
        return "\n".join(lines)
    told = "\n".join([f"Error: {printable(lines[0])}", *map(printable, lines[1:])])
    if not isinstance(wrong, click.UsageError) or wrong.ctx is None:
        return told
    return f"{wrong.ctx.get_usage()}\nTry '{wrong.ctx.command_path} --help' for help.\n\n{told}"


def has_working_folder() -> bool:
    """Tell whether the folder that the command runs in is still there."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True
