"""TEMPORARY stand-in for aslrun.store.running: executions on one driver, in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from aslrun.drivers.driver import Driver
from aslrun.drivers.fibers import ExecutionStopped
from aslrun.execution import Execution
from aslrun.store import End, ExecutionRecord, Store
from aslrun.values import to_json_text


class Running:
    def __init__(self, store: Store, driver: Driver, prepare: Callable[[ExecutionRecord], Execution]) -> None:
        self.store = store
        self.driver = driver
        self.prepare = prepare
        self.all: dict[str, Execution] = {}
        self.on_end: Callable[[ExecutionRecord], None] | None = None

    def start(self, record: ExecutionRecord) -> Execution | None:
        execution = self.prepare(record)
        if not self.store.start(record):
            return None
        self.all[record.arn] = execution
        self.driver.post(lambda: execution.begin(self.driver, lambda one: self._ended(record, one)))
        return execution

    def _ended(self, record: ExecutionRecord, execution: Execution) -> None:
        output = to_json_text(execution.output) if execution.status == "SUCCEEDED" else None
        end = End(
            execution.status,
            execution.journal.rows[-1][0],
            output,
            execution.error,
            execution.cause,
            len(execution.journal.rows),
        )
        self.store.write_turn([], {record.arn: end})
        if self.on_end is not None:
            self.on_end(
                replace(
                    record,
                    status=end.status,
                    stopped=end.stopped,
                    output=output,
                    error=end.error,
                    cause=end.cause,
                )
            )

    def stop(self, arn: str, error: str | None, cause: str | None) -> float | None:
        execution = self.all.get(arn)
        if execution is None or execution.status != "RUNNING":
            return None
        done: Future[float | None] = Future()

        def stop() -> None:
            if execution.root is None or execution.root.has_ended:
                done.set_result(None)
                return
            self.driver.stop(execution.root, ExecutionStopped(error, cause))
            done.set_result(self.driver.now)

        self.driver.post(stop)
        return done.result()

    def resume(self, seconds: float = 10.0) -> int:
        return 0

    def redrive(self, arn: str) -> float:
        raise NotRedrivable("Execution cannot be redriven")

    def live(self, arn: str) -> Execution | None:
        found = self.all.get(arn)
        return found if found is not None and found.status == "RUNNING" else None

    def history_of(self, arn: str) -> Execution | None:
        return self.all.get(arn)


class NotRedrivable(Exception):
    pass


def redrive_status(
    record: ExecutionRecord, now: float, *, machine_deleting: bool = False
) -> tuple[str, str | None]:
    return "NOT_REDRIVABLE", f"Execution is {record.status} and cannot be redriven"
