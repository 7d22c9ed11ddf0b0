"""Executions that outlive the process: started, resumed, stopped and redriven on one driver, over one store.

Each answer is kept before the execution goes on with it, all those of a turn in one transaction.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Lock

from aslrun.drivers.asking import EARLY
from aslrun.drivers.driver import Driver
from aslrun.drivers.fibers import ExecutionStopped, MapRunUpdated, Recorded
from aslrun.errors import AslrunError
from aslrun.execution import Execution
from aslrun.interpreter.collection import no_collection
from aslrun.store.records import End, ExecutionRecord, Row
from aslrun.store.redrivable import NotRedrivable, redrive_status
from aslrun.store.rerun import SUBMITTED, recorded_answers, redrive_row, rerun, row_of
from aslrun.store.statements import LEASE, Store
from aslrun.values import to_json_text

HISTORIES = 32
"""Executions that have ended whose histories are held: a client asks for one page after the other."""

LONGEST_LOSS = 120.0
"""Seconds for which a database that has gone is waited for."""

STOP_SECONDS = 10.0
"""Seconds to wait until a stopped execution has ended."""


class Recorder:
    """Takes the answers that one execution is given. `position` is the next one's number."""

    __slots__ = ("arn", "position", "running", "seen", "turn")

    def __init__(self, running: Running, arn: str, rows: Sequence[Row]) -> None:
        self.running = running
        self.arn = arn
        self.position = len(rows)
        self.turn = rows[-1].turn if rows else 0
        self.seen = -1

    def __call__(self, recorded: Recorded) -> None:
        if self.seen != self.running.turns:  # the driver's own count differs from process to process
            self.seen = self.running.turns
            self.turn += 1
        self.running.answers.append((self.arn, self.position, row_of(recorded, self.turn)))
        self.position += 1


class Running:
    """Durable executions on one driver, which must be a shared one.

    Args:
        store: where they are kept.
        driver: runs them; its `before_turn` is taken.
        prepare: makes an execution of a record, which has not begun, the same each time: it is called to
            start, to resume, to redrive and to make a history, on any thread. Its clock's time must be
            `record.started`; it can be a VirtualClock, for the driver's is the one that counts.
        on_end: is called on the driver's thread with the record of an execution that has ended, once that is
            kept.
    """

    def __init__(
        self,
        store: Store,
        driver: Driver,
        prepare: Callable[[ExecutionRecord], Execution],
        on_end: Callable[[ExecutionRecord], None] | None = None,
    ) -> None:
        self.store = store
        self.driver = driver
        self.prepare = prepare
        self.on_end = on_end
        self.turns = 0
        self.deleted: set[str] = set()  # machines whose executions end at their next transition
        self.answers: list[tuple[str, int, Row]] = []
        self._ends: dict[str, tuple[End, ExecutionRecord, Execution]] = {}
        self._live: dict[str, Execution] = {}
        self._settling: list[Future[None]] = []
        self._waiting: dict[str, list[Event]] = {}
        self._histories: OrderedDict[tuple[str, int], Execution] = OrderedDict()
        self._lock = Lock()
        driver.before_turn = self.flush

    # ------------------------------------------------------------------ from any thread

    def start(self, record: ExecutionRecord) -> Execution | None:
        """Keep and begin an execution; None if there is one of this ARN. An Express one is not kept."""
        execution = self.prepare(record)
        if record.type == "STANDARD" and not self.store.start(record):
            return None
        self._post(record, execution, [])
        return execution

    def resume(self, seconds: float = LEASE) -> int:
        """Go on with what runs and is nobody's, or a dead server's; return how many executions that are.

        To be called at the start, and again before `seconds` are over: so long this server is taken for
        living by others on the same store.
        """
        self.store.renew(seconds)
        with no_collection():
            return self._resume()

    def _resume(self) -> int:
        count = 0
        while claimed := self.store.claim():
            for record in claimed:
                try:
                    self._go_on(record, self.store.rows(record.arn))
                except AslrunError as wrong:
                    print(f"aslrun: {record.arn} cannot go on: {wrong}", file=sys.stderr)
            count += len(claimed)
        return count

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> float | None:
        """Stop an execution, and wait until that is kept; return when it ended.

        None for one that does not run here.
        """
        execution = self.live(arn)
        if execution is None:
            return None
        stopped = Event()
        self._waiting.setdefault(arn, []).append(stopped)
        self.driver.post(lambda: self._stop(execution, error, cause))
        if not stopped.wait(STOP_SECONDS):
            return None
        return execution.journal.rows[-1][0]

    def update_map_run(self, execution: str, map_run: str, members: Mapping[str, float]) -> bool:
        """Change a Map Run of an execution that runs here; False where it does not."""
        live = self.live(execution)
        if live is None:
            return False
        update = MapRunUpdated(map_run, members)
        self.driver.post(lambda: self._update_map_run(live, update))
        self.settled().result(STOP_SECONDS)
        return True

    def _update_map_run(self, execution: Execution, update: MapRunUpdated) -> None:
        if execution.root is not None:
            self.driver.change_map_run(execution.root, update)

    def redrive(self, arn: str, *, machine_deleting: bool = False) -> float:
        """Let an execution that came to a bad end go on from there; return when that was.

        Raises LookupError where there is none, NotRedrivable for one that cannot be redriven.
        """
        record, now = self.store.execution(arn), self.driver.clock.now
        if record is None:
            raise LookupError(arn)
        status, reason = redrive_status(record, now, machine_deleting=machine_deleting)
        if status == "NOT_REDRIVABLE":
            raise NotRedrivable(reason)
        rows = self.store.rows(arn)
        row = redrive_row(rows[-1].turn + 1 if rows else 1, now)
        if not self.store.reopen(arn, len(rows), row):
            raise NotRedrivable("Execution is RUNNING and cannot be redriven")
        again = self.store.execution(arn)
        assert again is not None
        self._go_on(again, [*rows, row])
        return now

    def settled(self) -> Future[None]:
        """Return what is done when all is kept that came from outside before: an answer to a task token, or
        that a worker has an activity's task. Whoever sent it is told only then."""
        settled: Future[None] = Future()
        self.driver.post(lambda: self._settling.append(settled))
        return settled

    def live(self, arn: str) -> Execution | None:
        """Return an execution that runs here, None where none does."""
        return self._live.get(arn)

    def history_of(self, arn: str) -> Execution | None:
        """Return an execution with its history so far: live, or run again over its recorded answers. None
        where there is none."""
        live = self.live(arn)
        if live is not None:
            return live
        record = self.store.execution(arn)
        if record is None:
            with self._lock:  # an Express one that has just ended is held all the same
                return self._histories.get((arn, 0))
        key = (arn, record.redrives)
        with self._lock:
            if record.status != "RUNNING" and key in self._histories:
                self._histories.move_to_end(key)
                return self._histories[key]
        execution = self.prepare(record)
        rerun(execution, recorded_answers(self.store.rows(arn), lambda: self.prepare(record)))
        if record.status != "RUNNING":
            with self._lock:
                self._hold(record, execution)
        return execution

    def _hold(self, record: ExecutionRecord, execution: Execution) -> None:
        """Hold the history of one that has ended: a client will soon ask for it. Called with the lock."""
        self._histories[record.arn, record.redrives] = execution
        while len(self._histories) > HISTORIES:
            self._histories.popitem(last=False)

    # ------------------------------------------------------------------ on the driver's thread

    def flush(self) -> None:
        """Keep what this turn was given. Nothing goes on before it is kept."""
        self.turns += 1
        if self.deleted:
            self._end_deleted()
        if self.answers or self._ends:
            self._write()
        settling, self._settling = self._settling, []
        for settled in settling:
            settled.set_result(None)

    def _end_deleted(self) -> None:
        """End executions of deleted machines that would go on now with an answer."""
        for arn in {arn for arn, _, row in self.answers if row.kind != SUBMITTED and row.wait != EARLY}:
            execution = self.live(arn)
            if execution is not None and execution.scope.execution.machine_id in self.deleted:
                self._stop(execution, None, None)

    def _write(self) -> None:
        answers, self.answers = self.answers, []
        ends, self._ends = self._ends, {}
        kept = {arn: end for arn, (end, record, _) in ends.items() if record.type == "STANDARD"}
        lost = self._write_turn(answers, kept)
        for arn in lost:
            self._drop(arn)
        for arn, ended in ends.items():
            if arn not in lost:
                self._tell_end(*ended)

    def _write_turn(self, answers: list[tuple[str, int, Row]], ends: dict[str, End]) -> frozenset[str]:
        """Keep a turn. Where the database has gone, nothing goes on until it is back, or for too long."""
        until = time.monotonic() + LONGEST_LOSS
        while True:
            try:
                return self.store.write_turn(answers, ends)
            except Exception:
                if not self._is_mended(until):
                    raise
                time.sleep(0.5)

    def _is_mended(self, until: float) -> bool:
        try:
            return self.store.database.mend()
        except AslrunError:  # not there yet
            return time.monotonic() < until

    def _go_on(self, record: ExecutionRecord, rows: Sequence[Row]) -> None:
        self._post(record, self.prepare(record), rows)

    def _post(self, record: ExecutionRecord, execution: Execution, rows: Sequence[Row]) -> None:
        recorded = recorded_answers(rows, lambda: self.prepare(record))
        with self._lock:
            self._live[record.arn] = execution
        self.driver.post(lambda: self._begin(record, execution, rows, recorded))

    def _begin(
        self, record: ExecutionRecord, execution: Execution, rows: Sequence[Row], recorded: Sequence[Recorded]
    ) -> None:
        recorder = Recorder(self, record.arn, rows) if record.type == "STANDARD" else None

        def ended(execution: Execution) -> None:
            self._take_end(record, execution)

        try:
            execution.begin(self.driver, ended, record=recorder, recorded=recorded)
        except AslrunError as wrong:
            print(f"aslrun: {record.arn} cannot go on: {wrong}", file=sys.stderr)
            self._drop(record.arn)

    def _stop(self, execution: Execution, error: str | None, cause: str | None) -> None:
        if execution.root is not None:
            self.driver.stop(execution.root, ExecutionStopped(error, cause))

    def _take_end(self, record: ExecutionRecord, execution: Execution) -> None:
        output = to_json_text(execution.output) if execution.status == "SUCCEEDED" else None
        stopped, events = execution.journal.rows[-1][0], len(execution.journal.rows)
        end = End(execution.status, stopped, output, execution.error, execution.cause, events)
        self._ends[record.arn] = end, record, execution
        self.driver.post(_nothing)  # that the turn in which it is kept comes at once

    def _tell_end(self, end: End, record: ExecutionRecord, execution: Execution) -> None:
        with self._lock:
            if self.live(record.arn) is execution:  # else it is redriven already
                del self._live[record.arn]
                self._hold(record, execution)
        for stopped in self._waiting.pop(record.arn, ()):
            stopped.set()
        if self.on_end is not None:
            ended = replace(
                record, status=end.status, stopped=end.stopped, output=end.output, error=end.error,
                cause=end.cause, events=end.events,
            )  # fmt: skip
            self.on_end(ended)

    def _drop(self, arn: str) -> None:
        """Let go of an execution that is another server's now."""
        found = self._live.pop(arn, None)
        root = None if found is None else found.root
        if root is not None and not root.has_ended:
            self.driver.drop(root)


def _nothing() -> None:
    """What the driver is woken with."""
