"""A state machine as tests run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Unpack

from aslrun.errors import UsageError
from aslrun.functions.log import show_nothing
from aslrun.integrations.answers import as_json
from aslrun.machine import PathOrDefinition, StateMachine
from aslrun.options import Options, RunOptions, options_of
from aslrun.testing.result import ExecutionResult
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import Execution, MachineType


class StateMachineFixture(Protocol):
    """The fixture `state_machine`."""

    def __call__(
        self,
        source: PathOrDefinition,
        *,
        type: MachineType | None = None,
        substitutions: Mapping[str, str] | None = None,
    ) -> MachineUnderTest:
        """Load a state machine.

        Args:
            source: a definition, a template, or `template.yaml:LogicalId`; the path counts from the test
                module's folder, else from the root folder. Or a definition as a dict.
            type: STANDARD or EXPRESS; by default as its template has it, else STANDARD.
            substitutions: values of `${Name}` in the definition, and of a template's parameters.

        A file that is not there and a definition that is invalid fail the test.
        """


class MachineUnderTest:
    """What the fixture `state_machine` returns.

    `machine` is the machine as `aslrun.load` gives it; `on_result` is told of each execution that ended.
    """

    def __init__(self, machine: StateMachine, on_result: Callable[[ExecutionResult], None]) -> None:
        self.machine = machine
        self._on_result = on_result

    @property
    def name(self) -> str:
        """The machine's name: that of its file, without suffixes."""
        return self.machine.name

    def execute(self, input: JSON = None, **options: Unpack[Options]) -> ExecutionResult:
        """Run the machine on `input` (`{}` by default), on a virtual clock, and return the execution, ended.

        Options and errors are those of `StateMachine.execute` (see `aslrun.RunOptions`), but that chance is
        repeatable by default (seed None: another one each time), and that what functions print is kept for
        the report of a test that fails. A test goes one way, so that it may leave the Tasks on others without
        an answer (partial False: it may not). An execution that could not go on raises UsageError here.
        """
        __tracebackhide__ = True
        given = options_of(**options)
        given = replace(
            given,
            seed=given.seed if "seed" in options else 0,
            partial=options.get("partial", True),
            show=given.show or show_nothing,
        )
        execution, close = self._start(input, given)
        try:
            execution.run(given.token_grace)
        finally:
            close()
            result = ExecutionResult(execution, self.machine)
            self._on_result(result)
        if execution.status == "ABORTED":
            raise UsageError(execution.cause or "the execution was aborted")
        return result

    def _start(self, input: JSON, options: RunOptions) -> tuple[Execution, Callable[[], None]]:
        """Start an execution; a mistake is told without the places in aslrun that it came through."""
        __tracebackhide__ = True
        try:
            return self.machine.start(as_json("the input", input), options)
        except UsageError as mistake:
            told = mistake
        raise told.with_traceback(None)

    def _repr_svg_(self) -> str | None:
        """How a notebook shows it: as the machine."""
        return self.machine._repr_svg_()

    def __repr__(self) -> str:
        return f"<state machine {self.name}>"
