"""Map, inline: run a machine for each item. Spec: Map State; limits: documentation, "Map state processing
modes"; events as recorded."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

from aslrun.errors import StateError
from aslrun.expressions import Select
from aslrun.interpreter.effects import Begun, Child, Computation, Effect, RunChildren
from aslrun.interpreter.loop import Machine, Stop, Transition, run_states, step_on
from aslrun.interpreter.scope import Scope
from aslrun.states.distributed.compiling import compile_distributed_map
from aslrun.states.distributed.state import DistributedMap
from aslrun.states.fields import Compilation, Conclude, Fields, Number
from aslrun.states.handling import Handling, compile_handling, recovered
from aslrun.values import JSON

MAX_INLINE_CONCURRENCY = 40
"""Iterations of an inline Map that the service runs at once, whatever MaxConcurrency says."""


@dataclass(frozen=True, slots=True)
class Map:
    """Runs `processor` for each item; the result is the list of outputs, in the items' order."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = True
    entered: ClassVar[str] = "MapStateEntered"
    exited: ClassVar[str] = "MapStateExited"
    aborted: ClassVar[str] = "MapStateAborted"

    name: str
    processor: Machine
    prepare: Select
    items: Select
    select_item: Select | None
    max_concurrency: Number
    conclude: Conclude
    handling: Handling

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return recovered(self.run, self.handling, failure, raw, scope)

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Run all iterations once."""
        value = self.prepare(raw, scope)
        limit = self.max_concurrency(value, scope) or 0
        items = self.items(value, scope)
        assert isinstance(items, list)
        scope.record("MapStateStarted", len(items))
        at_once = min(int(limit) or MAX_INLINE_CONCURRENCY, MAX_INLINE_CONCURRENCY)
        answer: JSON = yield RunChildren(self.children(items, value, scope), at_once)
        outputs = scope.hold(answer, self.name)
        scope.record("MapStateSucceeded")
        return self.conclude(raw, outputs, scope), self.handling.next

    def children(self, items: list[JSON], value: JSON, scope: Scope) -> Iterator[Child]:
        begin = partial(self.begin, value)
        for index, item in enumerate(items):
            inner = Scope(scope.execution, scope.journal, scope, index)
            inner.iteration_of, inner.item = self.name, item
            inner.record_iteration("MapIterationStarted")
            yield inner, begin

    def begin(self, value: JSON, inner: Scope) -> Begun:
        """Run one iteration as far as it gets without the world."""
        item = inner.item
        if self.select_item is not None:
            try:
                item = inner.hold(self.select_item(value, inner), self.name)
            except StateError:
                inner.record_iteration("MapIterationFailed")
                raise
        stop = step_on(self.processor, item, inner, self.processor.start_at)
        if stop[1] is not None:
            return None, self.iterate(inner, stop)
        inner.record_iteration("MapIterationSucceeded")
        return stop[0], None

    def iterate(self, inner: Scope, stop: Stop) -> Computation:
        """Run one iteration on and tell the journal how it went."""
        try:
            output = yield from run_states(self.processor, inner.item, inner, stop)
        except StateError as error:
            failure = error
        else:
            inner.record_iteration("MapIterationSucceeded")
            return output
        inner.record_iteration("MapIterationFailed")
        raise failure


def compile_map(name: str, fields: Fields, compilation: Compilation) -> Map | DistributedMap:
    """Compile a Map state, in its present form or with the older Iterator and Parameters."""
    processor = fields.get("ItemProcessor", fields.get("Iterator"))
    assert isinstance(processor, dict)
    config = processor.get("ProcessorConfig")
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        return compile_distributed_map(name, fields, processor, compilation)
    language = compilation.language
    return Map(
        name,
        compilation.compile_machine(processor),
        language.compile_input(fields, template=""),
        language.compile_items(fields),
        language.compile_item_selector(fields),
        language.compile_number(fields, "MaxConcurrency"),
        language.compile_output(fields),
        compile_handling(fields, language, failed="MapStateFailed"),
    )
