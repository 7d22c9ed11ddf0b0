"""`aslrun fuzz`: look for executions that go wrong, and make them small."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from aslrun.cli.completion import FILE
from aslrun.cli.files import parse_input, read_substitutions, read_text
from aslrun.cli.output import check_target, echo, say
from aslrun.document.printable import printable
from aslrun.errors import UsageError

if TYPE_CHECKING:
    from aslrun.execution import MachineType


@click.command()
@click.argument("file", type=FILE)
@click.option("--runs", type=click.IntRange(min=1), default=500, show_default=True,
              help="How many executions to try, at most.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed tries others.")
@click.option("--schema", type=FILE, metavar="FILE",
              help="A JSON Schema of the input. [what the machine reads]")  # fmt: skip
@click.option("--mock-config", type=FILE, metavar="FILE",
              help="Mocked responses as further examples of answers.")  # fmt: skip
@click.option("--wild", is_flag=True, help="Leave anything out, and take values of other types.")
@click.option("--ignore", "ignored", multiple=True, metavar="KIND",
              help="Pass over a kind of findings; may be repeated.")  # fmt: skip
@click.option("--output", metavar="DIR", help="Write mocks.json and the inputs that reproduce the findings.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How to print the findings.")  # fmt: skip
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]),
              help="The state machine's type. [as its template has it, else STANDARD]")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Say nothing on stderr.")
def command(
    file: str,
    runs: int,
    seed: int,
    schema: str | None,
    mock_config: str | None,
    wild: bool,
    ignored: tuple[str, ...],
    output: str | None,
    format: str,
    kind: MachineType | None,
    substitutions: tuple[str, ...],
    quiet: bool,
) -> None:
    """Run the state machine in FILE on many inputs, with many answers, failures and orders of its Tasks.

    Tells of executions that end in States.Runtime or another error of the machine's own, that never end, or
    that lose data, and of states that none came to. Each is made small, and printed with an input and a mock
    configuration that reproduce it. Nothing outside is called. The exit status is 1 if there are findings.
    """
    if find_spec("hypothesis") is None:
        raise UsageError("fuzzing needs hypothesis: pip install 'aslrun[fuzz]'")
    from aslrun.fuzzing.examples import read_examples
    from aslrun.fuzzing.findings import KINDS
    from aslrun.fuzzing.plan import make_plan
    from aslrun.fuzzing.report import FORMATS, summary
    from aslrun.fuzzing.reproduce import Command, reproduce
    from aslrun.fuzzing.search import search
    from aslrun.machine import load

    for name in ignored:
        if name not in KINDS:
            raise UsageError(f"--ignore {name}: the kinds of findings are {', '.join(KINDS)}")
    if output is not None:
        check_folder(output, [name for name in (file, schema, mock_config) if name is not None])
    machine = load(file, type=kind, substitutions=read_substitutions(substitutions))
    plan = make_plan(
        machine,
        schema=read_schema(schema),
        examples=None if mock_config is None else read_examples(mock_config, machine),
        wild=wild,
    )
    with interruptible():
        found = search(plan, runs, seed, ignored)
    options = [] if kind is None else ["--type", kind]
    options += [word for option in substitutions for word in ("--substitute", option)]
    made = reproduce(plan, found.findings, Command(file, tuple(options)), output)
    echo(FORMATS[format](made, found, output is not None), end="")
    if not quiet:
        say(printable(summary(found, made, len(plan.states))))
    if made.findings:
        sys.exit(1)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end what is done here, with exit status 130.

    hypothesis has callbacks in Python's garbage collector, where a KeyboardInterrupt is lost: it is raised
    again until it arrives.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # somebody else has a use for it, or wants it to be ignored
        return
    arrived, interrupted = threading.Event(), threading.Event()

    def insist() -> None:
        interrupted.wait()
        while not arrived.wait(0.1):
            _thread.interrupt_main()

    def interrupt(number: int, frame: object) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    threading.Thread(target=insist, daemon=True).start()
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        arrived.set()
        sys.exit(130)
    finally:
        arrived.set()
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def check_folder(folder: str, sources: list[str]) -> None:
    """Raise UsageError for a folder that the findings cannot be written to, or over what is read."""
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise UsageError(f"the findings cannot be written to {folder}: it is no folder")
    if os.path.isdir(folder):
        check_target(os.path.join(folder, "mocks.json"), "mocks.json", sources)


def read_schema(path: str | None) -> Any:
    """Return the JSON Schema in a file; None where there is no file."""
    return None if path is None else parse_input(read_text(path), path)
