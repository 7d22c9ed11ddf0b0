"""Retry and Catch of Task, Parallel and Map. Spec: Errors; documentation: "Handling errors".

Retries have no event of their own. A retrier keeps its count while others fire; one that is exhausted
passes the error to Catch, not to the next retrier.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.errors import EvaluationError, HeartbeatTimeout, QueryEvaluationError, StateError
from aslrun.expressions import ExpressionScope
from aslrun.interpreter.effects import Effect, Sleep
from aslrun.states.fields import Conclude, Fields, Language, next_of, number_of, objects_of, text_of
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Transition
    from aslrun.interpreter.scope import Scope

LONGEST_DELAY = 31_622_400.0
"""Seconds, the most that MaxDelaySeconds may say: what a delay that grows without it comes to at last."""

Run: TypeAlias = "Callable[[JSON, Scope], Generator[Effect, Any, Transition]]"


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of Retry. Times are seconds."""

    errors: frozenset[str]
    interval: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay: float = LONGEST_DELAY
    full_jitter: bool = False

    def delay(self, retry: int, scope: ExpressionScope) -> float:
        """Return the seconds before retry number `retry` (from 1)."""
        try:
            delay = self.interval * self.backoff_rate ** (retry - 1)
        except OverflowError:
            delay = self.max_delay
        delay = min(delay, self.max_delay)
        return delay * scope.draw() if self.full_jitter else delay


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of Catch: `conclude` makes its output of the raw input and the error output."""

    errors: frozenset[str]
    next: str
    conclude: Conclude


@dataclass(frozen=True, slots=True)
class Handling:
    """Where a state goes: its Next, or what Retry and Catch make of an error.

    `failed` is the event that tells of a failed Map or Parallel once no retry follows (recorded:
    MapStateFailed and ParallelStateFailed come once, at the end).
    """

    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]
    next: str | None
    failed: str | None


def compile_handling(fields: Fields, language: Language, failed: str | None = None) -> Handling:
    """Compile Retry, Catch and Next."""
    return Handling(
        retriers=tuple(map(_compile_retrier, objects_of(fields, "Retry"))),
        catchers=tuple(_compile_catcher(catcher, language) for catcher in objects_of(fields, "Catch")),
        next=next_of(fields),
        failed=failed,
    )


_RETRIER_FIELDS = {
    "IntervalSeconds": "interval",
    "MaxAttempts": "max_attempts",
    "BackoffRate": "backoff_rate",
    "MaxDelaySeconds": "max_delay",
}


def _compile_retrier(fields: Fields) -> Retrier:
    given: dict[str, Any] = {
        name: number_of(fields, field) for field, name in _RETRIER_FIELDS.items() if field in fields
    }
    return Retrier(_error_names(fields), full_jitter=fields.get("JitterStrategy") == "FULL", **given)


def _compile_catcher(fields: Fields, language: Language) -> Catcher:
    return Catcher(_error_names(fields), text_of(fields, "Next"), language.compile_catcher(fields))


def _error_names(fields: Fields) -> frozenset[str]:
    names = fields["ErrorEquals"]
    assert isinstance(names, list)
    return frozenset(str(name) for name in names)


def matches(names: frozenset[str], failure: StateError) -> bool:
    """Tell whether an ErrorEquals of `names` takes `failure`.

    States.TaskFailed stands for any error but States.Timeout. A timeout of a heartbeat has both names.
    """
    if failure.error == "States.Runtime":
        return False
    if "States.ALL" in names or failure.error in names:
        return True
    if failure.error == "States.Timeout":
        return isinstance(failure, HeartbeatTimeout) and "States.HeartbeatTimeout" in names
    return "States.TaskFailed" in names


def recovered(
    run: Run, handling: Handling, failure: StateError, raw: JSON, scope: Scope
) -> Generator[Effect, Any, Transition]:
    """Run a state again of which an attempt came to `failure`, until it succeeds, no retrier takes its
    error, or a catcher does.

    Returns the effective output and the next state's name; raises the StateError that nothing takes.
    """
    retries = scope.retries = [0] * len(handling.retriers)
    while True:
        has_failed = handling.failed is not None and tells_of_failure(failure)
        failure = scope.located(failure)
        delay = _next_delay(handling.retriers, retries, failure, scope)
        if delay is None:
            break
        scope.retry_count += 1
        if delay > 0:
            yield Sleep(delay)
        try:
            return (yield from run(raw, scope))
        except StateError as error:
            failure = error
    if has_failed and handling.failed is not None:
        scope.record(handling.failed)
    return _caught(handling.catchers, failure, raw, scope)


def tells_of_failure(failure: StateError) -> bool:
    """Tell whether MapStateFailed or ParallelStateFailed follows: not after a JSONPath error in the state's
    own fields, but after one of JSONata and after any that children raise (recorded)."""
    if isinstance(failure, QueryEvaluationError):
        return True
    return failure.state is not None or not isinstance(failure, EvaluationError)


def _next_delay(
    retriers: tuple[Retrier, ...], retries: list[int], failure: StateError, scope: Scope
) -> float | None:
    for number, retrier in enumerate(retriers):
        if matches(retrier.errors, failure):
            if retries[number] >= retrier.max_attempts:
                return None
            retries[number] += 1
            return retrier.delay(retries[number], scope)
    return None


def _caught(catchers: tuple[Catcher, ...], failure: StateError, raw: JSON, scope: Scope) -> Transition:
    for catcher in catchers:
        if matches(catcher.errors, failure):
            error_output: JSON = {"Error": failure.error, "Cause": failure.cause}
            output = catcher.conclude(raw, error_output, scope)
            scope.note_caught(failure)
            return output, catcher.next
    raise failure
