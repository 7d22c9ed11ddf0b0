"""An execution → its spans: the execution, each stay in a state, iterations, attempts, functions, services.

Names of attributes: OpenTelemetry's semantic conventions (FaaS, Cloud, RPC, Messaging, AWS Step Functions);
what they have no name for begins with `aws.step_functions.`, too. A span's id is made of the execution's ARN
and of the part that it is: `execution`, `attempt:ID`, `function:ID`, with the id of the event that it began
with. Those of states and iterations, for which nobody asks before, are cut from one long hash, at that event.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from aslrun.functions.function import function_name
from aslrun.functions.report import Invocation
from aslrun.functions.tracing import attempt_part, function_part, span_ids, trace_of
from aslrun.graph.visits import Attempt, Journey, Visit, read_journey
from aslrun.history.scopes import details_of
from aslrun.interpreter.collection import no_collection
from aslrun.observe.observed import Event, Observed

Kind: TypeAlias = Literal["INTERNAL", "SERVER", "CLIENT", "PRODUCER"]
Attributes: TypeAlias = "dict[str, str | int | float | bool]"

MESSAGING: Mapping[str, str] = {"sqs": "aws_sqs", "sns": "aws.sns"}
"""Service → the messaging system that it is."""


class Span(NamedTuple):
    """A span: times in seconds since the epoch, ids in hexadecimal digits; `error` is the name of the error
    that it ended with, None without one. `ended` is None while it goes on."""

    trace: str
    id: str
    parent: str | None
    name: str
    kind: Kind
    began: float
    ended: float | None
    attributes: Attributes = {}  # noqa: RUF012 - never changed
    error: str | None = None
    cause: str | None = None


class Trace(Sequence[Span]):
    """The spans of an execution and of the children of its distributed Maps, those around others first."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, place: Any) -> Any:
        return self.spans[place]

    @property
    def id(self) -> str:
        """The trace's id."""
        return self.spans[0].trace

    def named(self, name: str) -> list[Span]:
        """Return the spans of a name: a state's, a function's, the state machine's."""
        return [span for span in self.spans if span.name == name]

    def inside(self, span: Span) -> list[Span]:
        """Return the spans that a span is right around."""
        return [one for one in self.spans if one.parent == span.id]


def trace_spans(execution: Observed) -> Trace:
    """Return the trace of an execution."""
    trace, parent = trace_of(execution.arn, execution.began, execution.trace_header)
    with no_collection():  # a quarter of the time of a long execution
        return Trace([*_Spans(execution, trace, parent).all()])


class _Spans:
    """Makes the spans of one execution."""

    def __init__(self, execution: Observed, trace: str, parent: str | None) -> None:
        self.execution = execution
        self.trace = trace
        self.parent = parent
        self.events = execution.events
        self.ids = span_ids(execution.arn)
        self.begun = hashlib.shake_256(f"{execution.arn}\n".encode()).hexdigest(8 * len(execution.events))
        self.of_state: dict[tuple[str, str], Attributes] = {}
        self.journey: Journey = read_journey(execution.events)
        self.of_attempt = self._invocations()

    def all(self) -> Iterator[Span]:
        own = self._id("execution")
        yield self._execution(own)
        for iteration in self.journey.iterations:
            status = iteration.status
            yield self._span(
                self._begun(iteration.began),
                self._begun(iteration.map.began),
                f"{iteration.map.name} #{iteration.index}",
                iteration.began,
                iteration.ended,
                {"aws.step_functions.map.index": iteration.index},
                error="failed" if status == "failed" else None,
            )
        for visit in self.journey.visits:
            yield self._stay(visit, own)
            if visit.type == "Task":
                for number, attempt in enumerate(visit.attempts, 1):
                    yield from self._attempt(number, attempt, self._begun(visit.began))
        yield from self._children(own)

    def _execution(self, own: str) -> Span:
        execution, last = self.execution, self.events[-1]
        failed = execution.status not in ("SUCCEEDED", "RUNNING")
        details = details_of(last) if failed else {}
        region, account = execution.arn.split(":")[3:5]
        return Span(
            self.trace,
            own,
            self.parent,
            execution.machine_name,
            "SERVER" if not execution.map else "INTERNAL",
            execution.began,
            execution.ended,
            {
                "aws.step_functions.state_machine.arn": execution.machine_arn,
                "aws.step_functions.execution.arn": execution.arn,
                "aws.step_functions.execution.status": execution.status,
                "cloud.provider": "aws",
                "cloud.region": region,
                "cloud.account.id": account,
            },
            (details.get("error") or execution.status) if failed else None,
            details.get("cause"),
        )

    def _stay(self, visit: Visit, own: str) -> Span:
        name, type, times, ended = visit.name, visit.type, self.journey.times, visit.ended
        began = times[visit.began] or 0.0
        attributes = self.of_state.get((name, type))
        if attributes is None:
            attributes = {"aws.step_functions.state.name": name, "aws.step_functions.state.type": type}
            self.of_state[name, type] = attributes
        error = cause = None
        if visit.status in ("failed", "caught"):
            error, cause = visit.error or visit.status, visit.cause
        around = own if visit.container is None else self._around(visit, own)
        id = self._begun(visit.began)
        end = None if ended is None else times[ended]
        return Span(self.trace, id, around, name, "INTERNAL", began, end, attributes, error, cause)

    def _around(self, visit: Visit, own: str) -> str:
        if visit.iteration is not None:
            return self._begun(visit.iteration.began)
        if visit.container is not None:
            return self._begun(visit.container.began)
        return own

    def _attempt(self, number: int, attempt: Attempt, parent: str) -> Iterator[Span]:
        event = self.events[attempt.began]
        part = attempt_part(event["id"])
        name, kind, attributes = called(event)
        attributes["aws.step_functions.attempt"] = number
        yield self._span(
            self._id(part),
            parent,
            name,
            attempt.began,
            attempt.ended,
            attributes,
            kind,
            attempt.error,
            attempt.cause,
        )
        for started, invocation in self.of_attempt.get(id(attempt), ()):
            yield from self._function(started, invocation, attempt, self._id(part))

    def _function(self, event: int, one: Invocation, attempt: Attempt, parent: str) -> Iterator[Span]:
        """Yield an invocation, with its init phase and the run of the handler, as far as they are told
        apart."""
        began = self.journey.times[attempt.began] or 0.0
        init, duration = self._fitting(attempt, one)
        own = self._id(function_part(event))
        attributes: Attributes = {
            "faas.name": one.function,
            "faas.version": one.version,
            "faas.invocation_id": one.request_id,
            "faas.coldstart": one.init is not None,
            "faas.max_memory": one.memory_size * 1_048_576,
            "cloud.platform": "aws_lambda",
        }
        ended = began + init + duration
        yield Span(self.trace, own, parent, one.function, "SERVER", began, ended, attributes, one.error)
        if one.init is not None:
            yield self._phase(own, event, "Init", began, init, None)
        yield self._phase(own, event, "Invocation", began + init, duration, one.error)

    def _fitting(self, attempt: Attempt, one: Invocation) -> tuple[float, float]:
        """Return the seconds of the init phase and of the handler, within those of the attempt: they are
        measured elsewhere, to some milliseconds."""
        init, duration = one.init or 0.0, one.duration
        times = self.journey.times
        ended = None if attempt.ended is None else times[attempt.ended]
        if ended is None or not init + duration:
            return init, duration
        share = min(1.0, (ended - (times[attempt.began] or 0.0)) / (init + duration))
        return init * share, duration * share

    def _phase(
        self, own: str, event: int, name: str, began: float, seconds: float, error: str | None
    ) -> Span:
        part = f"{function_part(event)}:{name}"
        return Span(self.trace, self._id(part), own, name, "INTERNAL", began, began + seconds, {}, error)

    def _invocations(self) -> dict[int, list[tuple[int, Invocation]]]:
        """Return the invocations by the identity of the attempt that made them."""
        found: dict[int, list[tuple[int, Invocation]]] = {}
        for event, made in self.execution.invocations.items():
            position = event - 1
            visit = self.journey.places[position] if 0 <= position < len(self.journey.places) else None
            attempts = [one for one in visit.attempts if one.began <= position] if visit is not None else []
            if attempts:  # the last one: a request that was sent again had not been taken up before
                found[id(attempts[-1])] = [(event, one) for one in made[-1:]]
        return found

    def _children(self, own: str) -> Iterator[Span]:
        maps = {visit.name: visit for visit in self.journey.visits if visit.type == "Map"}
        for child in self.execution.children:
            visit = maps.get(child.map)
            parent = own if visit is None else self._begun(visit.began)
            if child.events:
                yield from _Spans(child, self.trace, parent).all()

    def _span(
        self,
        id: str,
        parent: str,
        name: str,
        began: int,
        ended: int | None,
        attributes: Attributes,
        kind: Kind = "INTERNAL",
        error: str | None = None,
        cause: str | None = None,
    ) -> Span:
        times = self.journey.times
        end = None if ended is None else times[ended]
        return Span(self.trace, id, parent, name, kind, times[began] or 0.0, end, attributes, error, cause)

    def _begun(self, at: int) -> str:
        """Return the id of the state or iteration that begins with the event at a position."""
        return self.begun[16 * at : 16 * at + 16]

    def _id(self, part: str) -> str:
        return self.ids(part)


def called(scheduled: Event) -> tuple[str, Kind, Attributes]:
    """Return the name, the kind and the attributes of the span of an attempt, of the event it begins with."""
    details = details_of(scheduled)
    resource = str(details.get("resource", ""))
    if scheduled["type"].startswith("Activity"):
        return resource.rpartition(":")[2], "CLIENT", {"aws.step_functions.activity.arn": resource}
    if scheduled["type"].startswith("LambdaFunction"):
        return _invoke(function_name(resource))
    service = str(details.get("resourceType", ""))
    action, _, pattern = resource.partition(".")
    if service == "lambda":
        return _invoke(_named_function(details))
    api = service.rpartition(":")[2] if service.startswith("aws-sdk:") else service
    method = action[:1].upper() + action[1:]
    attributes: Attributes = {"rpc.system": "aws-api", "rpc.service": api, "rpc.method": method}
    if pattern:
        attributes["aws.step_functions.pattern"] = pattern
    if api in MESSAGING:
        attributes["messaging.system"] = MESSAGING[api]
        return f"{api}.{method}", "PRODUCER", attributes
    return f"{api}.{method}", "CLIENT", attributes


def _invoke(name: str) -> tuple[str, Kind, Attributes]:
    attributes: Attributes = {"faas.invoked_name": name, "faas.invoked_provider": "aws"}
    return f"lambda.Invoke {name}", "CLIENT", attributes


def _named_function(details: Mapping[str, Any]) -> str:
    try:
        return function_name(str(json.loads(details["parameters"])["FunctionName"]))
    except (KeyError, TypeError, ValueError):
        return "function"
