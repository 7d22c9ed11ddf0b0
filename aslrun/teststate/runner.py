"""Runs the one state of a request: one attempt, and what Retry and Catch would make of its error."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aslrun.compiler import compile_machine
from aslrun.drivers.chance import new_seed, random_source
from aslrun.drivers.clock import VirtualClock
from aslrun.errors import StateError, UsageError
from aslrun.integrations.functions import Functions
from aslrun.integrations.lambda_function import LambdaFunctions
from aslrun.integrations.registry import Call
from aslrun.interpreter.effects import Effect, Invoke
from aslrun.interpreter.journal import Journal
from aslrun.interpreter.scope import ExecutionIdentity, Scope, State, Transition
from aslrun.states import LANGUAGES, STATES
from aslrun.states.distributed_map import STILL_TO_COME, MapRun
from aslrun.states.fields import Compilation, Language
from aslrun.states.handling import Handling, matches
from aslrun.states.map import Map
from aslrun.states.parallel import Parallel
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.states.task import Task
from aslrun.teststate.inspection import INSPECTED, InspectedLanguage, Notes
from aslrun.teststate.request import Request, json_text
from aslrun.values import JSON

Response = dict[str, JSON]


class Answers:
    """What the effects of the state are answered with: the mock, or what a local function gives."""

    def __init__(self, request: Request, folder: Path | None, function_files: tuple[str, ...]) -> None:
        self.mock = request.mock
        self.folder = folder
        self.function_files = function_files

    def drive(self, computation: Generator[Effect, Any, Any]) -> Any:
        """Run a computation to its end and return what it returns; StateError if it fails."""
        try:
            effect = next(computation)
            while True:
                try:
                    answer = self.answer(effect)
                except StateError as failure:
                    effect = computation.throw(failure)
                else:
                    effect = computation.send(answer)
        except StopIteration as end:
            return end.value

    def answer(self, effect: Effect) -> JSON:
        """Answer one effect. Waiting takes no time; children are not run: they are mocked."""
        if self.mock is not None:
            if self.mock.is_error:
                raise StateError(self.mock.error, self.mock.cause)
            return self.mock.result
        return self.call(effect) if isinstance(effect, Invoke) else None

    def call(self, effect: Invoke) -> JSON:
        functions = LambdaFunctions(Functions({}, self.function_files, self.folder))
        call = Call(effect.resource, effect.arguments, effect.state, effect.timeout)
        if not functions.matches(call):
            raise UsageError(f"nothing here answers the resource {effect.resource}; give the request a mock")
        try:
            return functions.invoke(call)
        finally:
            functions.close()


def run_state(request: Request, answers: Answers) -> Response:
    """Run the state once and return the API's response, with all there is to inspect."""
    notes: Notes = {"input": request.input}
    details: dict[str, JSON] = {}
    language = INSPECTED[language_of(request)](LANGUAGES[language_of(request)], request.fields, notes)
    scope = TestScope(request)
    state = compile_state(request, language)
    scope.enter(state, request.input)
    try:
        output, target = attempt(request, state, scope, language, answers, details)
        response: Response = {"status": "SUCCEEDED", "output": json_text(output)}
        if target is not None:
            response["nextState"] = target
    except StateError as failure:
        response = failed(scope.located(failure), request, state, scope, details)
    if scope.variables:
        notes["variables"] = {**scope.variables}
    inspection = {name: json_text(value) for name, value in notes.items()}
    return {**response, "inspectionData": {**inspection, **details}}


def language_of(request: Request) -> str:
    """Return the state's query language."""
    return str(request.fields.get("QueryLanguage", request.language))


def compile_state(request: Request, language: Language) -> State:
    """Compile the state. A Map's children are mocked, so that it is compiled as an inline one."""
    fields = request.fields
    if fields["Type"] == "Map":
        fields = {name: value for name, value in fields.items() if name not in STILL_TO_COME}
        name = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
        processor = fields[name]
        assert isinstance(processor, dict)
        fields[name] = {**processor, "ProcessorConfig": {"Mode": "INLINE"}}
    compilation = Compilation(language, lambda nested: compile_machine(nested, request.language))
    return STATES[str(fields["Type"])](request.name, fields, compilation)


def attempt(
    request: Request,
    state: State,
    scope: Scope,
    language: InspectedLanguage,
    answers: Answers,
    details: dict[str, JSON],
) -> Transition:
    """Run the state's work once; return its output and the next state's name."""
    raw = request.input
    if state.blocks is False:
        return state.step(raw, scope)
    if isinstance(state, Map):
        state = inspect_map(request, state, scope, language, language.notes, details)
    if not isinstance(state, (Task, Map, Parallel)):
        transition: Transition = answers.drive(state.run(raw, scope))
        return transition
    result: JSON = answers.drive(state.attempt(raw, scope))
    return state.conclude(raw, result, scope), state.handling.next


# ---------------------------------------------------------------- Map


def inspect_map(
    request: Request, state: Map, scope: Scope, language: Language, notes: Notes, details: dict[str, JSON]
) -> Map:
    """Tell what the Map would do with its items; raise StateError where too many are said to have failed.

    Returns the Map with its items at hand.
    """
    value = state.prepare(request.input, scope)
    details["maxConcurrency"] = state.max_concurrency(value, scope) or 0
    for field in ("ToleratedFailureCount", "ToleratedFailurePercentage"):
        number = language.compile_number(request.fields, field, integer=field.endswith("Count"))(value, scope)
        if number is not None:
            details[field[0].lower() + field[1:]] = number
    fail_iterations(request, details)
    items = request.item_data if "ItemReader" in request.fields else state.items(value, scope)
    if state.select_item is not None and isinstance(items, list):
        notes["afterItemSelector"] = [
            state.select_item(value, item_scope(scope, index, item)) for index, item in enumerate(items)
        ]
    return replace(state, items=lambda value, scope: items or [])


def item_scope(scope: Scope, index: int, item: JSON) -> Scope:
    """Return the scope that ItemSelector sees for an item."""
    inner = Scope(scope.execution, scope.journal, scope, index)
    inner.map_item = {"Index": index, "Value": item}
    return inner


def fail_iterations(request: Request, details: dict[str, JSON]) -> None:
    """Raise States.ExceedToleratedFailureThreshold where more iterations failed than may."""
    run = MapRun(
        "",
        max(1, len(mocked_items(request))),
        _number(details.get("toleratedFailureCount")),
        _number(details.get("toleratedFailurePercentage")),
    )
    if request.mock is not None and not request.mock.is_error:
        for _ in range(request.failed_items or 0):
            run.fail_one()


def mocked_items(request: Request) -> list[JSON]:
    """Return the results that the mock gives for a Map's iterations."""
    result = request.mock.result if request.mock else None
    return result if isinstance(result, list) else []


def _number(value: JSON) -> float | None:
    return value if isinstance(value, (int, float)) else None


# ---------------------------------------------------------------- errors


def failed(
    failure: StateError, request: Request, state: State, scope: Scope, details: dict[str, JSON]
) -> Response:
    """Return the response to an error: whether it would be tried again, or is caught, or ends the state."""
    response: Response = {"status": "FAILED"}
    response |= {name: text for name, text in (("error", failure.error), ("cause", failure.cause)) if text}
    if not isinstance(state, (Task, Map, Parallel)):
        return response
    how: dict[str, JSON] = {}
    response |= retried(failure, state.handling, request, scope, how) or caught(
        failure, state.handling, request, scope, how
    )
    if how:
        details["errorDetails"] = how
    return response


def retried(
    failure: StateError, handling: Handling, request: Request, scope: Scope, how: dict[str, JSON]
) -> Response:
    """Return what a retrier that takes the error makes of it; `{}` if none does, or it is exhausted."""
    for index, retrier in enumerate(handling.retriers):
        if matches(retrier.errors, failure):
            how["retryIndex"] = index
            if request.retry_count >= retrier.max_attempts:
                return {}
            delay = retrier.delay(request.retry_count + 1, scope)
            how["retryBackoffIntervalSeconds"] = int(delay) if delay == int(delay) else delay
            return {"status": "RETRIABLE"}
    return {}


def caught(
    failure: StateError, handling: Handling, request: Request, scope: Scope, how: dict[str, JSON]
) -> Response:
    """Return what a catcher that takes the error makes of it; `{}` if none does."""
    for index, catcher in enumerate(handling.catchers):
        if matches(catcher.errors, failure):
            how["catchIndex"] = index
            error_output: JSON = {"Error": failure.error, "Cause": failure.cause}
            output = catcher.conclude(request.input, error_output, scope)
            return {"status": "CAUGHT_ERROR", "output": json_text(output), "nextState": catcher.next}
    return {}


# ---------------------------------------------------------------- the context object


class TestScope(Scope):
    """The scope of a tested state: its context object is the one given, or that of an Express execution."""

    __slots__ = ("given",)
    __test__ = False

    def __init__(self, request: Request) -> None:
        now, seed = VirtualClock().now, new_seed()
        super().__init__(identity(request.input, now, seed), Journal(now, None, None))
        self.given = request.context
        self.retry_count = request.retry_count
        self.variables = request.variables

    @property
    def context(self) -> JSON:
        if self.given is not None:
            return self.given
        context = super().context
        assert isinstance(context, dict)
        execution = context["Execution"]
        assert isinstance(execution, dict)
        shown: JSON = {name: value for name, value in execution.items() if name != "RedriveCount"}
        return {**context, "Execution": shown}


def identity(input: JSON, now: float, seed: int) -> ExecutionIdentity:
    """Return the identity of an execution that nobody named."""
    prefix = f"arn:aws:states:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}"
    machine, name = str(uuid.uuid4()), str(uuid.uuid4())
    return ExecutionIdentity(
        id=f"{prefix}:express:{machine}:{name}",
        name=name,
        role_arn=f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/aslrun",
        machine_id=f"{prefix}:stateMachine:{machine}",
        machine_name=machine,
        input=input,
        start_time=now,
        random_for=random_source(seed),
    )
