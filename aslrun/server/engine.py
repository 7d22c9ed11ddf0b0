"""TEMPORARY: an engine with a thread for each execution, until the shared driver is there."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from aslrun.document import parse_document
from aslrun.drivers.clock import CLOCKS
from aslrun.execution import Execution
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.workers import Workers
from aslrun.history.events import Event
from aslrun.machine import StateMachine
from aslrun.server.functions import ServerFunctions
from aslrun.server.lambda_api.deployed import Deployed
from aslrun.server.runs import MapRun
from aslrun.store import ExecutionRecord, Store
from aslrun.values import JSON, from_json_text, to_json_text


class Engine:
    def __init__(self, store: Store, settings: Any) -> None:
        self.store = store
        self.clock = CLOCKS[settings.time]
        seed = settings.seed
        self.deployed = Deployed(store, None)
        self.workers = Workers()
        self.time = self.clock()
        self.random = random.Random(seed)
        self.functions = [LambdaFunctions(ServerFunctions(self.deployed, (), None), self.workers)]
        self.live: dict[str, Execution] = {}
        self.records: dict[str, ExecutionRecord] = {}

    def start_running(self) -> None: ...
    def close(self) -> None:
        self.workers.close()
        self.deployed.close()

    def find_function(self, name: str) -> Any:
        return self.deployed.find(name)

    def now(self) -> float:
        return self.time.now

    def choose(self, among: Sequence[str], weights: Sequence[int]) -> str:
        return self.random.choices(among, weights)[0]

    def new_name(self) -> str:
        return str(uuid.uuid4())

    def new_seed(self) -> str:
        return str(uuid.uuid4())

    def check_test_case(self, machine: str, case: str) -> None:
        pass

    def record(self, arn: str) -> ExecutionRecord | None:
        return self.store.execution(arn)

    def _make(self, record: ExecutionRecord) -> Execution:
        text = (self.store.content(record.definition) or b"").decode()
        document = parse_document(text, "definition")
        machine = StateMachine(document, None, record.type, name=record.machine.rpartition(":")[2])
        execution = Execution(
            machine.compiled,
            from_json_text(record.input),
            self.functions,
            machine_name=machine.name,
            name=record.name,
            type=record.type,
            clock=self.clock(),
            seed=record.seed,
            definition=machine.definition,
        )
        execution.scope.execution.id = record.arn
        execution.scope.execution.role_arn = record.role
        return execution

    def _run(self, record: ExecutionRecord, done: Any = None) -> None:
        execution = self._make(record)
        self.live[record.arn] = execution

        def run() -> None:
            execution.run()
            events = len(execution.journal.rows)
            from aslrun.store import End

            output = to_json_text(execution.output) if execution.status == "SUCCEEDED" else None
            end = End(execution.status, execution.clock.now, output, execution.error, execution.cause, events)
            self.store.write_turn([], {record.arn: end})
            if done:
                done(
                    replace(
                        record,
                        status=end.status,
                        stopped=end.stopped,
                        output=end.output,
                        error=end.error,
                        cause=end.cause,
                    )
                )

        threading.Thread(target=run, daemon=True).start()

    def start(self, record: ExecutionRecord) -> bool:
        if not self.store.start(record):
            return False
        self._run(record)
        return True

    def start_sync(self, record: ExecutionRecord) -> Future[ExecutionRecord]:
        future: Future[ExecutionRecord] = Future()
        self._run(record, future.set_result)
        return future

    def stop(self, arn: str, error: str | None, cause: str | None) -> float | None:
        return None

    def redrive_status(self, record: ExecutionRecord, *, is_deleting: bool) -> tuple[str, str | None]:
        return "NOT_REDRIVABLE", f"Execution is {record.status} and cannot be redriven"

    def redrive(self, arn: str) -> float:
        return 0.0

    def events(self, arn: str) -> Iterator[Event] | None:
        return self.live[arn].events()

    def map_runs(self, arn: str) -> list[MapRun]:
        return []

    def map_run(self, arn: str) -> MapRun | None:
        return None

    def update_map_run(self, run: MapRun, changes: dict[str, Any]) -> None:
        pass

    def poll_activity(self, arn: str, worker: str | None, seconds: float) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result({})
        return future

    def send_success(self, token: str, output: JSON) -> bool | None:
        return None

    def send_failure(self, token: str, error: str | None, cause: str | None) -> bool | None:
        return None

    def send_heartbeat(self, token: str) -> bool | None:
        return None
