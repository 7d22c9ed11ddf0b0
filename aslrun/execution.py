"""One execution of a state machine: what is given to it, how it ends, and what it recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from aslrun.drivers.calls import Integration
from aslrun.drivers.chance import new_seed, random_source, uuid_from
from aslrun.drivers.clock import Clock, VirtualClock
from aslrun.drivers.driver import LONGEST_RUN, Driver
from aslrun.drivers.fibers import ChildExecutor, ExecutionStopped, ExecutionTimedOut, OpenData, Recorded, Root
from aslrun.errors import StateError, UsageError
from aslrun.functions.report import Invocation
from aslrun.history.events import Event, history_events, make_events
from aslrun.integrations.registry import Registry
from aslrun.interpreter.collection import seldom_collection
from aslrun.interpreter.identity import ExecutionIdentity
from aslrun.interpreter.loop import Machine, run_states
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.scope import STANDARD_LIMIT, Children, Journal, Scope
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.map_run import MapRun
    from aslrun.services.places import Aws

MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]
Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

EXPRESS_TIMEOUT = 300.0
"""Seconds an Express execution may take. Documentation: Service quotas."""
EXPRESS_EVENTS = 1_000_000
"""Events after which an Express execution is taken for endless: its time limit cannot end a loop that
takes no time on a virtual clock. The service has no such limit."""

show_in_notebook: list[Callable[[Execution], str]] = []
"""The last one shows an execution in a notebook, as HTML. `aslrun.views` puts it here."""


@dataclass(frozen=True)
class ChildExecution:
    """A child that a distributed Map started: the Map's name, the child's ARN, and what it recorded."""

    map: str
    id: str
    journal: Journal

    @property
    def machine_arn(self) -> str:
        """The state machine's ARN, with the Map's label after its name."""
        parts = self.id.split(":")
        return ":".join([*parts[:5], "stateMachine", parts[6]])

    def events(self) -> Iterator[Event]:
        """Yield the events so far; each is made when it is asked for."""
        return make_events(self.journal)

    @property
    def history(self) -> list[Event]:
        """The events so far, as GetExecutionHistory gives them."""
        return history_events(self.journal)

    @property
    def children(self) -> Sequence[ChildExecution]:
        """The child executions of distributed Maps inside it."""
        return children_of(self.journal)

    @property
    def logs(self) -> dict[int, list[str]]:
        """The lines that functions printed, by the id of the event with which the Task's attempt began."""
        return logs_of(self.journal)

    @property
    def invocations(self) -> dict[int, list[Invocation]]:
        """What is reported of the functions in files that were invoked, by the same ids as `logs`."""
        return invocations_of(self.journal)


class ChildExecutions(Sequence[ChildExecution]):
    """The child executions that a journal knows of, in the order in which they started."""

    def __init__(self, journal: Journal) -> None:
        self._children = journal.children

    def __len__(self) -> int:
        return len(self._children)

    @overload
    def __getitem__(self, place: int) -> ChildExecution: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ChildExecution]: ...
    def __getitem__(self, place: int | slice) -> ChildExecution | Sequence[ChildExecution]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        map, child = self._children[place]
        return ChildExecution(map, child.execution.id, child.journal)


def children_of(journal: Journal) -> Sequence[ChildExecution]:
    """Return the child executions that `journal` knows of, in the order in which they started."""
    return ChildExecutions(journal)


def logs_of(journal: Journal) -> dict[int, list[str]]:
    """Return the lines that functions printed, by the id of the event with which the Task's attempt began."""
    return {id: lines for id, lines in sorted(journal.logs.items()) if lines}


def invocations_of(journal: Journal) -> dict[int, list[Invocation]]:
    """Return what is reported of the functions in files that were invoked, by the ids of `logs_of`."""
    return {id: [Invocation(*one) for one in made] for id, made in journal.invocations.items()}


class Execution:
    """An execution, before, while and after it runs.

    `status` is RUNNING until `run` returns; then SUCCEEDED with an `output`, or FAILED, TIMED_OUT or
    ABORTED with an `error`, a `cause` and the `failed_state` they came from. `history` has the events
    recorded so far. `longest` is the seconds that an execution of its type may take, `interrupted` whether
    the user stopped it. `definition` is the machine's, to draw it; None where that is not known. `on_token`
    is called with the execution, a state's name and a task token that is waited for, on the driver's thread.
    `started` are the executions of other machines that its Tasks started, `place` is where calls to AWS go.
    """

    def __init__(
        self,
        machine: Machine,
        input: JSON,
        integrations: Sequence[Integration],
        *,
        machine_name: str = "StateMachine",
        name: str | None = None,
        type: MachineType = "STANDARD",
        clock: Clock | None = None,
        seed: int | str | None = None,
        quota: bool = True,
        definition: JSON = None,
        open_data: OpenData | None = None,
        executor: ChildExecutor | None = None,
        keep: Callable[[], Children] = Children,
    ) -> None:
        seed = new_seed() if seed is None else seed
        self.machine = machine
        self.definition = definition
        self.input = input
        self.name = name or uuid_from(seed, "name")
        self.clock = clock or VirtualClock()
        self.status: Status = "RUNNING"
        self.output: JSON = None
        self.error: str | None = None
        self.cause: str | None = None
        self.failed_state: str | None = None
        self.interrupted = False
        self.on_token: Callable[[Execution, str, str], None] | None = None
        self.place: Aws | None = None
        self.started: list[Execution] = []
        self.driver: Driver | None = None
        self.root: Root | None = None
        self._told: list[Callable[[], None]] = []
        self._broken: BaseException | None = None
        self._registry = Registry(integrations)
        self._open_data = open_data
        self._executor = executor
        self._timeout = machine.timeout
        self.longest = LONGEST_RUN
        limit: int | None = STANDARD_LIMIT
        if type == "EXPRESS":
            limit = EXPRESS_EVENTS
            self.longest = EXPRESS_TIMEOUT
            self._timeout = min(machine.timeout or EXPRESS_TIMEOUT, EXPRESS_TIMEOUT)
        self.journal = Journal(self.clock.now, limit if quota else None, Quota() if quota else None, keep)
        self.scope = Scope(self._identity(machine_name, type, seed), self.journal)

    def _identity(self, machine_name: str, type: MachineType, seed: int | str) -> ExecutionIdentity:
        prefix = f"arn:aws:states:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}"
        id = f"{prefix}:execution:{machine_name}:{self.name}"
        if type == "EXPRESS":  # names of Express executions need not be unique
            id = f"{prefix}:express:{machine_name}:{self.name}:{uuid_from(seed, 'express')}"
        return ExecutionIdentity(
            id=id,
            name=self.name,
            role_arn=f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/aslrun",
            machine_id=f"{prefix}:stateMachine:{machine_name}",
            machine_name=machine_name,
            input=self.input,
            start_time=self.journal.time,
            random_for=random_source(seed),
            seed=seed,
        )

    @property
    def id(self) -> str:
        """The execution's ARN."""
        return self.scope.execution.id

    @property
    def aws(self) -> Any:
        """A boto3 session on the place that its calls to AWS went to; UsageError where there is none."""
        if self.place is None:
            raise UsageError("no Task of this execution can call AWS, so that it has no place to call to")
        return self.place.session

    @property
    def machine_arn(self) -> str:
        """The state machine's ARN."""
        return self.scope.execution.machine_id

    @property
    def began(self) -> float:
        """When it began, in seconds since the epoch."""
        return self.scope.execution.start_time

    @property
    def ended(self) -> float | None:
        """When it ended, in seconds since the epoch; None while it runs."""
        return None if self.status == "RUNNING" else self.journal.rows[-1][0]

    def run(self, token_grace: float = 0.0) -> None:
        """Run to the end. What the user's code or definition makes go wrong ends in `status`, not here.

        `token_grace`: see `aslrun.drivers.driver.Driver`. A KeyboardInterrupt is recorded as ExecutionAborted
        and raised again.
        """
        driver = Driver(self.clock, token_grace=token_grace)
        with seldom_collection():
            self.begin(driver)
            driver.run()
        if self._broken is not None:
            raise self._broken

    def begin(
        self,
        driver: Driver,
        ended: Callable[[Execution], None] | None = None,
        *,
        record: Callable[[Recorded], None] | None = None,
        recorded: Sequence[Recorded] = (),
    ) -> None:
        """Begin in a driver, on its thread; `ended` is called when it has ended.

        `record` is given each answer from outside, before it is acted on; `recorded` are those of an earlier
        run, which come first.
        """
        self.driver = driver
        if ended is not None:
            self.when_ended(lambda: ended(self))
        find, open_data = self._registry.find, self._open_data
        self.root = Root(find, self._take_end, record, self._note_token, open_data, self._executor)
        self.journal.record("ExecutionStarted", self.scope, "", self.input)
        computation = run_states(self.machine, self.input, self.scope)
        driver.start(computation, self.scope, self.root, self._timeout, recorded)

    def leave_unwritten(self) -> None:
        """Have distributed Maps write no results, in an execution that has not begun."""
        if self._open_data is not None:
            from aslrun.items.port import unwritten

            self._open_data = unwritten(self._open_data)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Stop it, as StopExecution does. Called from any thread, once it has begun."""
        driver, root = self._running()
        driver.post(lambda: driver.stop(root, ExecutionStopped(error, cause)))

    def when_ended(self, told: Callable[[], None]) -> None:
        """Have `told` called, on the driver's thread, when it has ended; now if it has."""
        if self.status == "RUNNING":
            self._told.append(told)
        else:
            told()

    def send_task_success(self, token: str, output: JSON) -> None:
        """Answer a task token with an output. Called from any thread; UsageError if nothing waits for it."""
        self._answer(token, output, None)

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Answer a task token with an error. Called from any thread; UsageError if nothing waits for it."""
        self._answer(token, None, StateError(error, cause))

    def send_task_heartbeat(self, token: str) -> None:
        """Tell that the work behind a task token goes on. UsageError if nothing waits for it."""
        if not self._running()[0].beat(token):
            raise _no_such_task()

    @property
    def tokens(self) -> dict[str, str]:
        """The task tokens that are waited for now, and their states' names."""
        waiting = {} if self.driver is None else self.driver.tokens
        return {token: one.call.state for token, one in [*waiting.items()] if one.fiber.root is self.root}

    def _answer(self, token: str, output: JSON, failure: StateError | None) -> None:
        if not self._running()[0].answer_token(token, output, failure):
            raise _no_such_task()

    def _running(self) -> tuple[Driver, Root]:
        if self.driver is None or self.root is None:
            raise UsageError(f"the execution {self.name} has not begun")
        return self.driver, self.root

    def _note_token(self, state: str, token: str) -> None:
        if self.on_token is not None:
            self.on_token(self, state, token)

    def _take_end(self, output: JSON, failure: BaseException | None) -> None:
        if failure is None:
            self.output, self.status = output, "SUCCEEDED"
            self._record_end("ExecutionSucceeded", output)
        else:
            self._take_failure(failure)
        told, self._told = self._told, []
        for one in told:
            one()

    def _take_failure(self, failure: BaseException) -> None:
        if isinstance(failure, StateError):
            self._end("FAILED", failure)
        elif isinstance(failure, ExecutionTimedOut):
            self._end("TIMED_OUT", StateError(None))
        elif isinstance(failure, ExecutionStopped):
            self._end("ABORTED", StateError(failure.error, failure.cause))
        elif isinstance(failure, UsageError):
            self._end("ABORTED", StateError("aslrun", str(failure)))
        else:
            self.interrupted = isinstance(failure, KeyboardInterrupt)
            self._broken = failure
            told = f"The execution was stopped by {str(failure) or 'Ctrl-C'}."
            told = told if self.interrupted else "aslrun has broken down."
            self._end("ABORTED", StateError("aslrun", told))

    def _end(self, status: Status, failure: StateError) -> None:
        self.status, self.error, self.cause = status, failure.error, failure.cause
        self.failed_state = failure.state
        types = {"FAILED": "ExecutionFailed", "TIMED_OUT": "ExecutionTimedOut", "ABORTED": "ExecutionAborted"}
        self._record_end(types[status], failure)

    def _record_end(self, type: str, value: object) -> None:
        self.journal.record_end(type, self.scope, value)

    @cached_property
    def _ended_history(self) -> list[Event]:
        return history_events(self.journal)

    @property
    def history(self) -> list[Event]:
        """The events, as GetExecutionHistory gives them (timestamps as ISO 8601 text)."""
        return history_events(self.journal) if self.status == "RUNNING" else self._ended_history

    def events(self) -> Iterator[Event]:
        """Yield the events of `history`; each is made when it is asked for."""
        return make_events(self.journal)

    @property
    def children(self) -> Sequence[ChildExecution]:
        """The child executions of distributed Maps; each is read from the disk when it is asked for."""
        return children_of(self.journal)

    @property
    def map_runs(self) -> list[MapRun]:
        """The attempts of distributed Maps, also of those in children, in the order in which they began."""
        return self.journal.map_runs

    @property
    def logs(self) -> dict[int, list[str]]:
        """The lines that functions printed, by the id of the event with which the Task's attempt began."""
        return logs_of(self.journal)

    @property
    def invocations(self) -> dict[int, list[Invocation]]:
        """What is reported of the functions in files that were invoked, by the same ids as `logs`."""
        return invocations_of(self.journal)

    @property
    def path(self) -> list[str]:
        """The names of the states entered, in that order."""
        return [name for _, type, _, name, _ in self.journal.rows if type.endswith("StateEntered")]

    @property
    def waited(self) -> float:
        """The seconds of waiting that the virtual clock jumped over, to the millisecond."""
        return round(self.clock.skipped, 3)

    def _repr_html_(self) -> str | None:
        """How a notebook shows it: a short summary, and the machine with the execution on it."""
        return show_in_notebook[-1](self) if show_in_notebook else None

    def __repr__(self) -> str:
        return f"<Execution {self.name} {self.status}>"


def _no_such_task() -> UsageError:
    return UsageError("no Task waits for an answer to this task token (any more)")
