"""Activities as the executions see them: tasks that wait for workers, and workers that wait for tasks."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from aslrun.drivers.calls import Answer, Awaited, Call, Submitted
from aslrun.errors import FatalStateError
from aslrun.states.resource import parse_resource
from aslrun.values import JSON, to_json_text


class Waiting:
    """A task that no worker has yet."""

    __slots__ = ("answer", "call", "is_over")

    def __init__(self, call: Call, answer: Answer) -> None:
        self.call = call
        self.answer = answer
        self.is_over = False


Poll = Future[Mapping[str, Any]]


class Activities:
    """Answers Tasks of activities with what workers send. `exists` tells whether there is an activity."""

    def __init__(self, exists: Callable[[str], bool]) -> None:
        self.exists = exists
        self._lock = threading.Lock()
        self._tasks: dict[str, deque[Waiting]] = defaultdict(deque)
        self._polls: dict[str, deque[tuple[Poll, str | None]]] = defaultdict(deque)
        self._brought: dict[str, deque[Mapping[str, Any]]] = defaultdict(deque)

    def matches(self, call: Call) -> bool:
        return parse_resource(call.resource).kind == "activity"

    def invoke(self, call: Call) -> Awaited:
        """Wait for a worker; FatalStateError if there is no such activity."""
        if not self.exists(call.resource):
            raise FatalStateError(f"The activity {call.resource} does not exist.")
        return Awaited(lambda answer: self._begin(call, answer), is_outside=True)

    def _begin(self, call: Call, answer: Answer) -> Callable[[], None]:
        task = Waiting(call, answer)
        with self._lock:
            poll = self._next_poll(call.resource)
            if poll is None:
                self._tasks[call.resource].append(task)
        if poll is not None:
            hand_out(task, *poll)

        def stop() -> None:
            task.is_over = True

        return stop

    def _next_poll(self, arn: str) -> tuple[Poll, str | None] | None:
        polls = self._polls[arn]
        while polls:
            poll, worker = polls.popleft()
            if poll.set_running_or_notify_cancel():
                return poll, worker
        return None

    def poll(self, arn: str, worker: str | None) -> Poll:
        """Return what will have the next task of an activity: it is given to whoever asked first, unless that
        one has cancelled meanwhile."""
        poll: Poll = Future()
        with self._lock:
            if self._brought[arn]:
                poll.set_result(self._brought[arn].popleft())
                return poll
            tasks = self._tasks[arn]
            while tasks and tasks[0].is_over:
                tasks.popleft()
            if not tasks:
                self._polls[arn].append((poll, worker))
                return poll
            task = tasks.popleft()
        poll.set_running_or_notify_cancel()
        hand_out(task, poll, worker)
        return poll

    # ------------------------------------------------------------------ for other servers (`sharing`)

    def polled(self) -> list[str]:
        """Return the activities for whose tasks workers wait."""
        with self._lock:
            return [arn for arn, polls in self._polls.items() if any(not poll.done() for poll, _ in polls)]

    def first_worker(self, arn: str) -> str | None:
        """Return the name of the worker that waits longest."""
        with self._lock:
            return next((worker for poll, worker in self._polls[arn] if not poll.done()), None)

    def bring(self, arn: str, task: Mapping[str, Any]) -> None:
        """Give a worker the task that another server had for it; the next one that asks, if it has gone."""
        with self._lock:
            found = self._next_poll(arn)
            if found is None:
                self._brought[arn].append(task)
        if found is not None:
            found[0].set_result(task)

    def task_now(self, arn: str, worker: str | None) -> Mapping[str, Any] | None:
        """Return the next task of an activity, None if none waits."""
        poll = self.poll(arn, worker)
        return None if poll.cancel() else poll.result()

    def close(self) -> None:
        """There is nothing to let go of."""


def hand_out(task: Waiting, poll: Poll, worker: str | None) -> None:
    """Give a task to a worker."""
    started: JSON = {} if worker is None else {"workerName": worker}
    task.answer(Submitted(started), None)
    poll.set_result({"taskToken": task.call.token, "input": to_json_text(task.call.arguments)})
