"""One execution as all of this room reads it: of this process, or out of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.functions.report import Invocation
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.timestamps import read_event_time
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import ChildExecution, Execution
    from aslrun.history.reading import RecordedHistory

Event: TypeAlias = "Mapping[str, Any]"

ENDS: Mapping[str, str] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
"""Type of an execution's last event → its status; RUNNING after any other."""


@dataclass(frozen=True)
class Observed:
    """An execution, and what it recorded.

    Attributes:
        arn: the execution's ARN.
        machine_arn: its state machine's; that of a distributed Map's child ends with the Map's label.
        type: STANDARD or EXPRESS.
        events: as GetExecutionHistory gives them, in the order of their ids.
        logs: the lines that functions printed, by the id of the event with which the Task's attempt began.
        invocations: what is reported of the invocations of functions in files, by the same ids.
        children: the child executions of distributed Maps.
        map: the Map that started it; "" for an execution that none started.
        definition: the state machine's definition; None where it is not known.
        trace_header: what StartExecution was given as `traceHeader`.
        redrive_count: how often it was redriven.
    """

    arn: str
    machine_arn: str
    type: str
    events: Sequence[Event]
    logs: Mapping[int, Sequence[str]] = field(default_factory=dict)
    invocations: Mapping[int, Sequence[Invocation]] = field(default_factory=dict)
    children: Sequence[Observed] = ()
    map: str = ""
    definition: JSON = None
    trace_header: str | None = None
    redrive_count: int = 0

    @property
    def name(self) -> str:
        """The execution's name."""
        parts = self.arn.split(":")
        return parts[-2] if len(parts) > 8 else parts[-1]  # an Express execution's ARN ends with a UUID

    @property
    def machine_name(self) -> str:
        """The state machine's name."""
        return self.machine_arn.split(":")[6]

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return ENDS.get(self.events[-1]["type"], "RUNNING") if self.events else "RUNNING"

    @property
    def began(self) -> float:
        """When it began, in seconds since the epoch."""
        return time_of(self.events[0])

    @property
    def ended(self) -> float | None:
        """When it ended; None while it runs."""
        return None if self.status == "RUNNING" else time_of(self.events[-1])

    def whole(self) -> Iterator[Observed]:
        """Yield this execution and all that distributed Maps started in it, children after their parents."""
        yield self
        for child in self.children:
            yield from child.whole()


def time_of(event: Event) -> float:
    """Return an event's time in seconds since the epoch, 0.0 where it tells none."""
    return read_event_time(event.get("timestamp")) or 0.0


class _Children(Sequence[Observed]):
    """The children of an execution, each read when it is asked for: a Map may have had a million."""

    def __init__(self, of: Sequence[ChildExecution], definition: JSON) -> None:
        self._of = of
        self._definition = definition

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[Observed]:
        return (_of_child(child, self._definition) for child in self._of)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [_of_child(child, self._definition) for child in self._of[place]]
        return _of_child(self._of[place], self._definition)


def observe(execution: Execution) -> Observed:
    """Return an execution of this process, as far as it has come."""
    return Observed(
        arn=execution.id,
        machine_arn=execution.machine_arn,
        type="EXPRESS" if ":express:" in execution.id else "STANDARD",
        events=execution.history,
        logs=execution.logs,
        invocations=execution.invocations,
        children=_Children(execution.children, execution.definition),
        definition=execution.definition,
        trace_header=execution.scope.execution.trace_header,
        redrive_count=[row[1] for row in execution.journal.rows].count("ExecutionRedriven"),
    )


def _of_child(child: ChildExecution, definition: JSON) -> Observed:
    return Observed(
        arn=child.id,
        machine_arn=child.machine_arn,
        type="EXPRESS" if ":express:" in child.id else "STANDARD",
        events=child.history,
        logs=child.logs,
        invocations=child.invocations,
        children=_Children(child.children, definition),
        map=child.map,
        definition=definition,
    )


def observed_history(
    recorded: RecordedHistory, name: str, type: str, children: Iterable[Observed] = (), map: str = ""
) -> Observed:
    """Return what a file tells of an execution. What the file does not tell is taken from `name`, that of
    the execution, and `type`."""
    about = recorded.execution
    prefix = f"arn:aws:states:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}"
    kind = "express" if type == "EXPRESS" else "execution"
    arn = about.get("executionArn", f"{prefix}:{kind}:{name}:{name}")
    return Observed(
        arn=arn,
        machine_arn=about.get("stateMachineArn", f"{prefix}:stateMachine:{name}"),
        type="EXPRESS" if ":express:" in arn else type,
        events=recorded.events,
        logs=recorded.logs,
        invocations={id: [Invocation(**one) for one in made] for id, made in recorded.invocations.items()},
        children=tuple(children),
        map=map,
        trace_header=about.get("traceHeader"),
        redrive_count=sum(event["type"] == "ExecutionRedriven" for event in recorded.events),
    )
