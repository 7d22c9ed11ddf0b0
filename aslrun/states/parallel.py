"""Parallel: run branches at the same time on the same input. Spec: Parallel State; events as recorded."""

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
from aslrun.states.fields import Compilation, Conclude, Fields, objects_of
from aslrun.states.handling import Handling, compile_handling, recovered
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Parallel:
    """Runs its branches; the result is the list of their outputs, in the branches' order."""

    blocks: ClassVar[Literal[True]] = True
    counts_retries: ClassVar[bool] = True
    entered: ClassVar[str] = "ParallelStateEntered"
    exited: ClassVar[str] = "ParallelStateExited"
    aborted: ClassVar[str] = "ParallelStateAborted"

    name: str
    branches: tuple[Machine, ...]
    prepare: Select
    conclude: Conclude
    handling: Handling

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return recovered(self.run, self.handling, failure, raw, scope)

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Run all branches once."""
        value = scope.hold(self.prepare(raw, scope), self.name)
        scope.record("ParallelStateStarted")
        answer: JSON = yield RunChildren(self.children(value, scope))
        outputs = scope.hold(answer, self.name)
        scope.record("ParallelStateSucceeded")
        return self.conclude(raw, outputs, scope), self.handling.next

    def children(self, value: JSON, scope: Scope) -> Iterator[Child]:
        for index, branch in enumerate(self.branches):
            inner = Scope(scope.execution, scope.journal, scope, index)
            yield inner, partial(begin_branch, branch, value)


def begin_branch(machine: Machine, value: JSON, scope: Scope) -> Begun:
    """Run one branch as far as it gets without the world."""
    stop = step_on(machine, value, scope, machine.start_at)
    return (stop[0], None) if stop[1] is None else (None, run_branch(machine, scope, stop))


def run_branch(machine: Machine, scope: Scope, stop: Stop) -> Computation:
    """Run one branch on; a state that fails in it counts as aborted too (recorded: TaskStateAborted)."""
    try:
        return (yield from run_states(machine, None, scope, stop))
    except StateError as error:
        failure = error
    scope.abort()
    raise failure


def compile_parallel(name: str, fields: Fields, compilation: Compilation) -> Parallel:
    """Compile a Parallel state and its branches."""
    language = compilation.language
    return Parallel(
        name,
        tuple(map(compilation.compile_machine, objects_of(fields, "Branches"))),
        language.compile_input(fields),
        language.compile_output(fields),
        compile_handling(fields, language, failed="ParallelStateFailed"),
    )
