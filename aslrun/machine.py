"""A state machine read from a file or given as a value: what it takes to validate and execute it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.compiler import compile_machine
from aslrun.diagnostics import Diagnostic, unreadable
from aslrun.document import Document, DocumentError, document_of
from aslrun.document.definitions import definition_in, find_template, split_reference
from aslrun.drivers.clock import Clock
from aslrun.errors import DefinitionError, StateError, UsageError
from aslrun.execution import Execution, MachineType
from aslrun.expressions.query import is_query
from aslrun.interpreter.quota import DEPTH_LIMIT, PAYLOAD_LIMIT, Quota
from aslrun.interpreter.scope import Machine
from aslrun.states.distributed_map import DistributedMap
from aslrun.states.map import Map
from aslrun.states.parallel import Parallel
from aslrun.states.task import Task
from aslrun.validation import validate_document
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.functions.log import Show
    from aslrun.integrations.mocks import Mocks
    from aslrun.integrations.registry import Integration

# `Any`: a dict literal is seldom inferred as JSON.
PathOrDefinition: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"
Instrument: TypeAlias = Callable[[Machine], Machine]

RUN_ANYWAY = frozenset({"INVALID_RESOURCE", "JSONPATH_DIALECT"})
"""Codes of errors that do not keep a machine from running: a handler or a mock may answer a Resource that AWS
does not know, and a path that the service refuses fails where the service has it fail, when it is applied."""

watchers: list[Callable[[StateMachine], Instrument | None]] = []
"""The last one is asked for the instrument of each execution that is started without one. Whoever measures
the coverage of a whole process puts one here, and takes it away."""


class StateMachine:
    """A definition and where it came from. Made by `load`."""

    def __init__(
        self,
        document: Document,
        folder: Path | None = None,
        type: MachineType = "STANDARD",
        *,
        name: str | None = None,
        template: Template | None = None,
        id: str | None = None,
    ) -> None:
        self.document = document
        self.folder = folder
        self.type: MachineType = type
        self.template = template
        self.id = id
        self._name = name

    @property
    def definition(self) -> JSON:
        """The definition as a JSON value."""
        return self.document.value

    @property
    def name(self) -> str:
        """The name that a template gives it, or the file's name without its suffixes; `StateMachine` for a
        definition that has no file."""
        if self._name is not None:
            return self._name
        return Path(self.document.file).name.split(".")[0] if self.folder else "StateMachine"

    @cached_property
    def diagnostics(self) -> list[Diagnostic]:
        """What validation has to say of the definition."""
        return validate_document(self.document, machine_type=self.type)

    @cached_property
    def compiled(self) -> Machine:
        """The compiled machine; DefinitionError when validation finds errors.

        Those of `RUN_ANYWAY` are none of them.
        """
        if any(one.severity == "error" and one.code not in RUN_ANYWAY for one in self.diagnostics):
            raise DefinitionError(self.diagnostics, self.document.source)
        assert isinstance(self.definition, dict)
        return compile_machine(self.definition)

    def read_mocks(self, path: str, test_case: str | None = None) -> Mocks:
        """Read a test case of a mock configuration for this machine; UsageError for what is wrong with it."""
        from aslrun.integrations.mocks import read_mocks

        return read_mocks(path, self.name, test_case, [task.name for task in tasks(self.compiled)])

    def execute(self, input: JSON = None, **options: Any) -> Execution:
        """Run the machine on `input` and return the execution, ended. Options: see `start`."""
        execution, close = self.start(input, **options)
        try:
            execution.run()
        finally:
            close()
        return execution

    def start(
        self,
        input: JSON = None,
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        function_files: Sequence[str] = (),
        name: str | None = None,
        clock: Clock | None = None,
        seed: int | str | None = None,
        quota: bool = True,
        mocks: Mocks | None = None,
        cold: bool = False,
        reports: bool = False,
        show: Show | None = None,
        instrument: Instrument | None = None,
    ) -> tuple[Execution, Callable[[], None]]:
        """Make an execution that has not begun, and what closes its workers.

        Args:
            input: the execution's input, `{}` by default.
            functions: Lambda functions by name, as callables of (event) or (event, context).
            function_files: `NAME=FILE:HANDLER` for functions in files, before those found by name.
            name: the execution's name; a UUID by default.
            clock: a virtual clock by default, which jumps over waiting.
            seed: makes chance (States.UUID, States.MathRandom, jitter, the default name) repeatable.
            quota: False lifts the service's limits on events and sizes.
            mocks: answers to Tasks by their states' names, which are asked before anything else.
            cold: start a fresh worker for each invocation of a function in a file.
            reports: add the lines START, END and REPORT to the functions' logs.
            show: is given each line of those logs, after the function's name; they go to stderr by default.
            instrument: makes the machine that is run of the compiled one, to see what is exercised.

        Raises DefinitionError for an invalid definition, UsageError for what cannot be run, such as a
        function that is nowhere to be found, or an input that is too big.
        """
        if quota:
            check_input(input)
        if instrument is None and watchers:
            instrument = watchers[-1](self)
        machine = self.compiled if instrument is None else instrument(self.compiled)
        integrations: list[Integration] = [] if mocks is None else [mocks]
        mocked = {} if mocks is None else mocks.answers
        called = {task.name: named_function(task) for task in tasks(self.compiled) if task.name not in mocked}
        close = _nothing_to_close
        if called or functions or function_files:
            from aslrun.functions.local import answer_functions, check_functions, find_functions

            table = find_functions(functions, function_files, self.folder, self.template)
            check_functions(table, ((state, name) for state, name in called.items() if name))
            answering = answer_functions(table, cold=cold, reports=reports, show=show, quota=quota)
            integrations.append(answering)
            close = answering.close
        execution = Execution(
            machine,
            {} if input is None else input,
            integrations,
            machine_name=self.name,
            name=name,
            type=self.type,
            clock=clock,
            seed=seed,
            quota=quota,
            definition=self.definition,
        )
        return execution, close

    def _repr_svg_(self) -> str | None:
        """How a notebook shows it: drawn, if it can be drawn."""
        from aslrun.views.notebook import draw

        return draw(self.definition)

    def __repr__(self) -> str:
        return f"<StateMachine {self.name}>"


def _nothing_to_close() -> None:
    """What closes the workers of a machine that has none."""


def check_input(input: JSON) -> None:
    """Raise UsageError for an input that StartExecution would not take."""
    try:
        Quota().check(input, "the input")
    except StateError:
        raise UsageError(
            f"the input is too big: an execution takes {PAYLOAD_LIMIT:,} bytes of JSON text, in {DEPTH_LIMIT}"
            " nested levels (--quota off lifts the limits)"
        ) from None


def load(
    source: PathOrDefinition,
    *,
    type: MachineType | None = None,
    substitutions: Mapping[str, str] | None = None,
    name: str | None = None,
) -> StateMachine:
    """Read a state machine from a file, or take a definition given as a dict.

    Args:
        source: a JSON or YAML file, or a SAM or CloudFormation template: `template.yaml:LogicalId` where it
            has several state machines.
        type: the machine's type; by default the one that its template gives it, else STANDARD.
        substitutions: values of `${Name}` in the definition, and of the template's parameters.
        name: the machine's name; by default the one that its template gives it, else its file's.

    Raises UsageError when the file cannot be read, DefinitionError when it is no definition. The definition
    is validated when it is first run; `StateMachine.diagnostics` has the findings.
    """
    if isinstance(source, Mapping):
        return StateMachine(document_of(dict(source)), None, type or "STANDARD", name=name)
    path = os.fspath(source)
    try:
        found = definition_in(path, substitutions)
        document = found.read()
    except DocumentError as wrong:
        raise DefinitionError([unreadable(wrong)], wrong.source) from None
    folder = Path(split_reference(path)[0]).parent
    template = found.template or find_template(folder, substitutions)
    return StateMachine(
        document,
        folder,
        type or found.type or "STANDARD",
        name=name or found.name,
        template=template,
        id=found.id,
    )


def machines_in(machine: Machine) -> Iterator[Machine]:
    """A machine, and all machines inside it, outermost first."""
    yield machine
    for state in machine.states.values():
        if isinstance(state, Parallel):
            for branch in state.branches:
                yield from machines_in(branch)
        elif isinstance(state, (Map, DistributedMap)):
            yield from machines_in(state.processor)


def tasks(machine: Machine) -> Iterator[Task]:
    """All Task states of a machine, nested machines included."""
    for inner in machines_in(machine):
        yield from (state for state in inner.states.values() if isinstance(state, Task))


def named_function(task: Task) -> str | None:
    """Return the function that a Task names literally, as an ARN or a name; None where it names none."""
    if task.resource.kind == "function":
        return task.resource.text
    if not calls_function(task):
        return None
    arguments = task.literal_arguments
    name = arguments.get("FunctionName") if isinstance(arguments, dict) else None
    return name if isinstance(name, str) and not is_query(name) else None


def calls_function(task: Task) -> bool:
    """Tell whether a Task calls a Lambda function."""
    if task.resource.kind == "function":
        return True
    return (task.resource.service, task.resource.action.partition(".")[0]) == ("lambda", "invoke")
