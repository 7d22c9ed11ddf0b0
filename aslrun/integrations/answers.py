"""Functions and mocks as tests give them: values, exceptions, callables, and sequences of these.

A tuple is a sequence: one answer for each call; more calls than answers are an error. JSON has no tuples,
so that a list is a value.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from aslrun.errors import StateError, UsageError
from aslrun.integrations.mocks import Answer, Mocks
from aslrun.values import JSON, from_json_text, to_json_text


def functions_of(given: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return Lambda functions, by name, as callables of (event) or (event, context)."""
    return {name: _function(name, answer) for name, answer in given.items()}


def _function(name: str, answer: Any) -> Callable[..., Any]:
    _check(f"the function '{name}'", answer)
    return answer if callable(answer) and not isinstance(answer, type) else Given(name, answer)


class Given:
    """A Lambda function whose answer is given, or its answers to one call after the other."""

    def __init__(self, name: str, answer: Any) -> None:
        self.takes_no_time = not _works(answer)
        self._whose = f"the function '{name}'"
        self._answer = answer
        self._numbers = count()

    def __call__(self, event: Any, context: Any) -> Any:
        outcome = _pick(self._whose, self._answer, next(self._numbers))
        if _is_exception(outcome):
            # The same one may be raised by each call.
            raise _as_raised(outcome).with_traceback(None)
        if callable(outcome):
            return outcome(event, context) if _takes(outcome, 2) else outcome(event)
        return outcome


def _works(answer: Any) -> bool:
    """Tell whether something of an answer is a callable, which may take its time."""
    answers = answer if isinstance(answer, tuple) else (answer,)
    return any(callable(one) and not _is_exception(one) for one in answers)


def _as_raised(outcome: Any) -> BaseException:
    """Return an exception that has the error's name for its class, as Lambda tells it."""
    if not isinstance(outcome, StateError):
        return outcome() if isinstance(outcome, type) else outcome  # type: ignore[no-any-return]
    named: type[Exception] = type(outcome.error or "Error", (Exception,), {})
    return named(outcome.cause or "")


def mocks_of(given: Mapping[str, Any]) -> Mocks:
    """Return answers to Tasks, by their states' names."""
    at_once = {state: _no_time for state, answer in given.items() if not _works(answer)}
    return Mocks({state: _answer(state, answer) for state, answer in given.items()}, at_once)


def _no_time(number: int) -> float:
    return 0


def _answer(state: str, answer: Any) -> Answer:
    whose = f"the mock of '{state}'"
    _check(whose, answer)

    def answer_call(number: int, arguments: JSON) -> JSON:
        outcome = _pick(whose, answer, number)
        if _is_exception(outcome):
            raise _as_state_error(outcome)
        return as_json(f"{whose} gives what", _call(outcome, arguments) if callable(outcome) else outcome)

    return answer_call


def _call(mock: Callable[[JSON], Any], arguments: JSON) -> Any:
    try:
        return mock(_copy(arguments))
    except (StateError, AssertionError):
        raise  # an assertion is the test's, not the service's
    except Exception as raised:
        raise _as_state_error(raised) from raised


def _check(whose: str, answer: Any) -> None:
    """Raise UsageError for an answer that could never be one."""
    if isinstance(answer, list) and any(_is_exception(one) or callable(one) for one in answer):
        raise UsageError(
            f"{whose} is a list, which is one JSON value, and something in it is none;"
            " a tuple has one answer for each call: (TimeoutError(), {...})"
        )
    answers = answer if isinstance(answer, tuple) else (answer,)
    if any(inspect.iscoroutinefunction(one) for one in answers):
        raise UsageError(f"{whose} is an async function; give one that returns its result")


def as_json(whose: str, value: Any) -> JSON:
    """Return a copy of a value; UsageError for one that is no JSON."""
    return as_json_and_text(whose, value)[0]


def as_json_and_text(whose: str, value: Any) -> tuple[JSON, str]:
    """Return a copy of a value, and its JSON text; UsageError for one that is no JSON."""
    try:
        text = to_json_text(value)
        return from_json_text(text), text
    except (TypeError, ValueError, RecursionError):
        raise UsageError(f"{whose} is no JSON: {_foreign(value)}") from None


def _foreign(value: Any) -> str:
    """Say what of a value is no JSON."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list, tuple)):
            if id(one) in seen:
                continue
            seen.add(id(one))
            waiting += [*one, *one.values()] if isinstance(one, dict) else one
        elif one is not None and not isinstance(one, (bool, int, float, str)):
            return f"it has a value of type {type(one).__name__}"
    return "it has NaN, an infinity, or itself inside, or is nested too deeply"


def _pick(whose: str, answer: Any, number: int) -> Any:
    """Return the answer to call `number`, from 0."""
    if not isinstance(answer, tuple):
        return answer
    if number >= len(answer):
        raise UsageError(f"{whose} has {len(answer)} answers, and was called {number + 1} times")
    return answer[number]


def _is_exception(outcome: Any) -> bool:
    return isinstance(outcome, BaseException) or (
        isinstance(outcome, type) and issubclass(outcome, BaseException)
    )


def _as_state_error(outcome: Any) -> StateError:
    if isinstance(outcome, StateError):
        return StateError(outcome.error, outcome.cause)
    if isinstance(outcome, type):
        return StateError(outcome.__name__, "")
    return StateError(type(outcome).__name__, str(outcome))


def _copy(value: Any) -> JSON:
    return from_json_text(to_json_text(value))


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError:
        return False
    except ValueError:
        return False
    return True
