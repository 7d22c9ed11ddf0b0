"""Map, distributed. Documentation: "Using Map state in Distributed mode"; events as recorded.

Order: ItemReader → ItemsPath or Items → ItemSelector → ItemBatcher → ResultWriter (documentation: "Map state
input and output fields"). Items are drawn as children have room, outcomes handed on as they come: what is
held does not grow with the number of items.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.expressions import Select
from aslrun.interpreter.effects import Child, Computation, Effect, RunChildren, beginning
from aslrun.interpreter.elsewhere import ChildRuns, FindExecutor, Outcome, RunElsewhere
from aslrun.interpreter.items import Item, Items, Opened, OpenItems, OpenResults
from aslrun.interpreter.loop import Machine, Transition
from aslrun.interpreter.map_run import MAX_CONCURRENCY, MapRun
from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.interpreter.scope import Scope
from aslrun.states.distributed.attempt import Asked, Attempt, Begun, earlier_attempt
from aslrun.states.distributed.batches import batch_items
from aslrun.states.distributed.children import ChildExecutions, run_child, run_facts
from aslrun.states.distributed.results import (
    Collected,
    Ended,
    Exported,
    Transformation,
)
from aslrun.states.distributed.tolerance import check_failures, check_tolerance
from aslrun.states.fields import Conclude, Fields, Number
from aslrun.states.handling import Handling, recovered
from aslrun.values import JSON

EXPRESS_SECONDS = 300.0
"""Seconds that an Express child may take."""


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

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return recovered(self.run, self.handling, failure, raw, scope)

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Run all children once."""
        value = self.prepare(raw, scope)
        attempt = self.begin(value, scope)
        run = attempt.run
        try:
            yield from self.open(attempt)
            yield from self.run_all(attempt, value, scope)
            run.expect(run.items.total, run.executions.total)
            attempt.outcomes.finish()
        except StateError as error:
            failure = error
        except GeneratorExit:
            self.stop(attempt, scope)
            with suppress(StateError):
                attempt.outcomes.finish()  # what has been written is kept
            run.status, run.stopped = "ABORTED", scope.time
            raise
        else:
            attempt.items.close()
            run.status, run.stopped = "SUCCEEDED", scope.time
            scope.record("MapRunSucceeded")
            result = scope.hold(attempt.outcomes.result(), self.name)
            scope.record("MapStateSucceeded")
            return self.conclude(raw, result, scope), self.handling.next
        self.stop(attempt, scope)
        if failure.error != "States.ResultWriterFailed":
            self.export_pending(attempt, scope)
        run.status, run.stopped = "FAILED", scope.time
        scope.record("MapRunFailed", failure)
        scope.ended_map = attempt
        raise failure

    def begin(self, value: JSON, scope: Scope) -> Attempt:
        """Return an attempt that begins, or one that is redriven; StateError for fields that cannot be
        evaluated."""
        limit = int(self.max_concurrency(value, scope) or 0)
        at_hand = None if self.reader is not None else self.items(value, scope)
        earlier = earlier_attempt(scope)
        if earlier is None:
            scope.record("MapStateStarted", len(at_hand) if isinstance(at_hand, list) else 0)
        request = None if self.reader is None else self.reader.request(value, scope)
        writes = None if self.writer is None else self.writer.arguments
        place = None if writes is None else writes(value, scope)
        at_once = min(limit or MAX_CONCURRENCY, MAX_CONCURRENCY)
        asked = Asked(at_hand, request, writes is not None, place, at_once)
        if earlier is not None:
            earlier.run.redrive(scope.time)
            scope.record("MapRunRedriven", (earlier.run.arn, earlier.run.redrives))
            return earlier.again(asked, self.collected(scope))
        run = self.map_run(value, limit, scope)
        scope.record("MapRunStarted", run.arn)
        scope.journal.map_runs.append(run)
        return Attempt(run, asked, self.collected(scope), entered=scope.entered_id)

    def open(self, attempt: Attempt) -> Generator[Effect, Any, None]:
        """Open what an attempt reads and writes."""
        asked, run = attempt.asked, attempt.run
        if asked.request is None:
            attempt.items = stated(asked.at_hand, run, self.batcher is None)
        else:
            attempt.items = yield asked.request
        if asked.exports and self.writer is not None:
            results = yield OpenResults(asked.place, run.arn, self.writer.lines, run.redrives)
            attempt.outcomes = Exported(run, results, self.writer.transformation)

    def run_all(self, attempt: Attempt, value: JSON, scope: Scope) -> Generator[Effect, Any, None]:
        """Run the children of an attempt, here or where an executor says."""
        at_once, timeout = attempt.asked.at_once, self.timeout()
        runs = ChildRuns(self, run_facts(attempt.run, scope, self.express, timeout), at_once)
        is_away = yield FindExecutor(runs)
        children = self.children(attempt, value, scope, runs if is_away else None)
        own = None if is_away else timeout
        yield RunChildren(children, at_once, as_needed=True, timeout=own, map_run=attempt.run)

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
            selecting.item = map_item(index, item)
            yield self.select_item(value, selecting)

    def children(
        self, attempt: Attempt, value: JSON, scope: Scope, away: ChildRuns | None
    ) -> Iterator[Child]:
        """Yield the children; in place of one whose input cannot be made, one that fails with the reason."""
        index, make = 0, ChildExecutions(attempt.run, scope, self.express).make
        try:
            attempt.inputs = enumerate(self.inputs(attempt, value, scope))
            for index, (input, size) in attempt.inputs:
                if attempt.has(index):
                    continue
                child, text = make(index, input, self.name)
                attempt.begin(index, Begun(self.name, child, text, size), scope)
                if away is None:
                    yield child, beginning(self.execute(attempt, index, child, scope))
                else:
                    one = RunElsewhere(away, index, child.execution.name, text)
                    yield child, beginning(self.follow(attempt, one, child, scope))
        except (StateError, UsageError) as error:
            failure = error
        else:
            attempt.run.all_read = True
            return
        # In a child, so that the driver ends the others first.
        yield Scope(scope.execution, scope.journal, scope, index), beginning(failed(failure))

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
        make = ChildExecutions(attempt.run, scope, self.express).make
        with suppress(StateError):
            for index, (input, size) in attempt.inputs:
                if not attempt.has(index):
                    child, text = make(index, input, self.name)
                    attempt.outcomes.add(Ended(index, child, "PENDING", size, text))
        with suppress(StateError):
            attempt.outcomes.finish()


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
