"""What a process must know of a machine to run children of its distributed Maps; what cannot be sent is
refused by name, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aslrun.errors import StateError, UsageError
from aslrun.integrations.mocks import Mocks
from aslrun.states.task import Task
from aslrun.states.tasks import calls_function, named_function, starts_executions
from aslrun.values import JSON, to_json_text


class NotSendable(UsageError):
    """Children ask for something that only this process can answer."""


def refused(state: str, why: str) -> NotSendable:
    """Return the error for a Task of children."""
    return NotSendable(
        f"state '{state}' is in a distributed Map, whose children are to run in other processes, and {why}:"
        " run them in this one (--map-workers here)"
    )


def check_tasks(called: Iterable[Task]) -> None:
    """Raise NotSendable for a Task that waits for what only this process knows of."""
    for task in called:
        if task.pattern == "waitForTaskToken":
            raise refused(task.name, "it waits for a task token")
        if task.resource.kind == "activity":
            raise refused(task.name, "it waits for an activity's worker")
        if starts_executions(task):
            raise refused(task.name, "it starts an execution of another machine")


def sent_mocks(children: Sequence[Task], mocks: Mapping[str, Any] | Mocks) -> dict[str, JSON]:
    """Return the mocks of children's Tasks as data; NotSendable for one that is none."""
    given: Mapping[str, Any] = mocks.answers if isinstance(mocks, Mocks) else mocks
    sent: dict[str, JSON] = {}
    for state in {task.name for task in children if task.name in given}:
        if isinstance(mocks, Mocks) or isinstance(given[state], tuple):
            raise refused(state, "its mock has an answer for each call, counted over all children")
        answer = given[state]
        if isinstance(answer, StateError):
            sent[state] = {"error": answer.error, "cause": answer.cause}
        elif is_json(answer):
            sent[state] = {"value": answer}
        else:
            raise refused(state, "its mock is Python's, which cannot be sent")
    return sent


def sent_functions(called: Sequence[Task], functions: Mapping[str, Any]) -> dict[str, JSON]:
    """Return the functions that are given as values, for Tasks that call any; NotSendable where one is a
    callable."""
    if not any(calls_function(task) for task in called):
        return {}
    from aslrun.functions.function import names_of

    names = {task.name: named_function(task) for task in called if calls_function(task)}
    sent: dict[str, JSON] = {}
    for function, answer in functions.items():
        states = [
            state
            for state, name in names.items()
            if name is None or function in names_of(name) or name in names_of(function)
        ]
        if not states:
            continue
        if isinstance(answer, tuple) or not is_json(answer):
            raise refused(states[0], f"the function '{function}' is given in Python, which cannot be sent")
        sent[function] = answer
    return sent


def called_functions(called: Iterable[Task]) -> list[JSON]:
    """Return [state, function] for each Task that names a function."""
    return [[task.name, name] for task in called if (name := named_function(task)) is not None]


def is_json(value: Any) -> bool:
    """Tell whether a value is JSON by itself."""
    try:
        to_json_text(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
