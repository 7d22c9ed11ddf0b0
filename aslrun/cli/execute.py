"""`aslrun execute`: run a state machine against the Lambda handlers that lie beside it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslrun.errors import UsageError
from aslrun.values import JSON, from_json_text

if TYPE_CHECKING:
    from aslrun.execution import ChildExecution, Execution, MachineType
    from aslrun.machine import Instrument, StateMachine
    from aslrun.views.progress import Progress


@click.command()
@click.argument("file")
@click.option("--input", "given", metavar="FILE|-|JSON", help="The input: a file, stdin, or JSON text. [{}]")
@click.option("--history", metavar="FILE", help="Write the events as GetExecutionHistory gives them.")
@click.option("--report", metavar="FILE", help="Write an HTML page about it, as `aslrun view` does.")
@click.option("--time", "clock", type=click.Choice(["virtual", "real"]), default="virtual", show_default=True,
              help="Jump over waits and retry delays, or really wait.")  # fmt: skip
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]),
              help="The state machine's type. [as its template has it, else STANDARD]")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
@click.option("--name", help="The execution's name. [a UUID]")
@click.option("--machine", "machine_name", metavar="NAME",
              help="The state machine's name. [as its template has it, else its file's]")  # fmt: skip
@click.option("--function", "functions", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a Lambda function is; may be repeated.")  # fmt: skip
@click.option("--seed", help="Make UUIDs, random numbers and jitter the same in each run.")
@click.option("--quota", type=click.Choice(["on", "off"]), default="on", show_default=True,
              help="Hold the service's limits on events and sizes, or lift them.")  # fmt: skip
@click.option("--mock-config", metavar="FILE", help="Mocked services, as Step Functions Local has them.")
@click.option("--test-case", metavar="NAME", help="The test case in --mock-config. [the only one]")
@click.option("--logs", is_flag=True, help="Add START, END and REPORT to what functions print on stderr.")
@click.option("--cold", is_flag=True, help="Start a fresh worker for each invocation of a function.")
@click.option("--coverage", metavar="FILE", help="Add what is exercised to FILE, for `aslrun coverage`.")
@click.option("--json", "as_json", is_flag=True, help="Describe the whole execution, not only its output.")
@click.option("--quiet", is_flag=True, help="Say nothing on stderr unless the execution fails.")
def command(
    file: str,
    given: str | None,
    history: str | None,
    report: str | None,
    clock: str,
    kind: MachineType | None,
    substitutions: tuple[str, ...],
    name: str | None,
    machine_name: str | None,
    functions: tuple[str, ...],
    seed: str | None,
    quota: str,
    mock_config: str | None,
    test_case: str | None,
    logs: bool,
    cold: bool,
    coverage: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the state machine in FILE (JSON or YAML, - for stdin) and print its output.

    FILE may be a SAM or CloudFormation template; FILE:ID picks one of its state machines. Lambda functions
    are looked for in --function, in aslrun.toml beside FILE, in the template or one beside or above FILE, in
    handlers/NAME.py and in handlers.py. Waits are jumped over unless --time real.
    """
    if test_case and not mock_config:
        raise UsageError("--test-case names a test case in --mock-config, which is missing")
    if file == given == "-":
        raise UsageError("FILE and --input cannot both be read from stdin")
    from aslrun.drivers.clock import CLOCKS
    from aslrun.functions.log import show_nothing, show_on_stderr
    from aslrun.machine import load
    from aslrun.views.progress import Progress

    machine = load(file, type=kind, substitutions=read_substitutions(substitutions), name=machine_name)
    instrument, add_coverage = measure_coverage(machine, coverage, quiet)
    progress = None if quiet else Progress(machine.name, sys.stderr.isatty())
    execution, close = machine.start(
        read_input(given),
        function_files=functions,
        name=name,
        clock=CLOCKS[clock](),
        seed=seed,
        quota=quota == "on",
        mocks=machine.read_mocks(mock_config, test_case) if mock_config else None,
        cold=cold,
        reports=logs,
        show=progress.show if progress else show_nothing if quiet and not logs else show_on_stderr,
        instrument=instrument,
    )
    with ExitStack() as kept:
        # Each is written whatever becomes of the others: the last one here comes first.
        kept.callback(add_coverage)
        if report is not None:
            kept.callback(write_report, execution, machine, report)
        if history is not None:
            kept.callback(write_history, execution, Path(history))
        try:
            with progress.watching(execution) if progress else nullcontext():
                execution.run()
        except KeyboardInterrupt:
            if progress and progress.is_due:
                progress.summarise(execution)
            sys.exit(130)
        finally:
            close()
        tell(execution, as_json, quiet, progress)


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
                click.echo(f"aslrun: {changed_text(place)}", err=True)

    return instrument, add


def read_substitutions(given: Iterable[str]) -> dict[str, str]:
    """Return what `--substitute` options give, by name; UsageError for one that is not NAME=VALUE."""
    values: dict[str, str] = {}
    for option in given:
        name, equals, value = option.partition("=")
        if not name or not equals:
            raise UsageError(f"--substitute {option}: write NAME=VALUE, for example Stage=dev")
        values[name] = value
    return values


def read_input(given: str | None, what: str = "input") -> JSON:
    """Return the input that an option names: a file, `-` for stdin, or JSON text; else UsageError."""
    if given is None:
        return {}
    if given == "-":
        return parse_input(sys.stdin.read(), f"the {what} on stdin")
    if Path(given).is_file():
        return parse_input(read_text(given), given)
    if given.lstrip()[:1] in ("{", "[", '"'):
        return parse_input(given, f"the {what}")
    try:
        return from_json_text(given)
    except ValueError:
        raise UsageError(
            f"there is no {what} file {given}; give a file, - for stdin, or JSON text like '{{}}'"
        ) from None


def parse_input(text: str, where: str) -> JSON:
    """Return the value of JSON text; UsageError, with where it is from, if it is not JSON."""
    try:
        return from_json_text(text)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"{where} is not JSON: {wrong}") from None


def read_text(path: str) -> str:
    """Return a file's text; UsageError if it cannot be read as UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{path} is not UTF-8: {wrong}") from None
    except OSError as wrong:
        raise UsageError(f"{path} cannot be read: {wrong.strerror}") from None


def write_history(execution: Execution | ChildExecution, path: Path) -> None:
    """Write the events recorded so far as `{"events": [...]}`, with "logs" beside them if functions printed
    something; those of child number N of a distributed Map go to a file of their own, `run.MAP.N.json` for
    `run.json`."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            encode = json.JSONEncoder(ensure_ascii=False).encode
            # A line for each event; the encoder is quick only without indentation.
            lines = ",\n".join(encode(event) for event in execution.history)
            logs = f',\n"logs": {encode(execution.logs)}' if execution.logs else ""
            file.write(f'{{"events": [\n{lines}\n]{logs}}}\n')
    except OSError as wrong:
        raise UsageError(f"the history cannot be written to {path}: {wrong.strerror}") from None
    counts: Counter[str] = Counter()
    for child in execution.children:
        counts[child.map] += 1
        write_history(child, child_path(path, child.map, counts[child.map]))


def child_path(path: Path, map: str, number: int) -> Path:
    """Return the file of the history of a distributed Map's child, beside that of its parent."""
    name = re.sub(r"[^\w-]", "_", map)
    return path.with_suffix(f".{name}.{number}{path.suffix}")


def write_report(execution: Execution, machine: StateMachine, path: str) -> None:
    """Write the page about an execution, as far as it came."""
    from aslrun.cli.graph import write
    from aslrun.page import record_execution, render_page

    page = render_page(machine.definition, record_execution(execution), title=machine.name)
    write(page.encode(), path)


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
            click.echo(waiting_skipped(execution.waited), err=True)
        if execution.status != "SUCCEEDED":
            click.echo(explain_failure(execution), err=True)
    if execution.status != "SUCCEEDED":
        sys.exit(1)


def print_json(value: JSON) -> None:
    """Print `value` as indented JSON; ASCII only where stdout cannot show more."""
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=plain, indent=2))
