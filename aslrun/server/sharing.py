"""Servers that share a store: what one is asked for and another one runs.

The one that runs an execution stops it, has its task tokens answered and gives out its activities' tasks,
whoever of them was asked. What they ask each other goes through the store (`aslrun.store.neighbours`).
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from aslrun.drivers.driver import Driver
from aslrun.errors import StateError
from aslrun.server.activities import Activities
from aslrun.store import Store
from aslrun.store.neighbours import PAUSE, answer, ask
from aslrun.store.running import STOP_SECONDS, Running
from aslrun.store.statements import LEASE
from aslrun.values import JSON

LOOK = 0.25
"""Seconds between two looks for tasks that another server has for a worker of this one."""
TAKEOVER = 1.5 * LEASE
"""Seconds in which what a dead server ran is another one's."""


class Sharing:
    """This server's part. Does nothing where no other server can be on the store.

    `look` is called now and then on a thread of its own: what was waited for may have happened elsewhere.
    """

    def __init__(
        self,
        store: Store,
        driver: Driver,
        running: Running,
        activities: Activities,
        look: Callable[[], None],
    ) -> None:
        self.store = store
        self.driver = driver
        self.running = running
        self.activities = activities
        self.look = look
        self.is_shared = bool(store.database.locking)
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._again, args=(work, pause), name="aslrun-sharing", daemon=True)
            for work, pause in ((self._answer, PAUSE), (self._look, LOOK))
        ]

    def start(self) -> None:
        """Begin to answer the other servers."""
        if self.is_shared:
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """End; what is asked from now on is not answered."""
        self._closing.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(5)

    def _again(self, work: Callable[[], object], pause: float) -> None:
        was_told = False
        while not self._closing.wait(pause):
            try:
                work()
                was_told = False
            except Exception:
                if not was_told:
                    print(f"aslrun: servers cannot be asked:\n{traceback.format_exc()}", file=sys.stderr)
                was_told = True

    # ------------------------------------------------------------------ asking

    def stop(self, arn: str, error: str | None, cause: str | None) -> float | None:
        """Stop an execution that another server runs; return when it ended, None if none runs it."""
        until = time.monotonic() + TAKEOVER
        request: JSON = {"do": "stop", "arn": arn, "error": error, "cause": cause}
        while self.is_shared and time.monotonic() < until:
            if self.running.live(arn) is not None:
                return self.running.stop(arn, error, cause)
            record = self.store.execution(arn)
            if record is None or record.status != "RUNNING":
                return None
            owner = self.store.owner_of(arn)
            if owner is not None and owner in self.store.others():
                for reply in ask(self.store, [owner], request, STOP_SECONDS):
                    if isinstance(reply, (int, float)):
                        return reply
            time.sleep(PAUSE)  # it has ended meanwhile, or its server is dead: somebody takes it over
        return None

    def send(self, token: str, request: dict[str, JSON], again: Callable[[], bool]) -> bool:
        """Have a task token answered by the server that has it; False if none has.

        What a dead server has left is waited for: then it may be this one's, which is asked by `again`.
        """
        if not self.is_shared:
            return False
        until = time.monotonic() + TAKEOVER
        while True:
            is_left = self.store.has_left()
            if again() or any(ask(self.store, self.store.others(), {**request, "token": token})):
                return True
            if not is_left or time.monotonic() > until or self._closing.wait(LOOK):
                return False

    def tell(self, request: JSON) -> None:
        """Tell all other servers of something."""
        if self.is_shared:
            ask(self.store, self.store.others(), request)

    def _look(self) -> None:
        self.look()
        for arn in self.activities.polled():
            request: dict[str, JSON] = {"do": "task", "arn": arn, "worker": self.activities.first_worker(arn)}
            for other in self.store.others():
                task = next(iter(ask(self.store, [other], request)), None)
                if isinstance(task, dict):
                    self.activities.bring(arn, task)
                    break

    # ------------------------------------------------------------------ answering

    def _answer(self) -> None:
        answer(self.store, self._reply)

    def _reply(self, request: JSON) -> JSON:
        assert isinstance(request, dict)
        told: Mapping[str, Any] = request
        what = told["do"]
        if what == "stop":
            return self.running.stop(told["arn"], told["error"], told["cause"])
        if what == "deleted":
            self.running.deleted.add(told["machine"])
            return True
        if what == "made":
            self.running.deleted.discard(told["machine"])
            return True
        if what == "task":
            task = self.activities.task_now(told["arn"], told["worker"])
            if task is not None:
                self.running.settled().result(STOP_SECONDS)
            return None if task is None else dict(task)
        token = told["token"]
        if what == "beat":
            return self.driver.beat(token)
        failure = StateError(told["error"], told["cause"]) if what == "failure" else None
        if not self.driver.answer_token(token, told.get("output"), failure):
            return False
        self.running.settled().result(STOP_SECONDS)
        return True
