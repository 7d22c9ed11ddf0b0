"""Executions that were recorded in files, for the commands that look back at them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.cli.files import read_histories
from aslrun.cli.output import child_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aslrun.history.families import RecordedRun
    from aslrun.history.reading import RecordedHistory
    from aslrun.observe.observed import Event, Observed


def read_observed(paths: Sequence[str], type: str = "STANDARD") -> list[Observed]:
    """Return the executions whose histories lie in files, one in each, with those of the children of
    distributed Maps that `--history` wrote beside them; UsageError for what is no history.

    `type` is the state machine's, where a file does not tell.
    """
    return [_observed(path, read_histories([path]), type) for path in paths]


def _observed(path: str, recorded: RecordedHistory, type: str, map: str = "") -> Observed:
    from aslrun.observe.observed import observed_history

    name = "history" if path == "-" else Path(path).stem
    children = [
        _observed(file, child, type, of) for of, file, child in child_histories(path, recorded.events)
    ]
    return observed_history(recorded, name, type, children, map)


def read_run(paths: Sequence[str]) -> RecordedRun:
    """Return the execution whose history lies in some files, its pages, with those of the children of
    distributed Maps that lie beside the first; UsageError for what is no history."""
    return _run(paths[0], read_histories(paths))


def _run(path: str, recorded: RecordedHistory) -> RecordedRun:
    from aslrun.history.families import RecordedRun

    children: dict[str, list[RecordedRun]] = {}
    for map, file, child in child_histories(path, recorded.events):
        children.setdefault(map, []).append(_run(file, child))
    return RecordedRun(recorded.events, children)


def child_histories(path: str, events: Sequence[Event]) -> Iterator[tuple[str, str, RecordedHistory]]:
    """Yield the Map's name, the file and the history of each child that lies beside `path`, up to the first
    that is missing or not of this execution: an older and longer run may have left some."""
    from aslrun.page.recording import child_maps, is_within

    if path == "-":
        return
    for map in child_maps(events):
        for number in count(1):
            file = child_path(Path(path), map, number)
            if not file.is_file():
                break
            recorded = read_histories([str(file)])
            if not is_within(recorded.events, events):
                break
            yield map, str(file), recorded
