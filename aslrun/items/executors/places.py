"""`--map-workers`: what it says, and what sends bytes there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from aslrun.errors import UsageError

HERE = "here"
MOST = 512
"""Processes on this machine."""
WRITE = "write here, a number of processes, dask:NUMBER, or the address of a Dask scheduler (tcp://HOST:PORT)"

Done: TypeAlias = Callable[[bytes | Exception], None]
"""Takes the answer to a request, or why there is none, on any thread: `WorkerLost` where another process may
answer it, UsageError where none will."""

ANSWER = ("aslrun.mapworker.run", "answer")
"""Module and name of the function that answers requests: by name, as it stands on what runs machines, and
this below."""


class WorkerLost(Exception):
    """The process that worked on a request has gone."""


class Place(Protocol):
    """Processes that answer requests; `count` of them. Used from one thread."""

    count: int
    is_elsewhere: bool

    def submit(self, request: bytes, done: Done) -> None:
        """Have a request answered."""

    def check(self, request: bytes) -> None:
        """Raise UsageError where the processes are not there, or do not fit; each answers `request` once."""

    def close(self) -> None:
        """End what was started; requests that are not answered are given up."""


def check_place(workers: str) -> None:
    """Raise UsageError for what is no place."""
    if workers == HERE or re.fullmatch(r"tcp://[^/:]+:\d{1,5}", workers):
        return
    number = re.fullmatch(r"(?:dask:)?(\d{1,4})", workers)
    if number is None or not 1 <= int(number[1]) <= MOST:
        raise UsageError(f"--map-workers {workers}: {WRITE}")


def map_workers_in(folder: Path | None) -> str | None:
    """Return what aslrun.toml says in `[map] workers`; None where it says nothing. UsageError for what is
    wrong with it."""
    file = None if folder is None else folder / "aslrun.toml"
    if file is None or not file.is_file():
        return None
    from aslrun.document import read_toml

    section = read_toml(file).get("map", {})
    if not isinstance(section, dict):
        raise UsageError(f"{file}: [map] must be a table")
    for name in section:
        if name != "workers":
            raise UsageError(f"{file}: [map] {name}: there is no setting '{name}'; there is workers")
    workers = section.get("workers")
    if workers is None:
        return None
    try:
        check_place(str(workers))
    except UsageError:
        raise UsageError(f"{file}: [map] workers = {workers!r}: {WRITE}") from None
    return str(workers)
