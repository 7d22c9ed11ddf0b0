"""Pass, Succeed and Fail: states that only compute. Spec: Pass State, Succeed State, Fail State."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from aslrun.errors import StateError
from aslrun.expressions import ExpressionScope, Select
from aslrun.states.fields import Compilation, Conclude, Fields, Produce, concluded, next_of
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Transition
    from aslrun.interpreter.scope import Scope


@dataclass(frozen=True, slots=True)
class Pass:
    """Passes its input, or a fixed Result, on."""

    blocks: ClassVar[Literal[False]] = False
    counts_retries: ClassVar[bool] = False
    entered: ClassVar[str] = "PassStateEntered"
    exited: ClassVar[str] = "PassStateExited"
    aborted: ClassVar[str | None] = None

    name: str
    next: str | None
    produce: Produce

    def step(self, raw: JSON, scope: Scope) -> Transition:
        return self.produce(raw, scope), self.next


def compile_pass(name: str, fields: Fields, compilation: Compilation) -> Pass:
    """Compile a Pass state. A Result is plain JSON: nothing in it is evaluated."""
    language = compilation.language
    prepare = produce = language.compile_input(fields)
    if "Result" in fields:
        constant = fields["Result"]

        def produce(raw: JSON, scope: ExpressionScope) -> JSON:
            prepare(raw, scope)  # what it makes is not used, but its errors are not passed over
            return constant

    return Pass(name, next_of(fields), concluded(produce, language.compile_output(fields)))


@dataclass(frozen=True, slots=True)
class Succeed:
    """Ends its machine with success."""

    blocks: ClassVar[Literal[False]] = False
    counts_retries: ClassVar[bool] = False
    entered: ClassVar[str] = "SucceedStateEntered"
    exited: ClassVar[str] = "SucceedStateExited"
    aborted: ClassVar[str | None] = None

    name: str
    prepare: Select
    conclude: Conclude

    def step(self, raw: JSON, scope: Scope) -> Transition:
        return self.conclude(raw, self.prepare(raw, scope), scope), None


def compile_succeed(name: str, fields: Fields, compilation: Compilation) -> Succeed:
    """Compile a Succeed state."""
    language = compilation.language
    return Succeed(name, language.compile_input(fields), language.compile_output(fields))


@dataclass(frozen=True, slots=True)
class Fail:
    """Ends its machine with an error."""

    blocks: ClassVar[Literal[False]] = False
    counts_retries: ClassVar[bool] = False
    entered: ClassVar[str] = "FailStateEntered"
    exited: ClassVar[str] = ""  # it is never left
    aborted: ClassVar[str | None] = None

    name: str
    error: Select
    cause: Select

    def step(self, raw: JSON, scope: Scope) -> Transition:
        error, cause = self.error(raw, scope), self.cause(raw, scope)
        assert error is None or isinstance(error, str)
        assert cause is None or isinstance(cause, str)
        raise StateError(error, cause)


def compile_fail(name: str, fields: Fields, compilation: Compilation) -> Fail:
    """Compile a Fail state: Error and Cause, as texts or as expressions that give texts."""
    compile_text = compilation.language.compile_text
    return Fail(name, compile_text(fields, "Error"), compile_text(fields, "Cause"))
