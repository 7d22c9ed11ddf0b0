"""Wait: go on after some seconds or at a time. Spec: Wait State; texts and limits as recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from aslrun.errors import FatalStateError, QueryEvaluationError, StateError, UsageError
from aslrun.expressions import ExpressionScope, NoMatch, Select, is_query
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.interpreter.effects import Effect, Sleep
from aslrun.states.fields import Compilation, Conclude, Fields, Language, next_of, number_of, text_of
from aslrun.timestamps import parse_timestamp
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from collections.abc import Generator

    from aslrun.interpreter.loop import Transition
    from aslrun.interpreter.scope import Scope

MAX_DELAY = 2**31
"""Seconds; a delay of this or more is refused (recorded with timestamps 24,855 and 24,856 days ahead)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleeps until `wake`, a function of (effective input, scope, now) that gives a time."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = False
    entered: ClassVar[str] = "WaitStateEntered"
    exited: ClassVar[str] = "WaitStateExited"
    aborted: ClassVar[str] = "WaitStateAborted"

    name: str
    next: str | None
    prepare: Select
    delay: Callable[[JSON, ExpressionScope, float], float]
    conclude: Conclude

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, None, Transition]:
        value = self.prepare(raw, scope)
        delay = self.delay(value, scope, scope.journal.time)
        if delay >= MAX_DELAY:
            raise FatalStateError("Wait state delay is too long.")
        if delay > 0:
            yield Sleep(delay)
        return self.conclude(raw, value, scope), self.next

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, None, Transition]:
        raise failure


def compile_wait(name: str, fields: Fields, compilation: Compilation) -> Wait:
    """Compile a Wait state with the one of its four forms that it has."""
    form = next(form for form in _FORMS if form in fields)
    language = compilation.language
    forms = _QUERIES if is_query(fields[form]) else _FORMS
    return Wait(
        name,
        next_of(fields),
        language.compile_input(fields),
        forms[form](fields, form, language),
        language.compile_output(fields),
    )


Delay = Callable[[JSON, ExpressionScope, float], float]


def _seconds(fields: Fields, field: str, language: Language) -> Delay:
    seconds = number_of(fields, field) or 0
    return lambda value, scope, now: seconds


def _timestamp(fields: Fields, field: str, language: Language) -> Delay:
    moment = parse_timestamp(fields[field])
    if moment is None:
        raise UsageError(f"{field} is '{fields[field]}', which is no timestamp like 2026-01-31T12:00:00Z")
    return lambda value, scope, now: moment - now


def _seconds_path(fields: Fields, field: str, language: Language) -> Delay:
    path, select = text_of(fields, field), _reference(fields, field)

    def delay(value: JSON, scope: ExpressionScope, now: float) -> float:
        seconds = select(value, scope)
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            shown = to_json_text(seconds)
            raise FatalStateError(
                f"The SecondsPath parameter cannot be parsed as a long value: {path} == {shown}"
            )
        if seconds < 0:
            raise FatalStateError(
                f"The SecondsPath parameter references a negative value: {path} == {seconds}"
            )
        return seconds

    return delay


def _timestamp_path(fields: Fields, field: str, language: Language) -> Delay:
    path, select = text_of(fields, field), _reference(fields, field)

    def delay(value: JSON, scope: ExpressionScope, now: float) -> float:
        text = select(value, scope)
        moment = parse_timestamp(text)
        if moment is None:
            shown = text if isinstance(text, str) else to_json_text(text)
            raise FatalStateError(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
                f" date-time format string: {path} == {shown}"
            )
        return moment - now

    return delay


def _reference(fields: Fields, field: str) -> Select:
    path = text_of(fields, field)
    select = compile_path(path)

    def reference(value: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(value, scope)
        except NoMatch:
            raise FatalStateError(
                f"The {field} parameter does not reference an input value: {path}"
            ) from None

    return reference


def _seconds_query(fields: Fields, field: str, language: Language) -> Delay:
    seconds = language.compile_number(fields, field)
    return lambda value, scope, now: seconds(value, scope) or 0


def _timestamp_query(fields: Fields, field: str, language: Language) -> Delay:
    select = language.compile_text(fields, field)

    def delay(value: JSON, scope: ExpressionScope, now: float) -> float:
        text = select(value, scope)
        moment = parse_timestamp(text)
        if moment is None:
            raise QueryEvaluationError(
                field,
                f"The JSONata expression specified for the field '{field}' returned '{text}', which is no"
                " ISO-8601 timestamp like 2026-01-31T12:00:00Z.",
            )
        return moment - now

    return delay


_QUERIES: dict[str, Callable[[Fields, str, Language], Delay]] = {
    "Seconds": _seconds_query,
    "Timestamp": _timestamp_query,
}
_FORMS: dict[str, Callable[[Fields, str, Language], Delay]] = {
    "Seconds": _seconds,
    "Timestamp": _timestamp,
    "SecondsPath": _seconds_path,
    "TimestampPath": _timestamp_path,
}
