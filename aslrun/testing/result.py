"""An execution as tests ask about it, and its story for when they fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from aslrun.execution import ChildExecution, Execution
from aslrun.history.events import Event
from aslrun.timestamps import duration_text
from aslrun.values import JSON
from aslrun.views.summary import caught_texts, cause_text, path_text

if TYPE_CHECKING:
    from aslrun.drivers.clock import Clock
    from aslrun.interpreter.scope import Scope
    from aslrun.machine import StateMachine
    from aslrun.observe.cost.bill import Cost
    from aslrun.observe.logs.functions import LogEvent
    from aslrun.observe.metrics.metric import Metrics
    from aslrun.observe.observed import Observed
    from aslrun.observe.traces.spans import Trace

MAX_SHOWN = 2_000
"""Characters of a value that a story shows."""


class ExecutionResult:
    """An execution that has ended.

    `execution` is what `StateMachine.execute` returns; here are the questions that tests ask.
    """

    def __init__(self, execution: Execution, machine: StateMachine | None = None) -> None:
        self.execution = execution
        self._machine = machine
        self.status = execution.status
        self.output = execution.output
        self.error = execution.error
        self.cause = execution.cause
        self.path = execution.path
        self.history: list[Event] = execution.history
        self.children: Sequence[ChildExecution] = execution.children
        self._is_told = False

    @property
    def aws(self) -> Any:
        """A boto3 session on the AWS that the execution called: what is there now is what it left, with its
        logs and metrics where that is the local one."""
        if not self._is_told and self.execution.place is not None and self.execution.place.at == "local":
            from aslrun.observe.logs.collected import put_logs
            from aslrun.observe.metrics.metric import put_metrics

            self._is_told = True
            place = self.execution.place
            place.put_before("logs", lambda: put_logs(self.logs, place.client("logs")))
            place.put_before("monitoring", lambda: put_metrics(self.metrics, place.client("cloudwatch")))
        return self.execution.aws

    @cached_property
    def observed(self) -> Observed:
        """The execution as logs, metrics, traces and cost read it."""
        from aslrun.observe.observed import observe

        return observe(self.execution)

    @cached_property
    def logs(self) -> list[LogEvent]:
        """The events of CloudWatch Logs: those of the functions, and those of the state machine as its
        template configures them, or all of them where it has no configuration."""
        from aslrun.observe.logs.collected import ALL_EVENTS, configuration_of, log_events

        return log_events(self.observed, configuration_of(self._machine) or ALL_EVENTS)

    @cached_property
    def metrics(self) -> Metrics:
        """The data points of CloudWatch, in AWS/States and AWS/Lambda, and those that functions embed in
        their logs: `metrics["ExecutionsSucceeded"]` is a sum."""
        from aslrun.observe.metrics.collected import metrics_of

        return metrics_of(self.observed)

    @cached_property
    def cost(self) -> Cost:
        """What the execution would cost on AWS, at the prices of us-east-1; `cost.total` in US dollars."""
        from aslrun.observe.cost.bill import cost_of

        return cost_of(self.observed)

    @cached_property
    def trace(self) -> Trace:
        """The execution's trace: `trace.named("Pay")`, `trace.inside(span)`."""
        from aslrun.observe.traces.spans import trace_spans

        return trace_spans(self.observed)

    @property
    def started(self) -> list[ExecutionResult]:
        """The executions of other machines that its Tasks started."""
        return [ExecutionResult(one) for one in self.execution.started]

    @property
    def succeeded(self) -> bool:
        """Whether the execution ended with success."""
        return self.status == "SUCCEEDED"

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise."""
        return not self.succeeded

    @property
    def clock(self) -> Clock:
        """The clock: `clock.now` is the time of the end, in seconds since the epoch."""
        return self.execution.clock

    @property
    def waited(self) -> float:
        """The seconds of waiting that the virtual clock jumped over."""
        return self.execution.waited

    def retries(self, state: str) -> int:
        """Return how often a Task, Parallel or Map was tried again, over all its visits."""
        __tracebackhide__ = True
        types = Counter(type for _, type, _, name, _ in self.execution.journal.rows if name == state)
        attempts = sum(number for type, number in types.items() if _is_attempt(type))
        entered = sum(number for type, number in types.items() if type.endswith("StateEntered"))
        if not entered:
            raise AssertionError(f"the state '{state}' was not entered; the path is {path_text(self.path)}")
        return max(0, attempts - entered)

    def events(self, type: str | None = None, state: str | None = None) -> list[Event]:
        """Return the events of a type, of a state, or both."""
        rows = self.execution.journal.rows
        return [
            event
            for event, row in zip(self.history, rows, strict=True)
            if (type is None or event["type"] == type) and (state is None or row[3] == state)
        ]

    def inputs(self, state: str) -> list[JSON]:
        """Return the raw input of each visit to a state."""
        entered = self.events(state=state)
        return [
            json.loads(event["stateEnteredEventDetails"]["input"])  # type: ignore[arg-type, call-overload, index]
            for event in entered
            if "stateEnteredEventDetails" in event
        ]

    def _repr_html_(self) -> str | None:
        """How a notebook shows it: as the execution."""
        return self.execution._repr_html_()

    def __repr__(self) -> str:
        failure = "" if self.succeeded else f" {self.error or ''} in {self.execution.failed_state}"
        return f"<execution {self.status}{failure}, path {path_text(self.path)}>"


def _is_attempt(type: str) -> bool:
    return type.endswith("Scheduled") or type in ("MapStateStarted", "ParallelStateStarted")


def tell_story(machine: str, result: ExecutionResult) -> str:
    """Tell what an execution did, for a person whose test has failed."""
    execution = result.execution
    lines = [f"{machine}: {result.status}", f"  input:   {shown(execution.input)}"]
    lines.append(f"  path:    {path_text(result.path) or 'no state was entered'}")
    tried = {state: result.retries(state) for state in dict.fromkeys(result.path)}
    if any(tried.values()):
        lines.append(
            "  retries: " + ", ".join(f"{state} {number}" for state, number in tried.items() if number)
        )
    if result.waited:
        lines.append(f"  waited:  {duration_text(result.waited)}")
    if result.succeeded:
        return "\n".join([*lines, f"  output:  {shown(result.output)}"])
    return "\n".join([*lines, *_failure(result)])


def _failure(result: ExecutionResult) -> list[str]:
    lines = []
    if result.execution.failed_state is not None:
        lines.append(f"  failed:  {_failing_visit(result.execution, result.execution.failed_state)}")
    if result.status != "ABORTED":
        lines.append(f"  error:   {result.error or 'no error name given'}")
    cause = cause_text(result.cause)
    lines += [
        f"  cause:   {line}" if not number else f"           {line}" for number, line in enumerate(cause)
    ]
    caught = caught_texts(result.execution)
    lines += [f"  {'caught: ' if not number else '        '} {line}" for number, line in enumerate(caught)]
    printed = [line for lines in result.execution.logs.values() for line in lines]
    return [*lines, *(f"  log:     {line}" for line in printed[-20:])]


def _failing_visit(execution: Execution, state: str) -> str:
    """Tell the state that failed, the branches and iterations it is in, and the input of that visit."""
    rows = [row for row in execution.journal.rows if row[3] == state]
    failed = [scope for _, type, scope, _, _ in rows if type.endswith(("Failed", "TimedOut"))]
    entered = [
        (scope, value)
        for _, type, scope, _, value in rows
        if type.endswith("StateEntered") and (not failed or scope is failed[-1])
    ]
    if not entered:
        return f"state '{state}'"
    scope, input = entered[-1]
    return f"state '{state}'{_place(scope)} with input {shown(cast(JSON, input))}"


def _place(scope: Scope) -> str:
    steps = []
    at: Scope | None = scope
    while at is not None and at.parent is not None and at.parent.state is not None:
        unit = "branch" if at.iteration_of is None else "iteration"
        steps.append(f" in {unit} {at.index} of '{at.parent.state.name}'")
        at = at.parent
    return "".join(steps)


def shown(value: JSON) -> str:
    """Return a value as JSON text, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + " …"
