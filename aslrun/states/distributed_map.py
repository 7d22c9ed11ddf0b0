"""Map, distributed: a child execution for each item. Documentation: "Using Map state in Distributed mode";
events as recorded. Readers, batches and writers are still to come."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.expressions import Select
from aslrun.interpreter.effects import Child, Computation, Effect, RunChildren
from aslrun.interpreter.loop import Machine, Transition, run_states
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.scope import Chance, ExecutionIdentity, Journal, Scope, ScopePath
from aslrun.states.fields import Compilation, Conclude, Fields, Number
from aslrun.states.handling import Handling, compile_handling, handled
from aslrun.values import JSON

MAX_CONCURRENCY = 40
"""Children that run at once. The service runs up to 10,000; here each may need a process of its own."""

STILL_TO_COME = ("ItemReader", "ItemBatcher", "ResultWriter")


@dataclass(slots=True)
class MapRun:
    """One attempt of the Map: how many children there are, how many failed, and how many may."""

    arn: str
    total: int
    tolerated_count: float | None
    tolerated_percentage: float | None
    failed: int = 0
    outputs: dict[int, JSON] = field(default_factory=dict)

    def fail_one(self) -> None:
        """Count a failed child; raise States.ExceedToleratedFailureThreshold when there are too many."""
        self.failed += 1
        percentage = 100 * self.failed / self.total
        too_many = self.tolerated_count is not None and self.failed > self.tolerated_count
        too_much = self.tolerated_percentage is not None and percentage > self.tolerated_percentage
        if too_many or too_much or (self.tolerated_count is None and self.tolerated_percentage is None):
            raise StateError(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            )


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """Runs `processor` as an execution of its own for each item; the result is the list of the outputs of
    those that succeeded, in the items' order."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = True
    entered: ClassVar[str] = "MapStateEntered"
    exited: ClassVar[str] = "MapStateExited"
    aborted: ClassVar[str] = "MapStateAborted"

    name: str
    label: str | None
    processor: Machine
    prepare: Select
    items: Select
    select_item: Select | None
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
        limit = self.max_concurrency(value, scope) or 0
        items = self.items(value, scope)
        assert isinstance(items, list)
        scope.record("MapStateStarted", len(items))
        run = self.map_run(value, len(items), scope)
        scope.record("MapRunStarted", run.arn)
        at_once = min(int(limit) or MAX_CONCURRENCY, MAX_CONCURRENCY)
        try:
            yield RunChildren(self.children(run, items, value, scope), at_once)
        except StateError as error:
            failure = error
        else:
            scope.record("MapRunSucceeded")
            outputs = scope.hold([run.outputs[index] for index in sorted(run.outputs)], self.name)
            scope.record("MapStateSucceeded")
            return outputs
        scope.record("MapRunFailed", failure)
        raise failure

    def map_run(self, value: JSON, total: int, scope: Scope) -> MapRun:
        count, percentage = self.tolerated_count(value, scope), self.tolerated_percentage(value, scope)
        if percentage is not None and not 0 <= percentage <= 100:
            raise FatalStateError("ToleratedFailurePercentage must be between 0 and 100.")
        if count is not None and count < 0:
            raise FatalStateError("ToleratedFailureCount must be positive.")
        prefix = scope.execution.machine_id.replace(":stateMachine:", ":mapRun:")
        label = self.label or scope.draw_uuid()
        return MapRun(f"{prefix}/{label}:{scope.draw_uuid()}", total, count, percentage)

    def children(self, run: MapRun, items: list[JSON], value: JSON, scope: Scope) -> Iterator[Child]:
        for index, item in enumerate(items):
            if self.select_item is not None:
                selecting = Scope(scope.execution, scope.journal, scope, index)
                selecting.map_item = {"Index": index, "Value": item}
                item = scope.hold(self.select_item(value, selecting), self.name)
            child = child_execution(run, index, item, scope)
            scope.journal.children.append((self.name, child))
            yield Child(child, self.execute(run, index, item, child))

    def execute(self, run: MapRun, index: int, item: JSON, child: Scope) -> Computation:
        """Run one child execution; its failure counts, and is only raised when there are too many."""
        child.journal.record("ExecutionStarted", child, "", item)
        try:
            output = run.outputs[index] = yield from run_states(self.processor, item, child)
        except StateError as error:
            failure = error
        else:
            child.journal.record_end("ExecutionSucceeded", child, output)
            return output
        child.journal.record_end("ExecutionFailed", child, failure)
        run.fail_one()
        return None


def child_execution(run: MapRun, index: int, input: JSON, scope: Scope) -> Scope:
    """Make the scope of a child execution, with an identity and a journal of its own."""
    parent, journal = scope.execution, scope.journal
    label = run.arn.split("/")[-1].split(":")[0]
    child = Scope(scope.execution, scope.journal, scope, index)
    path, name = child.path, child.draw_uuid()

    def random_for(inner: ScopePath) -> Chance:
        return parent.random_for((*path, *inner))

    identity = ExecutionIdentity(
        id=f"{parent.id.rpartition(':')[0]}/{label}:{name}",
        name=name,
        role_arn=parent.role_arn,
        machine_id=f"{parent.machine_id}/{label}",
        machine_name=f"{parent.machine_name}/{label}",
        input=input,
        start_time=journal.time,
        random_for=random_for,
    )
    own = Journal(journal.time, journal.limit, None if journal.quota is None else Quota())
    return Scope(identity, own)


def compile_distributed_map(
    name: str, fields: Fields, processor: Fields, compilation: Compilation
) -> DistributedMap:
    """Compile a Map state whose `processor` says DISTRIBUTED in its ProcessorConfig."""
    for still in STILL_TO_COME:
        if still in fields:
            raise UsageError(
                f"the {still} of a distributed Map cannot be run yet; its items can come from a path"
            )
    language, label = compilation.language, fields.get("Label")
    return DistributedMap(
        name,
        label if isinstance(label, str) else None,
        compilation.compile_machine(processor),
        language.compile_input(fields, template=""),
        language.compile_items(fields),
        language.compile_item_selector(fields),
        language.compile_number(fields, "MaxConcurrency"),
        language.compile_number(fields, "ToleratedFailureCount"),
        language.compile_number(fields, "ToleratedFailurePercentage", integer=False),
        language.compile_output(fields),
        compile_handling(fields, language, failed="MapStateFailed"),
    )
