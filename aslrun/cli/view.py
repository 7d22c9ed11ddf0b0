"""`aslrun view`: a recorded execution as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.graph import THEMES

if TYPE_CHECKING:
    from aslrun.page.html import Theme
    from aslrun.page.recording import Event, Recording


@click.command()
@click.argument("histories", type=FILE, nargs=-1, required=True, metavar="HISTORY...")
@click.option("--definition", required=True, type=FILE, metavar="FILE",
              help="The state machine that was run.")  # fmt: skip
@click.option("--output", type=FILE, metavar="FILE", help="Write the page to a file. [stdout]")
@click.option("--title", help="What stands at the top of the page. [the state machine's name]")
@click.option("--theme", type=click.Choice(THEMES), default="auto", show_default=True,
              help="The page's colours; auto follows the reader's.")  # fmt: skip
def command(
    histories: tuple[str, ...], definition: str, output: str | None, title: str | None, theme: Theme
) -> None:
    """Show a recorded execution as one HTML page: the graph, each state's data, events, a timeline.

    HISTORY is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote (- for
    stdin); several files, or several documents in one, are its pages. Histories of a distributed Map's
    children that lie beside it, as `--history` writes them, are shown as well.
    """
    from aslrun.cli.output import check_target, write
    from aslrun.document.definitions import split_reference
    from aslrun.machine import load
    from aslrun.page import render_page

    if output is not None:
        check_target(output, "the page", [split_reference(definition)[0], *histories])
    machine = load(definition)
    recording = read_recording(histories)
    page = render_page(machine.definition, recording, title=title or machine.name, theme=theme)
    write(page, output, "the page")


def read_recording(paths: Sequence[str], map: str = "") -> Recording:
    """Return the recording in a history's pages, with those of children beside them; UsageError if there are
    no events."""
    from aslrun.cli.files import read_histories
    from aslrun.page.recording import Recording

    recorded = read_histories(paths)
    children = [] if paths[0] == "-" else _read_children(Path(paths[0]), recorded.events)
    return Recording(recorded.events, recorded.logs, children, map)


def _read_children(path: Path, events: Sequence[Event]) -> list[Recording]:
    """Read the histories that `aslrun execute --history` wrote beside `path`, up to the first that is missing
    or not of this execution: an older and longer run may have left some."""
    from aslrun.cli.output import child_path
    from aslrun.page.recording import child_maps, is_within

    found: list[Recording] = []
    for map in child_maps(events):
        for number in count(1):
            file = child_path(path, map, number)
            if not file.is_file():
                break
            child = read_recording([str(file)], map)
            if not is_within(child.events, events):
                break
            found.append(child)
    return found
