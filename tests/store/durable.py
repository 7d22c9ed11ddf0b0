"""A server without the wire: executions on one driver over a store, that is killed and comes again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aslrun import load
from aslrun.drivers.calls import STILL_RUNNING, Awaited, Call, Poll, StillRunning, Submitted
from aslrun.drivers.clock import VirtualClock
from aslrun.drivers.driver import Driver
from aslrun.execution import Execution
from aslrun.store import ExecutionRecord, Store, open_store
from aslrun.store.running import Running
from aslrun.values import JSON

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine"
START = 1000.0


class Killed(BaseException):
    """As if the process had been killed."""


class Service:
    """Answers calls by their states' names; what is not in `answers` is answered with its arguments.

    `calls` are the states' names of all that was asked, of every life of the server.
    """

    def __init__(self, answers: Mapping[str, Callable[[Call], Any]] | None = None) -> None:
        self.answers = dict(answers or {})
        self.calls: list[str] = []

    def matches(self, call: Call) -> bool:
        return True

    def invoke(self, call: Call) -> JSON | Submitted | Awaited:
        self.calls.append(call.state)
        if call.resource.endswith((".waitForTaskToken", ".sync")):
            return Submitted({"of": call.state})
        if call.state in self.answers:
            answer: JSON = self.answers[call.state](call)
            return answer
        return call.arguments

    def seconds(self, call: Call) -> float:
        return 0.0  # no real time goes by, so that runs are equal

    def follow(self, call: Call, output: JSON) -> Poll:
        self.calls.append(f"follow {call.state}")
        asked: Iterator[JSON | StillRunning] = iter([STILL_RUNNING, {"job": "done"}])
        return Poll(lambda: next(asked), iter([60, 600]))

    def close(self) -> None:
        pass


class Server:
    """One life of a server: `run` until all executions have ended, or it is killed before a turn."""

    def __init__(self, where: str, service: Service, definition: dict[str, Any], now: float = START) -> None:
        self.store: Store = open_store(where)
        self.service = service
        self.definition = definition
        self.machine = load(definition)
        self.driver = Driver(VirtualClock(now), is_shared=True)
        self.ended: list[ExecutionRecord] = []
        self.running = Running(self.store, self.driver, self.prepare, self.note_end)
        self.lives = -1
        self.driver.before_turn = self.before_turn
        self.expected = 0

    def prepare(self, record: ExecutionRecord) -> Execution:
        execution = Execution(
            self.machine.compiled,
            json.loads(record.input),
            [self.service],
            name=record.name,
            seed=record.seed,
            clock=VirtualClock(record.started),
        )
        execution.on_token = lambda execution, state, token: execution.send_task_success(
            token, {"told": state}
        )
        return execution

    def start(self, name: str, input: Any = None) -> str:
        arn = f"{MACHINE.replace('stateMachine', 'execution')}:{name}"
        record = ExecutionRecord(
            arn=arn, machine=MACHINE, name=name, type="STANDARD", input=json.dumps(input),
            seed=f"seed {name}", started=self.driver.clock.now,
            definition=self.store.keep(json.dumps(self.definition).encode()),
        )  # fmt: skip
        assert self.running.start(record) is not None
        return arn

    def before_turn(self) -> None:
        if self.lives == 0:
            raise Killed
        self.lives -= 1
        self.running.flush()

    def note_end(self, record: ExecutionRecord) -> None:
        self.ended.append(record)
        self.driver.stopping = len(self.ended) >= self.expected

    def run(self, expected: int = 1, lives: int = -1) -> bool:
        """Run until so many executions have ended; False if it was killed before, after `lives` turns."""
        self.expected, self.lives, self.ended = expected, lives, []
        self.driver.stopping = False
        try:
            self.driver.run()
        except Killed:
            return False
        return True

    def close(self) -> None:
        self.store.close()

    def history(self, arn: str) -> list[dict[str, Any]]:
        execution = self.running.history_of(arn)
        assert execution is not None
        return execution.history
