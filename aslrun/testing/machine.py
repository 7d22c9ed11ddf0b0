"""A state machine as tests run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aslrun.drivers.clock import Clock
from aslrun.errors import UsageError
from aslrun.functions.function import function_name
from aslrun.functions.log import show_nothing
from aslrun.machine import PathOrDefinition, StateMachine, calls_function, named_function, tasks
from aslrun.testing.answers import as_json, functions_of, mocks_of
from aslrun.testing.result import ExecutionResult
from aslrun.validation.placeholders import has_placeholder
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

    def execute(
        self,
        input: JSON = None,
        *,
        functions: Mapping[str, Any] | None = None,
        mocks: Mapping[str, Any] | None = None,
        name: str | None = None,
        seed: int | str | None = 0,
        clock: Clock | None = None,
    ) -> ExecutionResult:
        """Run the machine on `input` (`{}` by default), on a virtual clock, and return the execution, ended.

        Args:
            functions: Lambda functions by name. Each is a callable of (event) or (event, context), a value
                to return, an exception to raise, or a tuple of these, one for each call. A function that is
                not here is run from the handlers that lie beside the definition.
            mocks: the same for Tasks of any service, by the state's name; a callable gets the arguments.
                `aslrun.StateError("Name", "cause")` fails with just that error.
            name: the execution's name; a UUID made of the seed by default.
            seed: makes chance repeatable; None for another one each time.
            clock: when it begins, as `aslrun.drivers.clock.VirtualClock(start)`.

        Raises DefinitionError for an invalid definition, UsageError for what cannot be run, for a mock of a
        state that is no Task of the machine, and for a function that none of them calls. An AssertionError
        that a mock raises comes out here.
        """
        __tracebackhide__ = True
        options = {"name": name, "seed": seed, "clock": clock, "show": show_nothing}
        execution, close = self._start(input, functions or {}, mocks or {}, options)
        try:
            execution.run()
        finally:
            close()
            result = ExecutionResult(execution)
            self._on_result(result)
        if execution.status == "ABORTED":
            raise UsageError(execution.cause or "the execution was aborted")
        return result

    def _start(
        self, input: JSON, functions: Mapping[str, Any], mocks: Mapping[str, Any], options: Mapping[str, Any]
    ) -> tuple[Execution, Callable[[], None]]:
        """Start an execution; a mistake is told without the places in aslrun that it came through."""
        __tracebackhide__ = True
        try:
            self._check_mocks(mocks)
            self._check_functions(functions)
            return self.machine.start(
                as_json("the input", input),
                functions=functions_of(functions),
                mocks=mocks_of(mocks),
                **options,
            )
        except UsageError as mistake:
            told = mistake
        raise told.with_traceback(None)

    def _check_mocks(self, mocks: Mapping[str, Any]) -> None:
        known = {task.name for task in tasks(self.machine.compiled)}
        for state in mocks:
            if state not in known:
                raise UsageError(
                    f"there is no Task '{state}' to mock in {self.name}; there are {', '.join(sorted(known))}"
                )

    def _check_functions(self, functions: Mapping[str, Any]) -> None:
        called = [named_function(task) for task in tasks(self.machine.compiled) if calls_function(task)]
        known = {function_name(name) for name in called if name is not None and not has_placeholder(name)}
        if len(called) > sum(name is not None and not has_placeholder(name) for name in called):
            return  # some names are only known when the machine runs
        for name in functions:
            if name not in known:
                there = f"they call {', '.join(sorted(known))}" if known else "they call none"
                raise UsageError(f"no Task of {self.name} calls the Lambda function '{name}'; {there}")

    def _repr_svg_(self) -> str | None:
        """How a notebook shows it: as the machine."""
        return self.machine._repr_svg_()

    def __repr__(self) -> str:
        return f"<state machine {self.name}>"
