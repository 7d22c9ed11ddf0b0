"""Running an execution again over its recorded answers: its history, and where it goes on from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from aslrun.drivers.asking import ALWAYS
from aslrun.drivers.calls import Call, Integration
from aslrun.drivers.clock import VirtualClock
from aslrun.drivers.driver import Driver
from aslrun.drivers.fibers import ExecutionStopped, ExecutionTimedOut, Fiber, MapRunUpdated, Recorded
from aslrun.drivers.redriving import Ended, ExecutionRedriven
from aslrun.errors import StateError
from aslrun.execution import Execution
from aslrun.interpreter.effects import ChildTimedOut, Effect, Invoke
from aslrun.interpreter.items import OpenResults
from aslrun.items.results import Unwritten
from aslrun.store.answers import read_answer, write_answer
from aslrun.store.records import Row
from aslrun.values import JSON

SUBMITTED = "submitted"
STOPPED = "stopped"
TIMED_OUT = "timed out"
CHILD_TIMED_OUT = "child timed out"
REDRIVEN = "redriven"
UPDATED = "map run updated"


class Rerun(Driver):
    """Gives an execution its recorded answers, and asks the world for nothing. `resumed` are the fibers that
    went on, each with how often it had waited before."""

    def __init__(self, start: float) -> None:
        super().__init__(VirtualClock(start))
        self.resumed: set[tuple[int, int]] = set()

    def ask(
        self,
        fiber: Fiber,
        ask_now: Callable[..., None],
        *what: Any,
        pass_by: Callable[[], None] | None = None,
    ) -> None:
        pass

    def find(self, fiber: Fiber, effect: Invoke) -> tuple[Integration, Call]:
        resource, token = effect.resource.text, effect.token
        return Nobody(), Call(resource, effect.arguments, effect.state, effect.timeout, fiber.scope, token)

    def begin(self, fiber: Fiber) -> bool:
        self.resumed.add((fiber.number, fiber.waits))
        return super().begin(fiber)

    def resume(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> Effect:
        self.resumed.add((fiber.number, fiber.waits))
        return super().resume(fiber, answer, failure)

    def leave_unwritten(self, fiber: Fiber, effect: OpenResults) -> None:
        """What a distributed Map exports was written by the run that is run again."""
        self.ready.append((fiber, Unwritten(effect), None))

    perform: ClassVar[dict[type[Effect], Callable[[Any, Fiber, Any], None]]] = {
        **Driver.perform,
        OpenResults: leave_unwritten,
    }


class Nobody:
    """Stands for all integrations where none is asked."""

    def matches(self, call: Call) -> bool:
        return True

    def invoke(self, call: Call) -> JSON:
        raise AssertionError("nothing is asked")

    def close(self) -> None:
        pass


def row_of(recorded: Recorded, turn: int) -> Row:
    """Return a recorded answer as it is kept."""
    failure = recorded.failure
    if isinstance(failure, ExecutionStopped):
        kind, body = STOPPED, write_answer([failure.error, failure.cause], None)[1]
    elif isinstance(failure, MapRunUpdated):
        kind, body = UPDATED, write_answer([failure.arn, dict(failure.members)], None)[1]
    elif isinstance(failure, ExecutionTimedOut):
        kind, body = TIMED_OUT, "null"
    elif isinstance(failure, ChildTimedOut):
        kind, body = CHILD_TIMED_OUT, "null"
    else:
        kind, body = write_answer(recorded.answer, failure)
        kind = SUBMITTED if recorded.is_submitted else kind
    return Row(turn, recorded.time, recorded.fiber, recorded.waits, kind, body)


def redrive_row(turn: int, time: float) -> Row:
    """Return the row that tells of a redrive."""
    return Row(turn, time, 0, ALWAYS, REDRIVEN, "null")


def recorded_of(row: Row) -> Recorded:
    """Return a kept answer as the driver gave it; not of a redrive."""
    answer: JSON = None
    failure: BaseException | None = None
    if row.kind == TIMED_OUT:
        failure = ExecutionTimedOut()
    elif row.kind == CHILD_TIMED_OUT:
        failure = ChildTimedOut()
    elif row.kind in (STOPPED, SUBMITTED, UPDATED):
        answer = read_answer("result", row.body)[0]
        if row.kind == UPDATED:
            assert isinstance(answer, list)
            failure, answer = MapRunUpdated(*answer), None  # type: ignore[arg-type]
            return Recorded(row.turn, row.time, row.fiber, row.wait, answer, failure)
        if row.kind == STOPPED:
            assert isinstance(answer, list)
            failure, answer = ExecutionStopped(*answer), None  # type: ignore[arg-type]
    else:
        answer, failure = read_answer(row.kind, row.body)
    return Recorded(row.turn, row.time, row.fiber, row.wait, answer, failure, row.kind == SUBMITTED)


def recorded_answers(rows: Sequence[Row], prepare: Callable[[], Execution]) -> list[Recorded]:
    """Return what a driver is to give an execution again. `prepare` makes one that has not begun.

    Where it was redriven, each run that came to its end before is run again for that.
    """
    redrives = [position for position, row in enumerate(rows) if row.kind == REDRIVEN]
    ended: list[Ended] = []
    for position in redrives:
        ended.append(_ended(prepare(), _with_redrives(rows[:position], ended)))
    return _with_redrives(rows, ended)


def _ended(execution: Execution, recorded: Sequence[Recorded]) -> Ended:
    driver = rerun(execution, recorded)
    failure = execution.journal.rows[-1][-1]
    number = failure.number if isinstance(failure, StateError) else 0
    return Ended(execution.journal, number, frozenset(driver.resumed))


def _with_redrives(rows: Sequence[Row], ended: Sequence[Ended]) -> list[Recorded]:
    """Return recorded answers without what stopped the execution before a redrive, and came with that."""
    last = max((position for position, row in enumerate(rows) if row.kind == REDRIVEN), default=-1)
    stops = {row.turn for row in rows[: last + 1] if row.kind in (STOPPED, TIMED_OUT)}
    recorded: list[Recorded] = []
    count = 0
    for row in rows:
        if row.kind == REDRIVEN:
            until = ended[count + 1] if count + 1 < len(ended) else None
            redriven = ExecutionRedriven(count + 1, ended[count], until)
            recorded.append(Recorded(row.turn, row.time, row.fiber, row.wait, None, redriven))
            count += 1
        elif row.turn not in stops:
            recorded.append(recorded_of(row))
    return recorded


def rerun(execution: Execution, recorded: Sequence[Recorded]) -> Rerun:
    """Run an execution that has not begun over recorded answers, as far as they lead; its history is then
    what it was."""
    driver = Rerun(execution.journal.time)
    execution.begin(driver, record=_record_nothing, recorded=recorded)
    return driver


def _record_nothing(recorded: Recorded) -> None:
    """What is given again is recorded already."""
