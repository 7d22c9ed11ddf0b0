"""A scope is one run through the states of one machine: the execution itself, a branch, an iteration.

It knows the state it is in, what the context object shows, and the journal that it tells what happens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, overload

from aslrun.errors import QueryEvaluationError, StateError
from aslrun.interpreter.identity import Chance, ExecutionIdentity, ScopePath
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.rows import COLUMNS, Rows
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.map_run import MapRun


Row: TypeAlias = "tuple[float, str, Scope, str, object]"
"""See `aslrun.interpreter.rows`."""

STANDARD_LIMIT = 25_000
"""Events a Standard execution may have. Documentation: Service quotas."""


NO_RETRIES: list[int] = []
"""The counts of a state's retriers, of a scope that has come to none yet."""


class HistoryLimitExceeded(StateError):
    """The event that would have been the last one allowed is `ExecutionFailed` instead."""

    def __init__(self, limit: int | None) -> None:
        super().__init__(
            "States.Runtime", f"The execution reached the maximum number of history events ({limit})."
        )


class Children(Sequence["tuple[str, Scope]"]):
    """The child executions that the distributed Maps of an execution started: the Map's name, and the scope
    of the child, which has its own journal. Here all are kept in memory. `is_watched` says that somebody
    reads the journals of children that run, and would miss their ends."""

    def __init__(self) -> None:
        self.is_watched = False
        self._kept: list[tuple[str, Scope]] = []

    def begin(self, map: str, child: Scope) -> int:
        """Add a child; return its number, from 0."""
        self._kept.append((map, child))
        return len(self._kept) - 1

    def end(self, number: int) -> None:
        """Note that nothing more comes of a child."""

    def put(self, number: int, record: object, events: int) -> None:
        """Note that a child has ended that another process ran, of which `record` is the journal, in the form
        of the class that keeps it, with so many events."""
        self.end(number)

    def events_of(self, number: int) -> int:
        """Return how many events a child has, those of its own children included."""
        return self._kept[number][1].journal.total_events()

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, place: int) -> tuple[str, Scope]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[str, Scope]]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, Scope] | Sequence[tuple[str, Scope]]:
        return self._kept[place]


class Journal:
    """The rows of one execution, in the `cells` of one list, and the quotas on them: None lifts one.

    `time` is set by the driver before it resumes a computation; `keep` makes the place for the child
    executions that distributed Maps start; `map_runs` are the attempts of those Maps, with those in children.
    `logs` has the lines that a Task's function printed, by the id of the event with which it began,
    and `invocations` what is reported of its invocations;
    `caught` the errors that catchers took, and the states they were raised in. `errors` counts the errors
    so far; where the execution is run again to be redriven, `redriven` are the numbers of those that ended
    it, of which the states they were raised in are run again. `input_text` is the JSON text of the
    execution's input, where somebody wrote it: histories need not do so again.
    """

    __slots__ = (
        "_limit", "caught", "cells", "errors", "input_text", "invocations", "keep", "logs", "map_runs",
        "quota", "redriven", "room", "started_children", "time",
    )  # fmt: skip

    def __init__(
        self,
        time: float,
        limit: int | None,
        quota: Quota | None,
        keep: Callable[[], Children] = Children,
        map_runs: list[MapRun] | None = None,
    ) -> None:
        self.cells: list[Any] = []
        self.keep = keep
        self.started_children: Children | None = None
        self.map_runs: list[MapRun] = [] if map_runs is None else map_runs
        self.logs: dict[int, list[str]] = {}
        self.invocations: dict[int, list[tuple[Any, ...]]] = {}
        self.caught: list[tuple[str, StateError]] = []
        self.errors = 0
        self.redriven: frozenset[int] = frozenset()
        self.input_text: str | None = None
        self.time = time
        self.limit = limit
        self.quota = quota

    @property
    def limit(self) -> int | None:
        """How many events there may be, None for any number."""
        return self._limit

    @limit.setter
    def limit(self, limit: int | None) -> None:
        self._limit = limit
        # So many cells leave room for the final event only.
        self.room = sys.maxsize if limit is None else (limit - 1) * COLUMNS

    @property
    def rows(self) -> Rows[Row]:
        """What has happened so far, a row for each event."""
        return Rows(self.cells)

    @rows.setter
    def rows(self, rows: Iterable[Row]) -> None:
        self.cells[:] = chain.from_iterable(rows)

    @property
    def children(self) -> Children:
        """The child executions, in the order in which they began."""
        if self.started_children is None:
            self.started_children = self.keep()
        return self.started_children

    def total_events(self) -> int:
        """Return how many events there are, with those of child executions."""
        children = self.started_children
        if children is None:
            return len(self.rows)
        return len(self.rows) + sum(map(children.events_of, range(len(children))))

    def record(self, type: str, scope: Scope, name: str, value: object = None) -> None:
        """Add a row; raise HistoryLimitExceeded where only the final event still has room."""
        if len(self.cells) >= self.room:
            raise HistoryLimitExceeded(self.limit)
        self.cells.extend((self.time, type, scope, name, value))

    def take_back(self, value: object) -> None:
        """Take back the last row, if `value` is what it tells: there is no event for an activity that is not
        there (recorded). Beside other branches the row may not be the last any more; it stays then."""
        if self.cells and self.cells[-1] is value:
            del self.cells[-COLUMNS:]

    def record_end(self, type: str, scope: Scope, value: object) -> None:
        """Add the execution's final event, for which there is always room."""
        self.cells.extend((self.time, type, scope, "", value))


class StateFacts(Protocol):
    """What a scope knows of a state; `entered`, `exited` and `aborted` are the types of its events."""

    @property
    def name(self) -> str: ...
    @property
    def counts_retries(self) -> bool: ...
    @property
    def entered(self) -> str: ...
    @property
    def exited(self) -> str: ...
    @property
    def aborted(self) -> str | None: ...


@dataclass(slots=True)
class Assigned:
    """What a ...StateExited event tells of a state that assigned variables."""

    output: JSON
    variables: Mapping[str, JSON]


class Scope:
    """The state of one run through a machine's states; also what expressions see (`ExpressionScope`)."""

    __slots__ = (
        "_random",
        "assigned",
        "ended_map",
        "entered",
        "entered_at",
        "execution",
        "index",
        "item",
        "iteration_of",
        "journal",
        "parent",
        "redriven_map",
        "retries",
        "retry_count",
        "state",
        "task_token",
        "variables",
    )

    def __init__(
        self, execution: ExecutionIdentity, journal: Journal, parent: Scope | None = None, index: int = 0
    ) -> None:
        self.execution = execution
        self.journal = journal
        self.parent = parent
        self.index = index
        self.state: StateFacts | None
        self.variables: Mapping[str, JSON]
        if parent is None:
            self.state, self.entered_at, self.variables = None, journal.time, {}
        else:
            # Until it enters its first state, the context object still shows the Parallel or Map around it.
            # Inner scopes read the variables around them; what they assign stays theirs.
            self.state, self.entered_at, self.variables = parent.state, parent.entered_at, parent.variables
        # What an iteration is of; elsewhere all that the context object tells of an item, where it does.
        self.item: JSON = None
        self.entered = 0  # how many cells the journal had when its state had been entered
        self.retry_count = 0
        self.retries = NO_RETRIES
        self.ended_map: object = None  # the attempt of a distributed Map that failed last
        self.redriven_map: object = None  # the same, once the execution is redriven
        self.task_token: str | None = None
        self.iteration_of: str | None = None
        self.assigned: Mapping[str, JSON] | None = None
        self._random: Chance | None = None

    @property
    def path(self) -> ScopePath:
        """How the scope is reached from the execution: (state, index of branch or iteration) per level."""
        if self.parent is None or self.parent.state is None:
            return ()
        return (*self.parent.path, (self.parent.state.name, self.index))

    @property
    def entered_id(self) -> int:
        """The id of the event with which it entered its state, 0 before the first one."""
        return self.entered // COLUMNS

    @property
    def context(self) -> JSON:
        """The context object. Documentation: "Accessing execution data from the Context object"."""
        state = self.state
        entered: dict[str, JSON] = {
            "Name": state.name if state else "",
            "EnteredTime": format_timestamp(self.entered_at),
        }
        if state is not None and state.counts_retries:
            entered["RetryCount"] = self.retry_count
        context: dict[str, JSON] = {**self.execution.context, "State": entered}
        if self.task_token is not None:
            context["Task"] = {"Token": self.task_token}
        item = self.map_item
        if item is not None:
            context["Map"] = {"Item": item}
        return context

    @property
    def map_item(self) -> JSON:
        """What the context object tells of the item of the Map around; None outside of any."""
        if self.iteration_of is not None:
            return {"Index": self.index, "Value": self.item}
        return self.item if self.item is not None or self.parent is None else self.parent.map_item

    @property
    def random(self) -> Chance:
        """The scope's own source of chance, the same for the same seed whatever else runs."""
        if self._random is None:
            self._random = self.execution.random_for(self.path)
        return self._random

    @property
    def time(self) -> float:
        """The time of the execution's clock, in seconds since the epoch."""
        return self.journal.time

    def draw(self) -> float:
        """A number drawn uniformly from [0, 1)."""
        return self.random.random()

    def draw_uuid(self) -> str:
        """A version 4 UUID."""
        from uuid import UUID

        return str(UUID(int=self.random.getrandbits(128), version=4))

    def assign(self, variables: Mapping[str, JSON]) -> None:
        """Assign variables, which the states that follow can read; StateError when they are too big."""
        assigned = {**self.variables, **variables}
        if self.journal.quota is not None:
            self.journal.quota.check_variables(variables, assigned)
        self.variables, self.assigned = assigned, variables

    def hold(self, value: JSON, who: str) -> JSON:
        """Return `value`; StateError if it is bigger than what `who` may be given or hand on."""
        if self.journal.quota is not None:
            self.journal.quota.check(value, who)
        return value

    def record(self, type: str, value: object = None) -> None:
        """Tell the journal of an event of the state the scope is in."""
        state, journal = self.state, self.journal
        assert state is not None
        if len(journal.cells) >= journal.room:
            raise HistoryLimitExceeded(journal.limit)
        journal.cells.extend((journal.time, type, self, state.name, value))  # as in `Journal.record`

    def enter(self, state: StateFacts, raw: JSON) -> None:
        """Begin with `state`."""
        journal = self.journal
        if len(journal.cells) >= journal.room:
            raise HistoryLimitExceeded(journal.limit)
        journal.cells.extend((journal.time, state.entered, self, state.name, raw))
        self.state = state
        self.entered = len(journal.cells)
        self.entered_at = journal.time

    def leave(self, state: StateFacts, output: JSON) -> None:
        """End with `state`, and with its retries and token; tell the journal of the variables it assigned."""
        journal = self.journal
        if len(journal.cells) >= journal.room:
            raise HistoryLimitExceeded(journal.limit)
        self.retry_count = 0
        self.task_token = None
        told: object = output
        if self.assigned is not None:
            told, self.assigned = Assigned(output, self.assigned), None
        journal.cells.extend((journal.time, state.exited, self, state.name, told))

    def located(self, error: StateError) -> StateError:
        """Return `error` with the state the scope is in as its place.

        A JSONata expression that fails has an event, for each time it does.
        """
        assert self.state is not None
        is_new = error.state is None
        if is_new:
            self.journal.errors += 1
            error.number = self.journal.errors
        # Without its traceback, which would keep the frames of each attempt.
        error = error.located(self.state.name, self.entered_id).with_traceback(None)
        if is_new and isinstance(error, QueryEvaluationError):
            self.record("EvaluationFailed", error)
        return error

    def note_caught(self, failure: StateError) -> None:
        """Tell the journal that a catcher of the state the scope is in took `failure`; no event does."""
        assert self.state is not None
        self.journal.caught.append((self.state.name, failure))

    def redrive(self) -> None:
        """Let the retriers of the state that the scope is in count anew, and a distributed Map go on."""
        self.redriven_map = self.ended_map
        self.retry_count = 0
        self.retries[:] = [0] * len(self.retries)

    def abort(self) -> None:
        """Tell the journal that the state the scope is in, and its iteration or execution, came to no end."""
        if self.entered and self.state is not None and self.state.aborted is not None:
            self.record(self.state.aborted)
        if self.iteration_of is not None:
            self.record_iteration("MapIterationAborted")
        elif self.parent is None:
            self.journal.record_end("ExecutionAborted", self, StateError(None))

    def record_iteration(self, type: str) -> None:
        """Tell the journal of an event of the Map iteration that the scope is."""
        assert self.iteration_of is not None
        journal = self.journal
        if len(journal.cells) >= journal.room:
            raise HistoryLimitExceeded(journal.limit)
        journal.cells.extend(
            (journal.time, type, self, self.iteration_of, self.index)
        )  # as in `Journal.record`
