"""A state machine read from a file or given as a value: what it takes to validate and execute it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.compiler import compile_machine
from aslrun.diagnostics import DefinitionError, Diagnostic, unreadable
from aslrun.document import Document, DocumentError, document_of
from aslrun.document.definitions import check_used, definition_in, find_template, split_reference
from aslrun.document.spans import pointer_part
from aslrun.document.substitutions import Substitutions
from aslrun.drivers.clock import Clock
from aslrun.errors import StateError, UsageError
from aslrun.execution import Execution, MachineType
from aslrun.expressions.query import is_query
from aslrun.interpreter.loop import Machine, State
from aslrun.interpreter.quota import DEPTH_LIMIT, PAYLOAD_LIMIT, Quota
from aslrun.items.port import ChildHistory, distributed_data
from aslrun.states.distributed.state import DistributedMap
from aslrun.states.map import Map
from aslrun.states.parallel import Parallel
from aslrun.states.task import Task
from aslrun.validation import validate_document
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.drivers.calls import Integration
    from aslrun.functions.invocation import LambdaFunctions
    from aslrun.functions.log import Show
    from aslrun.integrations.mocks import Mocks
    from aslrun.services.opening import OpenedOnce
    from aslrun.services.places import Aws

# `Any`: a dict literal is seldom inferred as JSON.
PathOrDefinition: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"
Instrument: TypeAlias = Callable[[Machine], Machine]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How an execution is run, in Python, in tests and on the command line.

    Args:
        functions: Lambda functions by name. Each is a callable of (event) or (event, context), a value to
            return, an exception to raise, or a tuple of these, one for each call. A function that is not here
            is run from the handlers that lie beside the definition.
        mocks: the same for Tasks of any service, by the state's name, asked before anything else; a callable
            gets the arguments. `aslrun.StateError("Name", "cause")` fails with just that error. Or what
            `StateMachine.read_mocks` returned.
        function_files: `NAME=FILE:HANDLER` for functions in files, before those found by name.
        name: the execution's name; a UUID by default.
        clock: a virtual clock by default, which jumps over waiting; `VirtualClock(start)` begins then.
        seed: makes chance (States.UUID, States.MathRandom, jitter, the default name) repeatable.
        quota: False lifts the service's limits on events and sizes.
        cold: start a fresh worker for each invocation of a function in a file.
        workers: how many processes run functions in files at once; further invocations wait. By default one
            for each 128 MB of this machine's memory and at most 64, as far as its limit on open files allows.
        reports: add the lines START, END and REPORT to the functions' logs.
        show: is given each line of those logs, after the function's name; they go to stderr by default.
        aws: where calls to AWS go: `local`, `off`, `real`, or the URL of an endpoint. By default as aslrun.toml
            says in `[aws] at`, else `local` where `aslrun[aws]` is installed. Handlers in files reach the
            same place, and have no other credentials unless it is `real`.
        aws_dump: a folder that what is in the local AWS at the end is written to.
        instrument: makes the machine that is run of the compiled one, to see what is exercised.
        s3: folders that stand for S3 buckets, by the buckets' names, before those of `[s3]` in aslrun.toml.
        child_history: whether the histories of the children of distributed Maps are kept, "on-disk" in a
            temporary file, or not, "off".
        partial: run also where nothing answers some of the Tasks, until one of them is come to.
        http_private: let HTTP Tasks go to addresses that are not public; see docs/http-task.md.

    An execution that is started with them raises UsageError for a mock of a state that is no Task of the
    machine, for a function that none of them calls, and for Tasks that nothing answers; but a test case of a
    mock configuration names the Tasks on its way, and no others.
    """

    functions: Mapping[str, Any] = field(default_factory=dict)
    mocks: Mapping[str, Any] | Mocks = field(default_factory=dict)
    function_files: Sequence[str] = ()
    name: str | None = None
    clock: Clock | None = None
    seed: int | str | None = None
    quota: bool = True
    cold: bool = False
    workers: int | None = None
    reports: bool = False
    show: Show | None = None
    aws: str | None = None
    aws_dump: str | os.PathLike[str] | None = None
    instrument: Instrument | None = None
    s3: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict)
    child_history: ChildHistory = "on-disk"
    partial: bool = False
    http_private: bool = False


RUN_OPTIONS = RunOptions()

show_in_notebook: list[Callable[[JSON], str | None]] = []
"""The last one draws a definition in a notebook, as SVG; see `aslrun.execution.show_in_notebook`."""
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

    def read_mocks(
        self, path: str, test_case: str | None = None, before: Mapping[str, Any] | Mocks | None = None
    ) -> Mocks:
        """Read a test case of a mock configuration for this machine; UsageError for what is wrong with it.

        `before` are answers that go before those of the test case.
        """
        from aslrun.integrations.mocks import read_mocks

        mocks = read_mocks(path, self.name, test_case, [task.name for task in tasks(self.compiled)])
        others = self._mocks(before or {})
        return mocks if others is None else mocks.behind(others)

    def execute(
        self,
        input: JSON = None,
        *,
        functions: Mapping[str, Any] | None = None,
        mocks: Mapping[str, Any] | Mocks | None = None,
        function_files: Sequence[str] = (),
        name: str | None = None,
        clock: Clock | None = None,
        seed: int | str | None = None,
        quota: bool = True,
        cold: bool = False,
        workers: int | None = None,
        reports: bool = False,
        show: Show | None = None,
        aws: str | None = None,
        aws_dump: str | os.PathLike[str] | None = None,
        instrument: Instrument | None = None,
        s3: Mapping[str, str | os.PathLike[str]] | None = None,
        child_history: ChildHistory = "on-disk",
        partial: bool = False,
        http_private: bool = False,
    ) -> Execution:
        """Run the machine on `input` (`{}` by default) and return the execution, ended.

        Options and errors: see `RunOptions`. An AssertionError that a mock raises comes out here.
        """
        options = RunOptions(
            functions=functions or {},
            mocks=mocks or {},
            function_files=function_files,
            name=name,
            clock=clock,
            seed=seed,
            quota=quota,
            cold=cold,
            workers=workers,
            reports=reports,
            show=show,
            aws=aws,
            aws_dump=aws_dump,
            instrument=instrument,
            s3=s3 or {},
            child_history=child_history,
            partial=partial,
            http_private=http_private,
        )
        from aslrun.integrations.answers import as_json

        execution, close = self.start(as_json("the input", input), options)
        try:
            execution.run()
        finally:
            close()
        return execution

    def start(
        self, input: JSON = None, options: RunOptions = RUN_OPTIONS
    ) -> tuple[Execution, Callable[[], None]]:
        """Make an execution that has not begun, and what closes its workers.

        Raises DefinitionError for an invalid definition, UsageError for what cannot be run, such as a
        function that is nowhere to be found, or an input that is too big.
        """
        if options.quota:
            check_input(input)
        instrument = options.instrument or (watchers[-1](self) if watchers else None)
        machine = self.compiled if instrument is None else instrument(self.compiled)
        aws = self._opened_aws(options)
        integrations, close = self._integrations(options, aws)
        maps = [state for state in states_in(self.compiled) if isinstance(state, DistributedMap)]
        execution = Execution(
            machine,
            {} if input is None else input,
            integrations,
            machine_name=self.name,
            name=options.name,
            type=self.type,
            clock=options.clock,
            seed=options.seed,
            quota=options.quota,
            definition=self.definition,
            **distributed_data(
                maps, self.folder, options.s3, lambda: aws.opened.client("s3"), options.child_history
            ),
        )
        return execution, close

    def unanswered(self, options: RunOptions = RUN_OPTIONS) -> list[Task]:
        """Return the Tasks that nothing answers, as far as the definition says. Errors: see `start`."""
        from aslrun.integrations.unanswered import unanswered

        aws = self._opened_aws(options)
        integrations, close = self._integrations(replace(options, partial=True), aws)
        close()
        return unanswered(tasks(self.compiled), integrations)

    def _integrations(
        self, options: RunOptions, aws: OpenedOnce
    ) -> tuple[list[Integration], Callable[[], None]]:
        """Return what answers the Tasks, and what closes it. Unless `partial`, something must answer each."""
        mocks = self._mocks(options.mocks)
        integrations: list[Integration] = [] if mocks is None else [mocks]
        mocked = {} if mocks is None else mocks.answers
        called = [task for task in tasks(self.compiled) if task.name not in mocked]
        if not called and not options.functions and not options.function_files:
            return integrations, aws.close
        from aslrun.integrations.http.find import http_integrations

        names = {task.name: named_function(task) for task in called}
        functions = self._functions(options, names, aws.opened)
        integrations.append(functions)
        integrations += http_integrations(
            (task.resource for task in called),
            self.folder,
            quota=options.quota,
            all_private=options.http_private,
        )
        if not options.partial:
            self._check_answered(called, integrations, functions, mocks is not None and mocks.is_test_case)
        return integrations, _close_all(functions, aws)

    def _check_answered(
        self,
        called: Sequence[Task],
        integrations: Sequence[Integration],
        functions: LambdaFunctions,
        is_test_case: bool,
    ) -> None:
        """Raise UsageError for Tasks that nothing answers; in a test case only for those of functions."""
        from aslrun.functions.local import check_functions
        from aslrun.integrations.unanswered import unanswered, unanswered_error

        left = [] if is_test_case else unanswered(called, integrations)
        if len(left) <= 1:  # of one function it tells where it was looked for
            named = ((task.name, named_function(task)) for task in called)
            check_functions(functions.functions, ((state, name) for state, name in named if name))
        if left:
            raise unanswered_error(self.document, left, self.name)

    def _mocks(self, given: Mapping[str, Any] | Mocks) -> Mocks | None:
        if not isinstance(given, Mapping):
            return given
        if not given:
            return None
        from aslrun.integrations.answers import mocks_of

        known = {task.name for task in tasks(self.compiled)}
        for state in given:
            if state not in known:
                there = f"there are {', '.join(sorted(known))}" if known else "there are none"
                raise UsageError(f"there is no Task '{state}' to mock in {self.name}; {there}")
        return mocks_of(given)

    def _opened_aws(self, options: RunOptions) -> OpenedOnce:
        from aslrun.services.opening import OpenedOnce, open_aws

        return OpenedOnce(lambda: open_aws(options.aws, self.folder, self.template, options.aws_dump))

    def _functions(self, options: RunOptions, called: Mapping[str, str | None], aws: Aws) -> LambdaFunctions:
        """Return what answers the functions that the states call: by their states' names, None for a name
        that is known only when the machine runs."""
        from aslrun.functions.local import answer_functions, check_named, find_functions
        from aslrun.functions.workers import Workers
        from aslrun.integrations.answers import functions_of

        names = [named_function(task) for task in tasks(self.compiled) if calls_function(task)]
        if None not in names:  # else one is known only when the machine runs
            check_named(options.functions, options.function_files, filter(None, names), self.name)
        given = functions_of(options.functions)
        table = find_functions(given, options.function_files, self.folder, self.template)
        # That a plain name is no function's is told below, with where it was looked for.
        self._refuse_resources(
            state
            for state, name in called.items()
            if name is None or (name.startswith("arn:") and not table.has(name))
        )
        return answer_functions(
            table,
            Workers(cold=options.cold, reports=options.reports, most=options.workers, surroundings=aws),
            show=options.show,
            quota=options.quota,
        )

    def _refuse_resources(self, states: Iterable[str]) -> None:
        """Raise DefinitionError if validation refuses the Resource of one of these states."""
        unanswered = {pointer_part(state) for state in states}
        wrong = [one.location.split("/")[-2] for one in self.diagnostics if one.code == "INVALID_RESOURCE"]
        if not unanswered.isdisjoint(wrong):
            raise DefinitionError(self.diagnostics, self.document.source)

    def _repr_svg_(self) -> str | None:
        """How a notebook shows it: drawn, if it can be drawn."""
        return show_in_notebook[-1](self.definition) if show_in_notebook else None

    def __repr__(self) -> str:
        return f"<StateMachine {self.name}>"


def _close_all(*opened: LambdaFunctions | OpenedOnce) -> Callable[[], None]:
    def close() -> None:
        with ExitStack() as closing:
            for one in reversed(opened):
                closing.callback(one.close)

    return close


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
        substitutions: values of `${Name}` in the definition, and of the template's parameters; each name must
            be there.
        name: the machine's name; by default the one that its template gives it, else its file's.

    Raises UsageError when the file cannot be read, DefinitionError when it is no definition. The definition
    is validated when it is first run; `StateMachine.diagnostics` has the findings.
    """
    if isinstance(source, Mapping):
        return StateMachine(document_of(dict(source)), None, type or "STANDARD", name=name)
    path, given = os.fspath(source), Substitutions(substitutions)
    try:
        found = definition_in(path, given)
        document = found.read()
    except DocumentError as wrong:
        raise DefinitionError([replace(unreadable(wrong), severity="error")], wrong.source) from None
    folder = Path(split_reference(path)[0]).parent
    template = found.template or find_template(folder, given)
    check_used(given, [template], path)
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


def states_in(machine: Machine) -> Iterator[State]:
    """All states of a machine, nested machines included."""
    for inner in machines_in(machine):
        yield from inner.states.values()


def tasks(machine: Machine) -> Iterator[Task]:
    """All Task states of a machine, nested machines included."""
    return (state for state in states_in(machine) if isinstance(state, Task))


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
