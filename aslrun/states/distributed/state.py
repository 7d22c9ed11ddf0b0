"""Map, distributed. Documentation: "Using Map state in Distributed mode"; events as recorded.

Order: ItemReader → ItemsPath or Items → ItemSelector → ItemBatcher → ResultWriter (documentation: "Map state
input and output fields"). Items are drawn as children have room, outcomes handed on as they come: what is
held does not grow with the number of items.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.expressions import Select
from aslrun.interpreter.effects import Child, Computation, Effect, RunChildren
from aslrun.interpreter.elsewhere import ChildRuns, FindExecutor, Outcome, RunElsewhere
from aslrun.interpreter.items import Item, Items, Opened, OpenItems, OpenResults
from aslrun.interpreter.loop import Machine, Transition
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.interpreter.scope import Scope
from aslrun.states.distributed.batches import batch_items
from aslrun.states.distributed.children import ChildExecutions, run_child, run_facts
from aslrun.states.distributed.results import (
    Collected,
    Ended,
    Exported,
    Outcomes,
    Status,
    Transformation,
)
from aslrun.states.distributed.tolerance import check_failures, check_tolerance
from aslrun.states.fields import Conclude, Fields, Number
from aslrun.states.handling import Handling, handled
from aslrun.values import JSON

MAX_CONCURRENCY = 10_000
"""Children that run at once. Documentation: "Using Map state in Distributed mode"."""
EXPRESS_SECONDS = 300.0
"""Seconds that an Express child may take."""

COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
"""Status of a child → the count that it adds to."""


@dataclass(frozen=True, slots=True)
class Reader:
    """An ItemReader: what is asked of which service; `select` is the ItemsPath of what is read."""

    action: str
    arguments: Select
    config: Fields
    max_items: Number
    select: Select | None

    def request(self, value: JSON, scope: Scope) -> OpenItems:
        """Return what is to be read; StateError for fields that cannot be evaluated."""
        most, select = self.max_items(value, scope), self.select
        return OpenItems(
            self.action,
            self.arguments(value, scope),
            self.config,
            None if most is None else int(most),
            None if select is None else lambda read: select(read, scope),
        )


@dataclass(frozen=True, slots=True)
class Batcher:
    """An ItemBatcher."""

    max_items: Number
    max_bytes: Number
    batch_input: Select | None

    def batch(self, items: Iterator[JSON], value: JSON, scope: Scope) -> Iterator[tuple[JSON, int]]:
        """Return the batches of items."""
        most, size = self.max_items(value, scope), self.max_bytes(value, scope)
        if (most or 0) < 0:
            raise FatalStateError("field MaxItemsPerBatch must be positive")
        if not 0 <= (size or 0) <= PAYLOAD_LIMIT:
            raise FatalStateError(f"field MaxInputBytesPerBatch must be between 0 and {PAYLOAD_LIMIT}")
        shared = None if self.batch_input is None else self.batch_input(value, scope)
        if not size and scope.journal.quota is not None:
            size = PAYLOAD_LIMIT
        return batch_items(items, most, size, shared)


@dataclass(frozen=True, slots=True)
class Writer:
    """A ResultWriter; `arguments` is None where the results become the state's output."""

    arguments: Select | None
    transformation: Transformation
    lines: bool


@dataclass(slots=True)
class Begun:
    """A child that runs: the Map, its scope, the text of its input, how many items it has, and its number
    among all children of the execution."""

    map: str
    child: Scope
    text: str
    size: int
    number: int = 0


@dataclass(slots=True)
class Attempt:
    """What one attempt of a Map is at: its Map Run, the items to come, what takes the outcomes, and the
    children that run, by their numbers."""

    run: MapRun
    items: Items
    outcomes: Outcomes
    inputs: Iterator[tuple[JSON, int]] = field(default_factory=lambda: iter(()))
    running: dict[int, Begun] = field(default_factory=dict)
    entered: int = 0
    succeeded: bytearray = field(default_factory=bytearray)

    def again(self, items: Items) -> Attempt:
        """Return the attempt that a redrive makes of this one: the same Map Run, which keeps the outputs of
        the children that succeeded."""
        return Attempt(self.run, items, self.outcomes, entered=self.entered, succeeded=self.succeeded)

    def has(self, index: int) -> bool:
        """Tell whether a child has succeeded before."""
        return index < len(self.succeeded) and self.succeeded[index] == 1

    def begin(self, index: int, begun: Begun, scope: Scope) -> None:
        """Note that a child begins."""
        self.run.begin(begun.size)
        self.running[index] = begun
        begun.number = scope.journal.children.begin(begun.map, begun.child)

    def end(
        self,
        index: int,
        status: Status,
        scope: Scope,
        output: JSON = None,
        failure: StateError | None = None,
        elsewhere: Outcome | None = None,
    ) -> None:
        """Take in the end of a child, and raise StateError where the Map ends with it."""
        begun = self.running.pop(index)
        self.run.end(COUNTED[status], begun.size)
        if status == "SUCCEEDED":
            self.succeeded.extend(bytes(max(0, index + 1 - len(self.succeeded))))
            self.succeeded[index] = 1
        try:
            self.outcomes.add(Ended(index, begun.child, status, begun.size, begun.text, output, failure))
        finally:
            if elsewhere is None:
                scope.journal.children.end(begun.number)
            else:
                scope.journal.children.put(begun.number, elsewhere.record, elsewhere.events)


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """Runs `processor` as an execution of its own for each item; the result is the list of the outputs in the
    items' order, or where they have been written."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = True
    entered: ClassVar[str] = "MapStateEntered"
    exited: ClassVar[str] = "MapStateExited"
    aborted: ClassVar[str] = "MapStateAborted"

    name: str
    label: str | None
    express: bool
    processor: Machine
    prepare: Select
    reader: Reader | None
    items: Select
    select_item: Select | None
    batcher: Batcher | None
    writer: Writer | None
    max_concurrency: Number
    tolerated_count: Number
    tolerated_percentage: Number
    conclude: Conclude
    handling: Handling

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return handled(self.attempt, self.conclude, self.handling, raw, scope)

    def attempt(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, JSON]:
        """Run all children once."""
        value = self.prepare(raw, scope)
        limit = int(self.max_concurrency(value, scope) or 0)
        at_hand = None if self.reader is not None else self.items(value, scope)
        length = len(at_hand) if isinstance(at_hand, list) else 0
        earlier = earlier_attempt(scope)
        if earlier is None:
            scope.record("MapStateStarted", length)
        request = None if self.reader is None else self.reader.request(value, scope)
        writes = None if self.writer is None else self.writer.arguments
        place = None if writes is None else writes(value, scope)
        if earlier is None:
            run = self.map_run(value, limit, scope)
            scope.record("MapRunStarted", run.arn)
            scope.journal.map_runs.append(run)
        else:
            run = earlier.run
            run.redrive(scope.time)
            scope.record("MapRunRedriven", (run.arn, run.redrives))
        attempt: Attempt | None = None
        try:
            items = stated(at_hand, run, self.batcher is None) if request is None else (yield request)
            if earlier is None:
                attempt = Attempt(run, items, self.collected(scope), entered=scope.entered_id)
            else:
                attempt = earlier.again(items)
            if self.writer is not None and writes is not None:
                results = yield OpenResults(place, run.arn, self.writer.lines)
                attempt.outcomes = Exported(run, results, self.writer.transformation)
            at_once = min(limit or MAX_CONCURRENCY, MAX_CONCURRENCY)
            runs = ChildRuns(self, run_facts(run, scope, self.express, self.timeout()), at_once)
            is_away = yield FindExecutor(runs)
            children = self.children(attempt, value, scope, runs if is_away else None)
            yield RunChildren(children, at_once, as_needed=True, timeout=None if is_away else self.timeout())
            run.expect(run.items.total, run.executions.total)
            attempt.outcomes.finish()
        except StateError as error:
            failure = error
        except GeneratorExit:
            if attempt is not None:
                self.stop(attempt, scope)
                with suppress(StateError):
                    attempt.outcomes.finish()  # what has been written is kept
            run.status, run.stopped = "ABORTED", scope.time
            raise
        else:
            items.close()
            run.status, run.stopped = "SUCCEEDED", scope.time
            scope.record("MapRunSucceeded")
            result = scope.hold(attempt.outcomes.result(), self.name)
            scope.record("MapStateSucceeded")
            return result
        if attempt is not None:
            self.stop(attempt, scope)
            if failure.error != "States.ResultWriterFailed":
                self.export_pending(attempt, scope)
        run.status, run.stopped = "FAILED", scope.time
        scope.record("MapRunFailed", failure)
        scope.ended_map = attempt
        raise failure

    def timeout(self) -> float | None:
        """Return the seconds that a child may take; None where nothing limits them. An Express one has five
        minutes (documentation: Service quotas)."""
        own = self.processor.timeout
        return min(own or EXPRESS_SECONDS, EXPRESS_SECONDS) if self.express else own

    def map_run(self, value: JSON, limit: int, scope: Scope) -> MapRun:
        """Return the Map Run of an attempt that begins; StateError for thresholds that are none."""
        count, percentage = self.tolerated_count(value, scope), self.tolerated_percentage(value, scope)
        check_tolerance(count, percentage)
        prefix = scope.execution.machine_id.replace(":stateMachine:", ":mapRun:")
        label = self.label or scope.draw_uuid()
        return MapRun(
            f"{prefix}/{label}:{scope.draw_uuid()}",
            scope.execution.id,
            self.name,
            scope.time,
            max_concurrency=limit,
            tolerated_count=count or 0,
            tolerated_percentage=percentage or 0,
        )

    def collected(self, scope: Scope) -> Collected:
        """Return what makes the state's output of the outcomes."""
        has_quota = scope.journal.quota is not None
        if self.writer is None:
            return Collected(self.name, has_quota=has_quota)
        return Collected(self.name, self.writer.transformation, True, has_quota)

    def inputs(self, attempt: Attempt, value: JSON, scope: Scope) -> Iterator[tuple[JSON, int]]:
        """Yield the children's inputs, and how many items are in each."""
        items = self.selected(attempt.items, value, scope)
        if self.batcher is None:
            return ((item, 1) for item in items)
        return self.batcher.batch(items, value, scope)

    def selected(self, items: Items, value: JSON, scope: Scope) -> Iterator[JSON]:
        """Yield what ItemSelector makes of the items."""
        for index, item in enumerate(items):
            if self.select_item is None:
                yield item.value
                continue
            selecting = Scope(scope.execution, scope.journal, scope, index)
            selecting.map_item = map_item(index, item)
            yield self.select_item(value, selecting)

    def children(
        self, attempt: Attempt, value: JSON, scope: Scope, away: ChildRuns | None
    ) -> Iterator[Child]:
        """Yield the children; in place of one whose input cannot be made, one that fails with the reason."""
        index, make = 0, ChildExecutions(attempt.run, scope, self.express).make
        try:
            attempt.inputs = self.inputs(attempt, value, scope)
            for input, size in attempt.inputs:
                if attempt.has(index):
                    index += 1
                    continue
                child, text = make(index, input, self.name)
                attempt.begin(index, Begun(self.name, child, text, size), scope)
                if away is None:
                    yield child, self.execute(attempt, index, child, scope)
                else:
                    one = RunElsewhere(away, index, child.execution.name, text)
                    yield child, self.follow(attempt, one, child, scope)
                index += 1
        except (StateError, UsageError) as error:
            failure = error
        else:
            attempt.run.all_read = True
            return
        # In a child, so that the driver ends the others first.
        yield Scope(scope.execution, scope.journal, scope, index), failed(failure)

    def execute(self, attempt: Attempt, index: int, child: Scope, scope: Scope) -> Computation:
        """Run one child execution; its failure counts, and is only raised when there are too many."""
        status, output, failure = yield from run_child(self.processor, child)
        attempt.end(index, status, scope, output, failure)
        if failure is not None:
            check_failures(attempt.run, attempt.items.count)
        return None

    def follow(self, attempt: Attempt, away: RunElsewhere, child: Scope, scope: Scope) -> Computation:
        """Have another process run one child execution; its failure counts as one here does."""
        child.journal.record("ExecutionStarted", child, "", child.execution.input)
        outcome: Outcome = yield away
        child.execution.start_time, child.journal.time = outcome.started, outcome.stopped
        scope.journal.map_runs.extend(outcome.map_runs)
        failure = None if outcome.status == "SUCCEEDED" else StateError(outcome.error, outcome.cause)
        attempt.end(away.index, outcome.status, scope, outcome.output, failure, outcome)
        if failure is not None:
            check_failures(attempt.run, attempt.items.count)
        return None

    def stop(self, attempt: Attempt, scope: Scope) -> None:
        """Take in the children that have been aborted, and read no more."""
        for index in [*attempt.running]:
            with suppress(StateError):
                attempt.end(index, "ABORTED", scope)

    def export_pending(self, attempt: Attempt, scope: Scope) -> None:
        """Export what has not begun, too, and finish the files, so that what failed can be told from them."""
        if not isinstance(attempt.outcomes, Exported):
            return
        index, make = attempt.run.executions.total, ChildExecutions(attempt.run, scope, self.express).make
        with suppress(StateError):
            for input, size in attempt.inputs:
                child, text = make(index, input, self.name)
                attempt.outcomes.add(Ended(index, child, "PENDING", size, text))
                index += 1
        with suppress(StateError):
            attempt.outcomes.finish()


def earlier_attempt(scope: Scope) -> Attempt | None:
    """Return the attempt that a redrive goes on with: of this visit of the state, and only where the outputs
    of its children are at hand. What a ResultWriter has exported is exported anew, by all children."""
    earlier, scope.redriven_map, scope.ended_map = scope.redriven_map, None, None
    if isinstance(earlier, Attempt) and earlier.entered == scope.entered_id:
        return earlier if isinstance(earlier.outcomes, Collected) else None
    return None


def stated(items: JSON, run: MapRun, one_each: bool) -> Items:
    """Return the items that the state's input holds."""
    assert isinstance(items, list)
    run.expect(len(items), len(items) if one_each else None)
    return Opened((Item(item, None, "STATE_DATA") for item in items), len(items))


def map_item(index: int, item: Item) -> dict[str, JSON]:
    """Return what the context object tells of an item. Documentation: "Accessing execution data from the
    Context object": Key is there for the items of an object only."""
    told: dict[str, JSON] = {"Index": index}
    value = item.value
    if item.key is not None and isinstance(value, dict):
        told["Key"], value = item.key, value["Value"]
    return {**told, "Value": value, "Source": item.source}


def failed(failure: StateError | UsageError) -> Computation:
    """The computation of a child that fails before it begins."""
    yield from ()
    raise failure
