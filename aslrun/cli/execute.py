"""`aslrun execute`: run a state machine against the Lambda handlers that lie beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.files import is_there, read_input, read_substitutions
from aslrun.cli.observing import add_logs, check_trace, is_sent, new_daemon, tell_cost, write_trace
from aslrun.cli.output import check_target, is_terminal, print_json, say, write_file, write_history
from aslrun.cli.run_options import run_options
from aslrun.cli.signals import exit_status
from aslrun.cli.watch import run_again, watch_option
from aslrun.document.printable import printable
from aslrun.errors import UsageError

if TYPE_CHECKING:
    from aslrun.execution import Execution, MachineType
    from aslrun.machine import StateMachine
    from aslrun.options import Instrument, RunOptions
    from aslrun.views.progress import Progress


@click.command()
@click.argument("file", type=FILE)
@click.option("--input", "given", type=FILE, metavar="FILE|-|JSON",
              help="The input: a file, stdin, or JSON text. [{}]")  # fmt: skip
@click.option("--history", type=FILE, metavar="FILE",
              help="Write the events as GetExecutionHistory gives them.")  # fmt: skip
@click.option("--report", type=FILE, metavar="FILE",
              help="Write an HTML page about it, as `aslrun view` does.")  # fmt: skip
@click.option("--logs-dir", type=click.Path(file_okay=False), metavar="DIR",
              help="Add what CloudWatch Logs would have to files in DIR.")  # fmt: skip
@click.option("--trace", type=FILE, metavar="FILE",
              help="Write its trace as X-Ray segments, or as OTLP if FILE ends with .otlp.json.")  # fmt: skip
@click.option("--cost", is_flag=True, help="Say on stderr what it would cost on AWS.")
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]),
              help="The state machine's type. [as its template has it, else STANDARD]")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
@click.option("--machine", "machine_name", metavar="NAME",
              help="The state machine's name. [as its template has it, else its file's]")  # fmt: skip
@run_options
@click.option("--mock-config", type=FILE, metavar="FILE",
              help="Mocked services, as Step Functions Local has them.")  # fmt: skip
@click.option("--test-case", metavar="NAME", help="The test case in --mock-config. [the only one]")
@click.option("--coverage", type=FILE, metavar="FILE",
              help="Add what is exercised to FILE, for `aslrun coverage`.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Describe the whole execution, not only its output.")
@click.option("--quiet", is_flag=True, help="Say nothing on stderr unless the execution fails.")
@watch_option
def command(
    file: str,
    given: str | None,
    history: str | None,
    report: str | None,
    logs_dir: str | None,
    trace: str | None,
    cost: bool,
    kind: MachineType | None,
    substitutions: tuple[str, ...],
    machine_name: str | None,
    options: RunOptions,
    mock_config: str | None,
    test_case: str | None,
    coverage: str | None,
    as_json: bool,
    quiet: bool,
    watch: bool,
) -> None:
    """Run the state machine in FILE (JSON or YAML, - for stdin) and print its output.

    What `aslrun validate` refuses is not run, but for a Resource that a function or mock answers; what it
    warns of is said first.

    FILE may be a SAM or CloudFormation template; FILE:ID picks one of its state machines. Lambda functions
    are looked for in --function, in aslrun.toml beside FILE, in the template or one beside or above FILE, in
    handlers/NAME.py and in handlers.py. Waits are jumped over unless --time real.
    """
    if test_case and not mock_config:
        raise UsageError("--test-case names a test case in --mock-config, which is missing")
    if file == given == "-":
        raise UsageError("FILE and --input cannot both be read from stdin")
    sources = check_outputs(history, report, coverage, [file, given, mock_config])
    if trace is not None:
        check_trace(trace, sources)
    if watch:
        run_again((file, given, mock_config), (history, report, coverage))
    from aslrun.functions.log import show_nothing, show_on_stderr
    from aslrun.machine import load
    from aslrun.views.progress import Progress

    machine = load(file, type=kind, substitutions=read_substitutions(substitutions), name=machine_name)
    instrument, add_coverage = measure_coverage(machine, coverage, quiet)
    progress = None if quiet else Progress(machine.name, is_terminal(sys.stderr))
    options = replace(
        options,
        mocks=machine.read_mocks(mock_config, test_case, options.mocks) if mock_config else options.mocks,
        show=progress.show if progress else show_nothing if quiet and not options.reports else show_on_stderr,
        instrument=instrument,
        trace=trace is not None or is_sent(),
    )
    execution, close = machine.start(read_input(given), options)
    if not quiet:
        warn(machine)
    with ExitStack() as kept:
        # Each is written whatever becomes of the others: the last one here comes first.
        kept.callback(add_coverage)
        if options.trace:
            daemon = None if trace is None else new_daemon()
            kept.callback(write_trace, execution, trace, daemon)
            if daemon is not None:  # it ends before: what functions have sent is there when that is written
                kept.enter_context(daemon)
        if cost:
            kept.callback(tell_cost, execution)
        if logs_dir is not None:
            kept.callback(add_logs, execution, machine, logs_dir)
        if report is not None:
            kept.callback(write_report, execution, machine, report)
        if history is not None:
            kept.callback(write_history, execution, Path(history), sources)
        try:
            with progress.watching(execution) if progress else nullcontext():
                execution.run()
        except KeyboardInterrupt as interrupt:
            if progress and progress.is_due:
                progress.summarise(execution)
            sys.exit(exit_status(interrupt))
        finally:
            close()
        tell(execution, as_json, quiet, progress)


def warn(machine: StateMachine) -> None:
    """Say on stderr what validation warns of, as `aslrun validate` does."""
    from aslrun.validation.silence import ignored_for, wanted
    from aslrun.views.diagnostics import render_text
    from aslrun.views.progress import uses_colour

    source = machine.document.source
    warnings = [one for one in machine.diagnostics if one.severity == "warning"]
    if warnings and (told := wanted(warnings, source, ignored_for(machine.document.file))):
        sources = {machine.document.file: source.whole}
        say(render_text(told, sources, is_terminal(sys.stderr) and uses_colour()), end="")


def check_outputs(
    history: str | None, report: str | None, coverage: str | None, given: list[str | None]
) -> list[str]:
    """Raise UsageError for files that could not be written after the run, or would be written over what it
    reads; return the files that it reads."""
    from aslrun.document.definitions import split_reference

    read = [name for name in given if name is not None and is_there(split_reference(name)[0])]
    sources = [split_reference(name)[0] for name in read]
    taken: dict[str, str] = {}
    for option, path in (("--history", history), ("--report", report), ("--coverage", coverage)):
        if path is None:
            continue
        if option != "--coverage":  # which is added to, if it is what it should be
            check_target(path, f"what {option} names", sources)
        if (other := taken.setdefault(os.path.realpath(path), option)) != option:
            raise UsageError(f"{other} and {option} name the same file, {path}; name another one")
    return sources


def measure_coverage(
    machine: StateMachine, path: str | None, quiet: bool
) -> tuple[Instrument | None, Callable[[], None]]:
    """Return what makes a run of `machine` measured, and what adds the run to the file at `path`.

    Raises UsageError for a file that it cannot be added to.
    """
    if path is None:
        return None, lambda: None
    from aslrun.coverage.data import add_to_file, check_file
    from aslrun.coverage.recording import Recording
    from aslrun.coverage.report import changed_text

    check_file(path)
    recording = Recording()
    instrument = recording.instrument(machine)
    if instrument is None:
        raise UsageError("--coverage needs a definition that lies in a file")

    def add() -> None:
        for place in add_to_file(path, recording.coverage):
            if not quiet:
                say(f"aslrun: {printable(changed_text(place))}")

    return instrument, add


def write_report(execution: Execution, machine: StateMachine, path: str) -> None:
    """Write the page about an execution, as far as it came."""
    from aslrun.page import record_execution, render_page

    recording = record_execution(execution)
    page = render_page(machine.definition, recording, title=machine.name)
    write_file(path, "the report", [page])
    if recording.left_out:
        say(f"aslrun: the report leaves {recording.left_out:,} events out; --history FILE has them all")


def tell(execution: Execution, as_json: bool, quiet: bool, progress: Progress | None) -> None:
    """Print the result to stdout and what else there is to say to stderr; exit 1 if it failed."""
    from aslrun.views.summary import describe, explain_failure, waiting_skipped

    if as_json:
        print_json(describe(execution))
    elif execution.status == "SUCCEEDED":
        print_json(execution.output)
    if progress and progress.is_due:
        progress.summarise(execution)
    else:
        if execution.waited and not quiet:
            say(waiting_skipped(execution.waited))
        if execution.status != "SUCCEEDED":
            say(explain_failure(execution))
    if execution.status != "SUCCEEDED":
        sys.exit(1)
