"""What the store keeps: resources, executions and the answers that were given to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

from aslrun.execution import MachineType, Status
from aslrun.values import JSON

T = TypeVar("T")

Sync: TypeAlias = Literal["normal", "full"]
"""How far SQLite goes: "normal" loses nothing when the process is killed, "full" nothing when power fails."""


class BadToken(ValueError):
    """The `after` of a list is not one that a page of the same list gave."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. `next` is given back as `after` for the next part; None at the end."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What has an ARN and is no execution: a state machine, a version, an alias, an activity, a map run.

    `kind` is the server's word for it, `data` all that the store need not know; `parent` is the ARN of what
    it belongs to, "" for none; `created` is seconds since the epoch.
    """

    kind: str
    arn: str
    name: str
    data: dict[str, JSON] = field(default_factory=dict)
    parent: str = ""
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRecord:
    """An execution: what it takes to run it again, and how it ended.

    `definition` is the hash that `Store.keep` gave for its text; `input`, `output` are JSON texts; `started`,
    `stopped` and `redriven` (the last redrive) are seconds since the epoch. `machine` is the ARN without
    version or alias; `parent` the execution that started it. `options` are what running it needs besides.
    `events` is the number of events at its end. In lists, `input`, `output` and `cause` are left out.
    """

    arn: str
    machine: str
    name: str
    type: MachineType
    definition: str
    input: str
    seed: str
    started: float
    role: str = ""
    version: str | None = None
    alias: str | None = None
    map_run: str | None = None
    parent: str | None = None
    options: dict[str, JSON] = field(default_factory=dict)
    status: Status = "RUNNING"
    stopped: float | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    events: int = 0
    redrives: int = 0
    redriven: float | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How an execution ended: `output` is JSON text, `stopped` seconds since the epoch."""

    status: Status
    stopped: float
    output: str | None
    error: str | None
    cause: str | None
    events: int


@dataclass(frozen=True, slots=True)
class Row:
    """One answer from outside, as it is kept.

    `turn` counts the turns of the driver's loop, `time` is when it came, `fiber` and `wait` say who waited
    for it. `kind` tells how to read `body`, which is JSON text: see `aslrun.store.answers`.
    """

    turn: int
    time: float
    fiber: int
    wait: int
    kind: str
    body: str
