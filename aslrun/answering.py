"""What answers the Tasks of a machine: mocks, functions, activities, other machines, services, HTTP.

They are asked in this order; what none of the Tasks needs is neither made nor imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aslrun.diagnostics import DefinitionError, Diagnostic
from aslrun.document import Document
from aslrun.document.spans import pointer_part
from aslrun.errors import UsageError
from aslrun.interpreter.loop import Machine
from aslrun.items.port import DistributedData, distributed_data, no_data
from aslrun.options import RunOptions
from aslrun.states.tasks import (
    calls_function,
    calls_service,
    distributed_maps,
    named_function,
    outermost_maps,
    starts_executions,
    tasks,
)
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.drivers.calls import Integration
    from aslrun.functions.invocation import LambdaFunctions
    from aslrun.integrations.executions import Executions
    from aslrun.integrations.mocks import Mocks
    from aslrun.items.executors.batches import Batches
    from aslrun.items.executors.places import Place
    from aslrun.services.places import Aws
    from aslrun.states.distributed.state import DistributedMap
    from aslrun.states.task import Task


@dataclass(frozen=True)
class Definition:
    """What is known of the machine whose Tasks are to be answered; `source` is what it was read from, with
    `substitutions`."""

    name: str
    document: Document
    compiled: Machine
    diagnostics: Sequence[Diagnostic]
    folder: Path | None
    template: Template | None
    source: str | None = None
    substitutions: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Answering:
    """`integrations` answer the Tasks; `aws` is the place that calls to AWS go to, `functions` and
    `executions` are what runs functions and starts other machines, where there are Tasks that may need them;
    `data` is for distributed Maps, `executor` runs their children elsewhere."""

    integrations: list[Integration] = field(default_factory=list)
    executions: Executions | None = None
    aws: Aws | None = None
    data: DistributedData = field(default_factory=no_data)
    functions: LambdaFunctions | None = None
    executor: Batches | None = None
    _closing: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Let go of workers, connections and the like."""
        self._closing.close()

    def check_executor(self) -> None:
        """Raise UsageError, and let go of all, where the processes that run children are not there."""
        try:
            if self.executor is not None:
                self.executor.check()
        except BaseException:
            self.close()
            raise

    def add(self, integration: Integration) -> None:
        self.integrations.append(integration)
        self._closing.callback(integration.close)


def answering(definition: Definition, options: RunOptions, executions: Callable[[], Executions]) -> Answering:
    """Return what answers the Tasks of a machine; `executions` makes what starts other machines.

    Raises UsageError for what cannot be run, and, unless `partial`, for Tasks that nothing answers.
    """
    made = Answering()
    every = [*tasks(definition.compiled)]
    mocks = mocks_of_machine(definition, options.mocks)
    if mocks is not None:
        made.add(mocks)
    mocked = {} if mocks is None else mocks.answers
    called = [task for task in every if task.name not in mocked]
    _check_answers(definition, options, every)
    made.data = distributed_data(
        distributed_maps(definition.compiled),
        definition.folder,
        options.s3,
        lambda: _aws_of(definition, options, made).client("s3"),
        lambda: made.aws is not None and made.aws.has_begun("s3"),
        options.child_history,
    )
    if not called and not options.functions and not options.function_files:
        made.executor = made.data["executor"] = _executor(definition, options, made, called)
        return made
    aws = _aws_of(definition, options, made)
    made.functions = functions = _functions(definition, options, every, called, aws)
    made.add(functions)
    if options.activities:
        from aslrun.integrations.activities import activities_of

        made.add(activities_of(options.activities))
    if any(starts_executions(task) for task in called):
        made.executions = executions()
        made.add(made.executions)
    if any(calls_service(task) for task in called):
        _add_services(definition, options, called, made)
    if not options.partial:
        is_test_case = mocks is not None and mocks.is_test_case
        _check_answered(definition, called, made, functions, is_test_case)
    made.executor = made.data["executor"] = _executor(definition, options, made, called)
    return made


def _executor(
    definition: Definition, options: RunOptions, made: Answering, called: Sequence[Task]
) -> Batches | None:
    """Return what runs the children of distributed Maps in other processes; None where they run here.

    Those of a machine of which aslrun.toml says so run here also where they ask for what cannot be sent.
    """
    from aslrun.items.executors.places import HERE, check_place, map_workers_in

    given = None if options.map_workers is None else str(options.map_workers)
    if given is not None:
        check_place(given)
    maps = [*outermost_maps(definition.compiled)]
    clock = options.clock
    if not maps or given == HERE or (clock is not None and clock.scale != 1):
        return None
    workers = map_workers_in(definition.folder) if given is None else given
    if workers in (None, HERE):
        return None
    from aslrun.functions.log import show_on_stderr
    from aslrun.items.executors.batches import Batches
    from aslrun.items.executors.opening import place_of
    from aslrun.items.executors.sending import NotSendable

    place = place_of(str(workers))
    try:
        about = _sent(definition, options, made, place, called, maps)
    except NotSendable:
        if given is None:
            return None
        raise
    jumps = clock is None or clock.jumps
    executor = Batches(place, about, maps, jumps, options.show or show_on_stderr)
    made._closing.callback(executor.close)
    return executor


def _sent(
    definition: Definition,
    options: RunOptions,
    made: Answering,
    place: Place,
    called: Sequence[Task],
    maps: Sequence[DistributedMap],
) -> dict[str, JSON]:
    """Return what another process must know to run children of some Maps. UsageError for what it cannot."""
    from aslrun.items.executors import sending

    children = [task for one in maps for task in tasks(one.processor)]
    mine = {id(task) for task in called}
    asked = [task for task in children if id(task) in mine]
    sending.check_tasks(asked)
    mocks = sending.sent_mocks(children, options.mocks)
    functions = sending.sent_functions(asked, options.functions)
    names = {name for task in asked if (name := named_function(task)) is not None}
    needs = [task.name for task in asked if calls_service(task) or calls_function(task)]
    inner = [one for each in maps for one in distributed_maps(each.processor)]
    needs += [one.name for one in inner if one.reader or one.writer]
    at: str | None = "off"
    if needs:
        aws = _aws_of(definition, options, made)
        if aws.at == "local" and place.is_elsewhere:
            raise sending.refused(needs[0], "the local AWS can be reached from this machine only")
        at = aws.url if aws.at == "local" else aws.at
    workers = options.workers
    if not place.is_elsewhere and any(calls_function(task) for task in asked):
        from aslrun.functions.workers import most_workers

        workers = max(1, most_workers(workers) // place.count)
    folder = definition.folder
    s3: dict[str, JSON] = {bucket: os.path.abspath(where) for bucket, where in options.s3.items()}
    return {
        "definition": definition.document.value,
        "name": definition.name,
        "folder": None if folder is None else str(folder.absolute()),
        "source": definition.source if definition.template is not None and names else None,
        "substitutions": {**definition.substitutions},
        "functions": sending.called_functions(asked),
        "history": options.child_history != "off",
        "options": {
            "mocks": {**mocks},
            "functions": {**functions},
            "function_files": [_absolute(one) for one in options.function_files],
            "quota": options.quota,
            "cold": options.cold,
            "workers": workers,
            "reports": options.reports,
            "aws": at,
            "s3": s3,
            "http_private": options.http_private,
        },
    }


def _absolute(function_file: str) -> str:
    """Return a `NAME=FILE:HANDLER` of which the file's path is absolute."""
    name, equals, file = function_file.partition("=")
    return f"{name}={os.path.abspath(file)}" if equals else function_file


def mocks_of_machine(definition: Definition, given: Mapping[str, Any] | Mocks) -> Mocks | None:
    """Return mocks as they are given; UsageError for one of a state that is no Task of the machine."""
    if not isinstance(given, Mapping):
        return given
    if not given:
        return None
    from aslrun.integrations.answers import mocks_of

    every = [*tasks(definition.compiled)]
    for state in given:
        _check_named(definition, state, every, "to mock")
    return mocks_of(given)


def _check_answers(definition: Definition, options: RunOptions, every: Sequence[Task]) -> None:
    waiting = [task for task in every if task.pattern == "waitForTaskToken"]
    for state in options.answers:
        _check_named(definition, state, waiting, "that waits for a task token")


def _check_named(definition: Definition, state: str, among: Sequence[Task], what: str) -> None:
    known = {task.name for task in among}
    if state not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise UsageError(f"there is no Task '{state}' {what} in {definition.name}; {there}")


def _aws_of(definition: Definition, options: RunOptions, made: Answering) -> Aws:
    if made.aws is None:
        made.aws = _open_aws(definition, options, made)
    return made.aws


def _open_aws(definition: Definition, options: RunOptions, made: Answering) -> Aws:
    if options.aws is not None and not isinstance(options.aws, str):
        return options.aws  # whoever made it closes it
    from aslrun.services.opening import open_aws

    aws = open_aws(options.aws, definition.folder, definition.template, options.aws_dump)
    made._closing.callback(aws.close)
    return aws


def _functions(
    definition: Definition, options: RunOptions, every: Sequence[Task], called: Sequence[Task], aws: Aws
) -> LambdaFunctions:
    """Return what answers the functions that the Tasks call."""
    from aslrun.functions.local import answer_functions, check_named, find_functions
    from aslrun.functions.workers import Workers
    from aslrun.integrations.answers import functions_of

    names = [named_function(task) for task in every if calls_function(task)]
    if None not in names:  # else one is known only when the machine runs
        check_named(options.functions, options.function_files, filter(None, names), definition.name)
    given = functions_of(options.functions)
    table = find_functions(given, options.function_files, definition.folder, definition.template)
    # That a plain name is no function's is told later, with where it was looked for.
    named = [(task.name, named_function(task)) for task in called]
    _refuse_resources(
        definition,
        (state for state, name in named if name is None or (name.startswith("arn:") and not table.has(name))),
    )
    return answer_functions(
        table,
        Workers(cold=options.cold, reports=options.reports, most=options.workers, surroundings=aws),
        show=options.show,
        quota=options.quota,
    )


def _refuse_resources(definition: Definition, states: Iterable[str]) -> None:
    """Raise DefinitionError if validation refuses the Resource of one of these states."""
    unanswered = {pointer_part(state) for state in states}
    wrong = [one.location.split("/")[-2] for one in definition.diagnostics if one.code == "INVALID_RESOURCE"]
    if not unanswered.isdisjoint(wrong):
        raise DefinitionError([*definition.diagnostics], definition.document.source)


def _add_services(
    definition: Definition, options: RunOptions, called: Sequence[Task], made: Answering
) -> None:
    from aslrun.integrations.http.find import http_integrations
    from aslrun.services.calls import AwsServices

    assert made.aws is not None
    if made.aws.is_on:
        made.add(AwsServices(made.aws, at_once=made.aws.at == "local"))
    for one in http_integrations(
        (task.resource for task in called),
        definition.folder,
        quota=options.quota,
        all_private=options.http_private,
        real=made.aws.at == "real",
    ):
        made.add(one)


def _check_answered(
    definition: Definition,
    called: Sequence[Task],
    made: Answering,
    functions: LambdaFunctions,
    is_test_case: bool,
) -> None:
    """Raise UsageError for Tasks that nothing answers; in a test case only for those of functions."""
    from aslrun.functions.local import check_functions
    from aslrun.integrations.unanswered import unanswered, unanswered_error

    left = [] if is_test_case else unanswered(called, made.integrations)
    if len(left) <= 1:  # of one function it tells where it was looked for
        named = ((task.name, named_function(task)) for task in called)
        check_functions(functions.functions, ((state, name) for state, name in named if name))
    if left:
        reason = None if made.aws is None else made.aws.reason
        raise unanswered_error(definition.document, left, definition.name, reason)
