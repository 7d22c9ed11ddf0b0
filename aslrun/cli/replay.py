"""`aslrun replay`: run a definition with a recorded history's outcomes, and compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.output import check_target, echo, write_history
from aslrun.cli.recorded import read_run
from aslrun.document.printable import printable

if TYPE_CHECKING:
    from aslrun.execution import MachineType


@click.command()
@click.argument("histories", type=FILE, nargs=-1, required=True, metavar="HISTORY...")
@click.option("--definition", required=True, type=FILE, metavar="FILE", help="The state machine to run.")
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]), default="STANDARD",
              show_default=True, help="The state machine's type.")  # fmt: skip
@click.option("--name", help="The name that the recorded execution had, if its states read it.")
@click.option("--machine", "machine_name", metavar="NAME",
              help="The name that the recorded state machine had, if its states read it.")  # fmt: skip
@click.option("--history", type=FILE, metavar="FILE", help="Write the events of the local run.")
def command(
    histories: tuple[str, ...],
    definition: str,
    kind: MachineType,
    name: str | None,
    machine_name: str | None,
    history: str | None,
) -> None:
    """Run a definition with the outcomes of a recorded execution, and tell the first event that differs.

    HISTORY is what `aws stepfunctions get-execution-history` wrote; several files, or several documents in
    one, are its pages. The histories of a distributed Map's children lie beside the first, as
    `--history` of `aslrun execute` writes them. The exit status is 1 if there is a difference.
    """
    from aslrun.document.definitions import split_reference
    from aslrun.history.diff import describe_difference
    from aslrun.history.families import describe_children
    from aslrun.machine import load
    from aslrun.replay import compare_replay, compare_replayed_children, has_ended, replay

    sources = [split_reference(definition)[0], *histories]
    if history is not None:
        check_target(history, "the history", sources)
    recorded = read_run(histories)
    events = recorded.events
    execution = replay(load(definition, type=kind, name=machine_name), events, name, recorded.children)
    if history is not None:
        write_history(execution, Path(history), sources)
    difference = compare_replay(events, execution)
    child, children = compare_replayed_children(execution)
    if difference is not None:
        echo(describe_difference(difference, "recorded", "here"))
        if execution.status == "ABORTED":
            echo(f"  {printable(execution.cause or '')}")
    if child is not None:
        echo(describe_children(child, "recorded", "here"))
    if difference is not None or child is not None:
        sys.exit(1)
    end = "" if has_ended(events) else ", of an execution that had not ended"
    within = f", and {children} children" if children else ""
    echo(f"the same: {len(events)} events{end}{within}")
