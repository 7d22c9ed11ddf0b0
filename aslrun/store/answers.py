"""Answers and failures ⇄ text: what a driver was given from outside, in a form that can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aslrun.errors import (
    EvaluationError,
    FatalStateError,
    HeartbeatTimeout,
    QueryEvaluationError,
    StateError,
    UsageError,
)
from aslrun.interpreter.effects import ChildTimedOut
from aslrun.values import JSON

RESULT = "result"
FAILURES: Mapping[str, type[BaseException]] = {
    "StateError": StateError,
    "HeartbeatTimeout": HeartbeatTimeout,
    "EvaluationError": EvaluationError,
    "FatalStateError": FatalStateError,
    "QueryEvaluationError": QueryEvaluationError,
}
"""The errors that catchers tell apart, by the word that is kept."""
MISTAKE = "UsageError"
LATE_CHILD = "ChildTimedOut"


def write_answer(answer: JSON, failure: BaseException | None) -> tuple[str, str]:
    """Return (kind, text) of an answer, or of what is thrown in its place."""
    if failure is None:
        return RESULT, _text(answer)
    if isinstance(failure, ChildTimedOut):
        return LATE_CHILD, "null"
    if not isinstance(failure, StateError):
        return MISTAKE, _text(str(failure))
    told: dict[str, JSON] = {"error": failure.error, "cause": failure.cause}
    if isinstance(failure, QueryEvaluationError):
        told["location"] = failure.location
    kind = type(failure).__name__
    return kind if kind in FAILURES else "StateError", _text(told)


def read_answer(kind: str, text: str) -> tuple[JSON, BaseException | None]:
    """Return (answer, None) or (None, failure) of what `write_answer` gave."""
    told: Any = json.loads(text)
    if kind == RESULT:
        return told, None
    if kind == MISTAKE:
        return None, UsageError(told)
    if kind == LATE_CHILD:
        return None, ChildTimedOut()
    failure = FAILURES[kind].__new__(FAILURES[kind])
    StateError.__init__(failure, told["error"], told["cause"])  # type: ignore[arg-type]
    if isinstance(failure, QueryEvaluationError):
        failure.location = told["location"]
    return None, failure


def _text(value: JSON) -> str:
    return json.dumps(value, separators=(",", ":"))
