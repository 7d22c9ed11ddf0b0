"""Task: call a service, with Retry, Catch and time limits. Spec: Task State; events as recorded."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from aslrun.errors import FatalStateError, StateError
from aslrun.expressions import Select
from aslrun.interpreter.effects import AwaitToken, Effect, Follow, Invoke, Submitted
from aslrun.states.fields import Compilation, Conclude, Fields, Language, Number, text_of
from aslrun.states.handling import Handling, compile_handling, recovered
from aslrun.states.parameters import check_parameters
from aslrun.states.resource import Resource, parse_resource
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Transition
    from aslrun.interpreter.scope import Scope


Outcome: TypeAlias = "tuple[Resource, JSON, StateError | None]"
"""What the last event of an attempt tells: what was called, and a result or an error."""


@dataclass(frozen=True, slots=True)
class TaskEvents:
    """The types of the events that tell of one attempt."""

    scheduled: str
    started: str
    succeeded: str
    failed: str
    timed_out: str


def _task_events(prefix: str) -> TaskEvents:
    return TaskEvents(
        *(prefix + outcome for outcome in ("Scheduled", "Started", "Succeeded", "Failed", "TimedOut"))
    )


EVENTS: Mapping[str, TaskEvents] = {
    "function": _task_events("LambdaFunction"),
    "service": _task_events("Task"),
    "activity": _task_events("Activity"),
}


@dataclass(frozen=True, slots=True)
class Task:
    """Calls the service behind `resource` with the effective input. `is_taken_on` says that an event tells
    first that somebody works on it: the service that goes on, or an activity's worker."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = True
    entered: ClassVar[str] = "TaskStateEntered"
    exited: ClassVar[str] = "TaskStateExited"
    aborted: ClassVar[str] = "TaskStateAborted"

    name: str
    resource: Resource
    events: TaskEvents
    pattern: str
    called: str
    is_taken_on: bool
    literal_arguments: JSON
    prepare: Select
    timeout: Number | None
    heartbeat: Number | None
    role: Select | None
    conclude: Conclude
    handling: Handling

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return recovered(self.run, self.handling, failure, raw, scope)

    def call(self, raw: JSON, scope: Scope) -> Invoke:
        """Return the call of an attempt; raises StateError for what the state's fields, or the service's, are
        not to be."""
        resource, quota = self.resource, scope.journal.quota
        if self.pattern:
            scope.task_token = scope.draw_uuid()
        timeout = None if self.timeout is None else self.timeout(raw, scope)
        heartbeat = None if self.heartbeat is None else self.heartbeat(raw, scope)
        arguments = self.prepare(raw, scope)
        if quota is not None:
            quota.check(arguments, self.name)
        if resource.kind == "service":
            check_parameters(resource.service, resource.action, arguments)
        role = None if self.role is None else self.role(raw, scope)
        return Invoke(resource, arguments, self.name, timeout, heartbeat, scope.task_token, role)

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Call the service once and tell the journal how it went."""
        resource, events, record = self.resource, self.events, scope.record
        call = self.call(raw, scope)
        record(events.scheduled, call)
        if resource.kind == "activity":
            call.token = scope.draw_uuid()
        else:
            record(events.started, resource)
        began, is_told = scope.journal.time, not self.is_taken_on
        try:
            result: Any = yield call
            if type(result) is Submitted:
                record(*self.submitted(result.output))
                is_told = True
                rest = None if call.timeout is None else max(0.0, call.timeout - (scope.time - began))
                left = replace(call, timeout=rest)
                is_job = self.pattern.startswith("sync")
                result = yield Follow(left, result.output) if is_job else AwaitToken(left)
            if scope.journal.quota is not None:
                scope.journal.quota.check(result, self.called)
        except StateError as error:
            failure = error
            if resource.kind == "activity" and isinstance(error, FatalStateError) and not is_told:
                scope.journal.take_back(call)
                raise
        else:
            if not is_told:
                record(*self.submitted({}))
            record(events.succeeded, (resource, result, None))
            return self.conclude(raw, result, scope), self.handling.next
        ended = events.timed_out if failure.error == "States.Timeout" else events.failed
        if not is_told and ended != "ActivityTimedOut":
            record(*self.submitted({}))
        record(ended, (resource, None, failure))
        raise failure

    def submitted(self, output: JSON) -> tuple[str, Outcome]:
        """Return the event that tells of the service's first answer: of an activity, that a worker began."""
        is_activity = self.resource.kind == "activity"
        return "ActivityStarted" if is_activity else "TaskSubmitted", (self.resource, output, None)


def compile_task(name: str, fields: Fields, compilation: Compilation) -> Task:
    """Compile a Task state."""
    language = compilation.language
    resource = parse_resource(text_of(fields, "Resource"))
    return Task(
        name,
        resource,
        EVENTS[resource.kind],
        resource.pattern,
        resource.called,
        resource.pattern != "" or resource.kind == "activity",
        fields.get("Parameters", fields.get("Arguments")),
        language.compile_input(fields),
        _compile_limit(fields, "TimeoutSeconds", language),
        _compile_limit(fields, "HeartbeatSeconds", language),
        language.compile_role(fields),
        language.compile_output(fields),
        compile_handling(fields, language),
    )


def _compile_limit(fields: Fields, name: str, language: Language) -> Number | None:
    return language.compile_number(fields, name) if name in fields or f"{name}Path" in fields else None
