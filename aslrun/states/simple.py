"""Pass, Succeed and Fail: states that only compute. Spec: Pass State, Succeed State, Fail State."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from aslrun.errors import FatalStateError, StateError
from aslrun.expressions import ExpressionScope, Select
from aslrun.expressions.template import compile_expression
from aslrun.states.input_output import (
    Conclude,
    compile_field_path,
    compile_input,
    compile_output,
    next_of,
    text_of,
    whole,
)
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Scope, Transition
    from aslrun.states import CompileMachine
    from aslrun.states.input_output import Fields


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
    prepare: Select
    result: Select
    conclude: Conclude

    def step(self, raw: JSON, scope: Scope) -> Transition:
        result = self.result(self.prepare(raw, scope), scope)
        return self.conclude(raw, result, scope), self.next


def compile_pass(name: str, fields: Fields, compile_machine: CompileMachine) -> Pass:
    """Compile a Pass state. A Result is plain JSON: nothing in it is evaluated."""
    result = whole
    if "Result" in fields:
        constant = fields["Result"]

        def result(value: JSON, scope: ExpressionScope) -> JSON:
            return constant

    return Pass(name, next_of(fields), compile_input(fields), result, compile_output(fields))


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
    conclude: Select

    def step(self, raw: JSON, scope: Scope) -> Transition:
        return self.conclude(self.prepare(raw, scope), scope), None


def compile_succeed(name: str, fields: Fields, compile_machine: CompileMachine) -> Succeed:
    """Compile a Succeed state."""
    output = compile_field_path(fields.get("OutputPath", "$"))
    return Succeed(name, compile_field_path(fields.get("InputPath", "$")), output)


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


def compile_fail(name: str, fields: Fields, compile_machine: CompileMachine) -> Fail:
    """Compile a Fail state: Error and Cause, as texts or as paths or intrinsics that give texts."""
    return Fail(name, _text_field(fields, "Error"), _text_field(fields, "Cause"))


def _text_field(fields: Fields, name: str) -> Select:
    field = f"{name}Path"
    if field not in fields:
        constant = fields.get(name)
        return lambda value, scope: constant
    path = text_of(fields, field)
    select = compile_expression(path, field)

    def text_at_path(value: JSON, scope: ExpressionScope) -> JSON:
        found = select(value, scope)
        if not isinstance(found, str):
            raise FatalStateError(
                f"The {field} field refers to value '{to_json_text(found)}' which is not a string: {path}"
            )
        return found

    return text_at_path
