"""Activities: Tasks that workers take, work on and answer. Documentation: "Learn about Activities"."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aslrun.drivers.calls import Answer, Awaited, Call, Submitted
from aslrun.errors import UsageError
from aslrun.integrations.answers import mocks_of
from aslrun.integrations.mocks import Mocks
from aslrun.states.resource import parse_resource
from aslrun.values import JSON

LONGEST_POLL = 60.0
"""Seconds that GetActivityTask waits for a task (API reference)."""


@dataclass(frozen=True)
class ActivityTask:
    """What a worker is given: the task token that it answers with, and the Task's input."""

    token: str
    input: JSON


class _Offered:
    def __init__(self, call: Call, answer: Answer) -> None:
        self.call = call
        self.answer = answer


class ActivityQueue:
    """The tasks of one activity that wait for a worker, oldest first. May be used from any thread.

    Given as an activity (`activities={"name": queue}`), it lets workers of the user's own take them: what
    `get_task` returns is answered with the execution's `send_task_success`, `send_task_failure` and
    `send_task_heartbeat`.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Offered] = deque()
        self._changed = threading.Condition()

    def get_task(self, worker_name: str | None = None, seconds: float = LONGEST_POLL) -> ActivityTask | None:
        """Take a task; None if there is none within `seconds`. The history names the worker."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, seconds):
                return None
            offered = self._waiting.popleft()
        return take(offered.call, offered.answer, worker_name)

    def offer(self, call: Call, answer: Answer) -> Callable[[], None]:
        """Let a worker take the task of a call; return what withdraws it."""
        offered = _Offered(call, answer)
        with self._changed:
            self._waiting.append(offered)
            self._changed.notify()

        def withdraw() -> None:
            with self._changed:
                if offered in self._waiting:
                    self._waiting.remove(offered)

        return withdraw


def take(call: Call, answer: Answer, worker_name: str | None) -> ActivityTask:
    """Tell that a worker has begun with a task, and return it."""
    answer(Submitted({} if worker_name is None else {"workerName": worker_name}), None)
    assert call.token is not None
    return ActivityTask(call.token, call.arguments)


class Activities:
    """Answers Tasks of activities: with callables and given answers, or through queues."""

    def __init__(self, answers: Mapping[str, Mocks], queues: Mapping[str, ActivityQueue]) -> None:
        self._answers = answers
        self._queues = queues

    def matches(self, call: Call) -> bool:
        name = activity_name(call)
        return name in self._answers or name in self._queues

    def seconds(self, call: Call) -> float | None:
        """Return 0 for an answer that is given, and for a task that only waits for a worker."""
        name = activity_name(call)
        return 0 if name in self._queues else self._answers[name].seconds(_named(call, name))

    def invoke(self, call: Call) -> JSON | Awaited:
        """Return the activity's result; StateError as it fails."""
        name = activity_name(call)
        if name in self._queues:
            queue = self._queues[name]
            return Awaited(lambda answer: queue.offer(call, answer), is_outside=True)
        return self._answers[name].invoke(_named(call, name))

    def close(self) -> None:
        """There is nothing to let go of."""


def activity_name(call: Call) -> str:
    """Return the name of the activity that a Task names; what is no activity has none."""
    if parse_resource(call.resource).kind != "activity":
        return ""
    return call.resource.rpartition(":")[2]


def _named(call: Call, name: str) -> Call:
    """The call as the answers know it: theirs are by name, not by state."""
    return Call(call.resource, call.arguments, name, call.timeout, token=call.token)


def activities_of(given: Mapping[str, Any]) -> Activities:
    """Return what answers activities, by their names or ARNs. UsageError for what could be no answer."""
    answers: dict[str, Mocks] = {}
    queues: dict[str, ActivityQueue] = {}
    for key, answer in given.items():
        name = key.rpartition(":")[2]
        if name in answers or name in queues:
            raise UsageError(f"the activity '{name}' is given twice, by name and by ARN; give it once")
        if isinstance(answer, ActivityQueue):
            queues[name] = answer
        else:
            answers[name] = mocks_of({name: answer})
    return Activities(answers, queues)
