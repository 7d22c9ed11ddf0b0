"""`aslrun replay`: run a definition with a recorded history's outcomes, and compare."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aslrun.errors import UsageError

if TYPE_CHECKING:
    from aslrun.execution import MachineType


@click.command()
@click.argument("histories", nargs=-1, required=True, metavar="HISTORY...")
@click.option("--definition", required=True, metavar="FILE", help="The state machine to run.")
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]), default="STANDARD",
              show_default=True, help="The state machine's type.")  # fmt: skip
@click.option("--name", help="The name that the recorded execution had, if its states read it.")
@click.option("--machine", "machine_name", metavar="NAME",
              help="The name that the recorded state machine had, if its states read it.")  # fmt: skip
@click.option("--history", metavar="FILE", help="Write the events of the local run.")
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
    one, are its pages. The exit status is 1 if there is a difference.
    """
    from aslrun.cli.execute import write_history
    from aslrun.history.diff import describe_difference
    from aslrun.machine import load
    from aslrun.replay import compare_replay, has_ended, replay

    events = read_history(histories)
    execution = replay(load(definition, type=kind, name=machine_name), events, name)
    if history is not None:
        write_history(execution, Path(history))
    difference = compare_replay(events, execution)
    if difference is not None:
        click.echo(describe_difference(difference, "recorded", "here"))
        if execution.status == "ABORTED":
            click.echo(f"  {execution.cause}")
        sys.exit(1)
    end = "" if has_ended(events) else ", of an execution that had not ended"
    click.echo(f"the same: {len(events)} events{end}")


def read_history(paths: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the events of a history's pages, in the order of their ids; UsageError if there are none."""
    return merge_pages(paths)[0]


def merge_pages(paths: Sequence[str]) -> tuple[list[Mapping[str, Any]], dict[int, list[str]]]:
    """Return what `read_recording` does, of all pages of a history; UsageError if there are no events."""
    from aslrun.cli.execute import read_text
    from aslrun.history.table import read_recording

    events: dict[int, Mapping[str, Any]] = {}
    logs: dict[int, list[str]] = {}
    for path in paths:
        for page in documents(sys.stdin.read() if path == "-" else read_text(path)):
            of_page, of_functions = read_recording(page, path)
            events |= {event["id"]: event for event in of_page}
            logs |= of_functions
    if not events:
        raise UsageError(f"{', '.join(paths)}: a history without events")
    return [events[id] for id in sorted(events)], logs


def documents(text: str) -> list[str]:
    """Return the JSON documents that follow each other in a text; a text that is none is left as it is."""
    found, at, decoder = [], 0, json.JSONDecoder()
    text = text.strip()
    while at < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return [text]
        found.append(text[at:end])
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found or [text]
