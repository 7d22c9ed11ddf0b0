"""A state machine read from a file or given as a value: what it takes to validate and execute it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from aslrun.answering import Answering, Definition, answering, mocks_of_machine
from aslrun.compiler import compile_machine
from aslrun.diagnostics import DefinitionError, Diagnostic, unreadable
from aslrun.document import Document, DocumentError, document_of
from aslrun.document.definitions import (
    check_used,
    definition_beside,
    definition_in,
    find_template,
    split_reference,
)
from aslrun.document.substitutions import Substitutions
from aslrun.errors import StateError, UsageError
from aslrun.execution import Execution, MachineType
from aslrun.interpreter.loop import Machine
from aslrun.interpreter.quota import DEPTH_LIMIT, PAYLOAD_LIMIT, Quota
from aslrun.options import RUN_OPTIONS, Instrument, Options, RunOptions, options_of
from aslrun.states.tasks import named_function, tasks
from aslrun.validation import validate_document
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.drivers.calls import Call
    from aslrun.integrations.executions import Executions
    from aslrun.integrations.mocks import Mocks
    from aslrun.interpreter.identity import ExecutionIdentity
    from aslrun.services.places import Aws
    from aslrun.states.task import Task

# `Any`: a dict literal is seldom inferred as JSON.
PathOrDefinition: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"

PLACEHOLDER = re.compile(r"\$\{(\w+?)(?:Arn|StateMachineArn)?\}")
"""What a template fills in where it names a machine: `${Child}`, `${ChildArn}`."""

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
        source: str | None = None,
        substitutions: Mapping[str, str] | None = None,
    ) -> None:
        self.document = document
        self.folder = folder
        self.type: MachineType = type
        self.template = template
        self.id = id
        self.source = source
        self.substitutions = dict(substitutions or {})
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
        others = mocks_of_machine(self._known, before or {})
        return mocks if others is None else mocks.behind(others)

    def execute(self, input: JSON = None, **options: Unpack[Options]) -> Execution:
        """Run the machine on `input` (`{}` by default) and return the execution, ended.

        Options and errors: see `aslrun.RunOptions`. An AssertionError that a mock raises comes out here.
        """
        from aslrun.integrations.answers import as_json_and_text

        given = options_of(**options)
        copied, text = as_json_and_text("the input", {} if input is None else input)
        execution, close = self.start(copied, given)
        execution.journal.input_text = text
        try:
            execution.run(given.token_grace)
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
        return self._start(input, options, 0)

    def _start(self, input: JSON, options: RunOptions, depth: int) -> tuple[Execution, Callable[[], None]]:
        if options.quota:
            check_input(input)
        instrument = options.instrument or (watchers[-1](self) if watchers else None)
        machine = self.compiled if instrument is None else instrument(self.compiled)
        siblings = Siblings(self, options, depth)
        answers = self._answering(options, siblings)
        siblings.execution = execution = Execution(
            machine,
            {} if input is None else input,
            answers.integrations,
            machine_name=self.name,
            name=options.name,
            type=self.type,
            clock=options.clock,
            seed=options.seed,
            quota=options.quota,
            definition=self.definition,
            **answers.data,
        )
        if options.trace or self.is_traced:
            _begin_trace(execution.scope.execution)
        siblings.aws = execution.place = answers.aws
        if answers.executor is not None:
            answers.check_executor()
        if depth == 0:
            siblings.answer_handlers(answers)
        if options.answers:
            from aslrun.integrations.tokens import answer_tokens

            execution.on_token = answer_tokens(options.answers)
        return execution, answers.close

    def unanswered(self, options: RunOptions = RUN_OPTIONS) -> list[Task]:
        """Return the Tasks that nothing answers, as far as the definition says. Errors: see `start`."""
        from aslrun.integrations.unanswered import unanswered

        answers = self._answering(replace(options, partial=True), Siblings(self, options, 0))
        answers.close()
        return unanswered(tasks(self.compiled), answers.integrations)

    def _answering(self, options: RunOptions, siblings: Siblings) -> Answering:
        return answering(self._known, options, siblings.executions)

    @cached_property
    def is_traced(self) -> bool:
        """Whether its template has traces taken of it."""
        from aslrun.functions.tracing import is_on

        return is_on(self.configuration("TracingConfiguration", "Tracing"))

    def configuration(self, *names: str) -> Mapping[str, Any]:
        """Return what its template says of it under the first of `names` that is there, for example
        `LoggingConfiguration`; {} where there is nothing."""
        if self.template is None or self.id is None:
            return {}
        properties = self.template.properties(self.id)
        found = next((properties[name] for name in names if name in properties), None)
        told = self.template.resolve(found) if found is not None else {}
        return told if isinstance(told, dict) else {}

    @property
    def _known(self) -> Definition:
        where = self.folder, self.template, self.source, self.substitutions
        return Definition(self.name, self.document, self.compiled, self.diagnostics, *where)

    def _repr_svg_(self) -> str | None:
        """How a notebook shows it: drawn, if it can be drawn."""
        return show_in_notebook[-1](self.definition) if show_in_notebook else None

    def __repr__(self) -> str:
        return f"<StateMachine {self.name}>"


class Siblings:
    """The machines beside one, whose executions its Tasks start: in its template, in `[machines]` of
    aslrun.toml, or in a file of the machine's name. Their executions share its driver, clock and place of
    calls to AWS. `depth` counts the executions around."""

    def __init__(self, machine: StateMachine, options: RunOptions, depth: int) -> None:
        self.machine = machine
        self.options = options
        self.depth = depth
        self.aws: Aws | None = None
        self.execution: Execution | None = None
        self._found: dict[str, StateMachine | None] = {}

    def executions(self) -> Executions:
        """Return the integration that starts them."""
        from aslrun.integrations.executions import Executions

        return Executions(self)

    def knows(self, arn: str) -> bool:
        """Tell whether the machine of an ARN, or of a placeholder for one, is here."""
        return self.find(arn) is not None

    def find(self, arn: str) -> StateMachine | None:
        """Return the machine of an ARN; UsageError or DefinitionError where its file cannot be read."""
        name = machine_name(arn)
        if name not in self._found:
            own, folder, template = self.machine.name, self.machine.folder, self.machine.template
            where = None if name == own else definition_beside(name, folder, template)
            self._found[name] = self.machine if name == own else None if where is None else load(where)
        return self._found[name]

    def answer_handlers(self, answers: Answering) -> None:
        """Let handlers on the local AWS answer task tokens, begin executions and invoke functions."""
        if answers.aws is None or answers.aws.at != "local" or answers.functions is None:
            return
        from aslrun.services.own import Lambda, StepFunctions

        parent = self.execution
        assert parent is not None

        def begin(arn: str, input: JSON, name: str | None) -> tuple[str, float]:
            # The driver's thread may be the one that waits for the handler which asks for this.
            driver, child = parent.driver, self.prepare(arn, input, name)
            assert driver is not None
            driver.post(lambda: child.begin(driver))
            return child.id, child.began

        own = StepFunctions(lambda: parent.driver, begin), Lambda(answers.functions.invoke_function)
        answers.aws.handlers |= {"states": own[0].answer, "lambda": own[1].answer}

    def begin(self, arn: str, input: JSON, name: str | None, call: Call) -> Execution:
        """Begin an execution of the machine of an ARN; StateError as the service refuses it."""
        parent = self.execution
        assert parent is not None
        assert parent.driver is not None
        child = self.prepare(arn, input, name)
        child.scope.execution.trace_header = self._trace_header(call, parent.scope.execution)
        child.begin(parent.driver)
        return child

    def _trace_header(self, call: Call, parent: ExecutionIdentity) -> str | None:
        """Return the header that a call starts an execution with: its own, or that of its span."""
        given = call.arguments.get("TraceHeader") if isinstance(call.arguments, dict) else None
        if isinstance(given, str) or not parent.is_traced:
            return given if isinstance(given, str) else None
        from aslrun.functions.tracing import calling_part, header_for

        return header_for(call.execution or parent, calling_part(call.event))

    def prepare(self, arn: str, input: JSON, name: str | None) -> Execution:
        """Make an execution that has not begun, on any thread; StateError as the service refuses it."""
        from aslrun.integrations.executions import MOST_NESTED, refused

        parent, machine = self.execution, self.find(arn)
        assert parent is not None
        if machine is None:
            raise refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        if self.depth >= MOST_NESTED:
            raise refused("ExecutionLimitExceeded", f"{MOST_NESTED} executions are inside each other")
        child, close = machine._start(input, self._options_for(machine, parent, name), self.depth + 1)
        if any(child.id == other.id for other in parent.started):
            close()
            raise refused("ExecutionAlreadyExists", f"Execution Already Exists: '{child.id}'")
        parent.started.append(child)
        child.when_ended(close)
        return child

    def _options_for(self, machine: StateMachine, parent: Execution, name: str | None) -> RunOptions:
        from aslrun.functions.function import function_name

        called = {function_name(named) for task in tasks(machine.compiled) if (named := named_function(task))}
        seed = None if self.options.seed is None else f"{self.options.seed}:{len(parent.started)}"
        functions = self.options.functions
        return replace(
            self.options,
            functions={key: one for key, one in functions.items() if function_name(key) in called},
            mocks=self.options.mocks if machine is self.machine else {},
            answers=self.options.answers if machine is self.machine else {},
            function_files=(),
            name=name,
            clock=parent.clock,
            seed=seed,
            aws=self.aws or self.options.aws,
            instrument=None,
            map_workers="here",
        )


def _begin_trace(identity: ExecutionIdentity) -> None:
    """Name the trace that an execution begins."""
    from aslrun.functions.tracing import header_for

    identity.is_traced = True
    identity.trace_header = header_for(identity)


def machine_name(arn: str) -> str:
    """Return the name in a state machine's ARN, without a version or alias; of a placeholder (`${Child}`,
    `${ChildArn}`), what is likely to be the machine's."""
    if (placeholder := PLACEHOLDER.fullmatch(arn)) is not None:
        return placeholder[1]
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else arn


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
    resolve: Callable[[str], str] | None = None,
) -> StateMachine:
    """Read a state machine from a file, or take a definition given as a dict.

    Args:
        source: a JSON or YAML file, or a SAM or CloudFormation template: `template.yaml:LogicalId` where it
            has several state machines.
        type: the machine's type; by default the one that its template gives it, else STANDARD.
        substitutions: values of `${Name}` in the definition, and of the template's parameters; each name must
            be there.
        name: the machine's name; by default the one that its template gives it, else its file's.
        resolve: returns a text with the values of the dynamic references in it, `{{resolve:ssm:NAME}}`;
            without it those in a template stay as they are written.

    Raises UsageError when the file cannot be read, DefinitionError when it is no definition. The definition
    is validated when it is first run; `StateMachine.diagnostics` has the findings.
    """
    if isinstance(source, Mapping):
        return StateMachine(document_of(dict(source)), None, type or "STANDARD", name=name)
    path, given = os.fspath(source), Substitutions(substitutions)
    try:
        found = definition_in(path, given)
        if found.template is not None:
            found.template.dynamic = resolve
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
        source=os.path.abspath(path),
        substitutions=given,
    )
