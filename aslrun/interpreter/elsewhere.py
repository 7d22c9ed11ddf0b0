"""What a distributed Map asks of the processes that may run its children in place of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aslrun.values import JSON


@dataclass(frozen=True, eq=False, slots=True)
class ChildRuns:
    """What the children of one Map Run have in common.

    `map` is the Map's state; `facts` what a process must know besides it, as JSON; `at_once` how many
    children may run at the same time.
    """

    map: object
    facts: dict[str, JSON]
    at_once: int


@dataclass(frozen=True, slots=True)
class FindExecutor:
    """Ask whether other processes run the children of `runs`; the answer is True or False: they run here."""

    runs: ChildRuns


@dataclass(frozen=True, slots=True)
class RunElsewhere:
    """Run a child in another process; the answer is its `Outcome`. `input` is JSON text."""

    runs: ChildRuns
    index: int
    name: str
    input: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a child that another process ran.

    `status` is SUCCEEDED (with `output`), FAILED or TIMED_OUT (with `error` and `cause`); times are seconds
    since the epoch. `record` is the child's journal as `Children.put` takes it, None where none is kept;
    `events` counts the events in it, those of its own children included. `map_runs` are the Map Runs inside.
    """

    index: int
    status: Any
    started: float
    stopped: float
    output: JSON = None
    error: str | None = None
    cause: str | None = None
    record: object = None
    events: int = 0
    map_runs: Sequence[Any] = field(default=())
