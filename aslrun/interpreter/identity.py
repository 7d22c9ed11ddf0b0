"""What an execution is to its own definition: what `$$` shows of it, and where its chance comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

ScopePath = tuple[tuple[str, int], ...]


class Chance(Protocol):
    """A source of chance: `random.Random` is one."""

    def random(self) -> float: ...
    def getrandbits(self, k: int, /) -> int: ...


@dataclass(slots=True)
class ExecutionIdentity:
    """What the context object says of the execution and its state machine; `random_for` is made of `seed`.
    `trace_header` is what StartExecution was given, or names the trace that it begins; `is_traced` tells
    whether somebody takes its trace."""

    id: str
    name: str
    role_arn: str
    machine_id: str
    machine_name: str
    input: JSON
    start_time: float
    random_for: Callable[[ScopePath], Chance]
    seed: int | str = 0
    trace_header: str | None = None
    is_traced: bool = False
    _context: dict[str, JSON] | None = field(default=None, init=False)

    @property
    def context(self) -> dict[str, JSON]:
        """The execution's part of the context object."""
        if self._context is None:
            self._context = {
                "Execution": {
                    "Id": self.id,
                    "Input": self.input,
                    "StartTime": format_timestamp(self.start_time),
                    "Name": self.name,
                    "RoleArn": self.role_arn,
                    "RedriveCount": 0,
                },
                "StateMachine": {"Id": self.machine_id, "Name": self.machine_name},
            }
        return self._context

    def redriven(self, count: int, time: float) -> None:
        """Tell the context object of redrive number `count`. Documentation: "Context object data"."""
        execution = self.context["Execution"]
        assert isinstance(execution, dict)
        told: JSON = {**execution, "RedriveCount": count, "RedriveTime": format_timestamp(time)}
        self._context = {**self.context, "Execution": told}
