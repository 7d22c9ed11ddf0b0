"""`aslrun view`: a recorded execution as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.graph import THEMES

if TYPE_CHECKING:
    from aslrun.history.reading import RecordedHistory
    from aslrun.page.html import Theme
    from aslrun.page.recording import Recording


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


def read_recording(paths: Sequence[str], recorded: RecordedHistory | None = None) -> Recording:
    """Return the recording in a history's pages, which may have been read, with those of children beside
    them; UsageError if there are no events."""
    from aslrun.cli.files import read_histories

    return _recording(paths[0], recorded or read_histories(paths))


def _recording(path: str, recorded: RecordedHistory, map: str = "") -> Recording:
    from aslrun.cli.recorded import child_histories
    from aslrun.functions.report import Invocation
    from aslrun.page.recording import Recording

    children = [_recording(file, child, of) for of, file, child in child_histories(path, recorded.events)]
    invocations = {id: [Invocation(**one) for one in made] for id, made in recorded.invocations.items()}
    return Recording(recorded.events, recorded.logs, children, map, invocations=invocations)
