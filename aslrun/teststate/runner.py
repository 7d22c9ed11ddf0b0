"""Runs the one state of a request: one attempt, and what Retry and Catch would make of its error."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aslrun.drivers.calls import Awaited, Call, Integration, Submitted
from aslrun.drivers.chance import new_seed, random_source
from aslrun.drivers.clock import VirtualClock
from aslrun.errors import StateError, UsageError
from aslrun.expressions import ExpressionError
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.table import Functions
from aslrun.integrations.http.find import http_integrations
from aslrun.integrations.registry import Registry
from aslrun.interpreter.effects import Effect, Invoke, Sleep
from aslrun.interpreter.identity import ExecutionIdentity
from aslrun.interpreter.loop import Machine, State, Transition
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.scope import Journal, Scope
from aslrun.states.distributed.compiling import ONLY_DISTRIBUTED
from aslrun.states.fields import Compilation, Fields, Language
from aslrun.states.handling import Handling, matches
from aslrun.states.map import Map
from aslrun.states.parallel import Parallel
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION, parse_resource
from aslrun.states.task import Task
from aslrun.states.types import LANGUAGES, STATES
from aslrun.teststate.definition import processor_of
from aslrun.teststate.inspection import INSPECTED, InspectedLanguage, Notes
from aslrun.teststate.map_state import MapInspection
from aslrun.teststate.parameters import ApiError
from aslrun.teststate.request import Request
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.integrations.http.tasks import Seen

Response = dict[str, JSON]

LONGEST_TEST = 300.0
"""Seconds that a state may take in TestState. API reference: TestState."""


class Answers:
    """What the effects of the state are answered with: the mock, what a local function gives, or the response
    to an HTTP request; `seen` are the exchanges of these."""

    def __init__(
        self,
        request: Request,
        folder: Path | None,
        function_files: tuple[str, ...],
        http_private: bool = False,
        integrations: Sequence[Integration] = (),
    ) -> None:
        self.mock = request.mock
        self.folder = folder
        self.function_files = function_files
        self.http_private = http_private
        self.integrations = integrations
        self.seen: list[Seen] = []

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
        if isinstance(effect, Sleep):
            if effect.seconds > LONGEST_TEST:
                raise StateError("States.Timeout", None)
            return None
        if self.mock is not None:
            if self.mock.is_error:
                raise StateError(self.mock.error, self.mock.cause)
            return self.mock.result
        assert isinstance(effect, Invoke), "children are not run without a mock"
        return self.call(effect)

    def call(self, effect: Invoke) -> JSON:
        resource = effect.resource.text
        call = Call(resource, effect.arguments, effect.state, effect.timeout)
        integrations: list[Integration] = [
            *self.integrations,
            LambdaFunctions(Functions({}, self.function_files, self.folder)),
            *http_integrations(
                [parse_resource(resource)],
                self.folder,
                all_private=self.http_private,
                see=self.seen.append,
            ),
        ]
        found = Registry(integrations).find(call)
        if found is None:
            raise UsageError(f"nothing here answers the resource {resource}; give the request a mock")
        try:
            answer = found.invoke(call)
            assert not isinstance(answer, (Submitted, Awaited)), "other patterns are run with a mock only"
            return answer
        finally:
            for opened in integrations[len(self.integrations) :]:
                opened.close()


def run_state(request: Request, answers: Answers) -> Response:
    """Run the state once and return the API's response, with all there is to inspect."""
    notes: Notes = {"input": request.input}
    details: dict[str, JSON] = {}
    name = language_of(request)
    language = INSPECTED[name](LANGUAGES[name](), request.fields, notes)
    scope = TestScope(request)
    state = compile_state(request, language)
    # Errors tell the id of the event with which the state was entered: the second of an execution.
    scope.journal.record("ExecutionStarted", scope, "", request.input)
    scope.enter(state, request.input)
    try:
        output, target = attempt(request, state, scope, language, answers, details)
        scope.hold(output, state.name)
        response: Response = {"status": "SUCCEEDED", "output": request.text_of(output)}
        if target is not None:
            response["nextState"] = target
    except StateError as failure:
        response = failed(scope.located(failure), request, state, scope, details)
    if answers.seen and request.level == "TRACE":
        from aslrun.teststate.exchange import shown

        details.update(shown(answers.seen[-1], request.reveals_secrets))
    if scope.variables:
        notes["variables"] = {**scope.variables}
    inspection = {name: request.text_of(value) for name, value in notes.items()}
    return {**response, "inspectionData": {**inspection, **details}}


def language_of(request: Request) -> str:
    """Return the state's query language."""
    return str(request.fields.get("QueryLanguage", request.state.language))


def compile_state(request: Request, language: Language) -> State:
    """Compile the state. What is inside a Map or Parallel is mocked, so that a Map is compiled as an inline
    one, and the machines inside are not compiled at all."""
    fields = request.fields
    if fields["Type"] == "Map":
        fields = {name: value for name, value in fields.items() if name not in ONLY_DISTRIBUTED}
        processor: JSON = {**(processor_of(fields) or {}), "ProcessorConfig": {"Mode": "INLINE"}}
        fields["ItemProcessor" if "ItemProcessor" in fields else "Iterator"] = processor
    compilation = Compilation(language, lambda nested: Machine("", {}))
    try:
        return STATES[str(fields["Type"])](request.state.name, fields, compilation)
    except (ExpressionError, UsageError):
        # Validation passes over what a template is to fill in; the API is given definitions that are filled.
        raise ApiError(
            "InvalidDefinition",
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: a placeholder without a value"
            f" cannot be run at /States/{request.state.name}'",
        ) from None


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
        state = MapInspection(request, scope, language, details, state.prepare(raw, scope)).inspect(state)
    transition: Transition = answers.drive(state.run(raw, scope))
    return transition


# ---------------------------------------------------------------- errors


def failed(
    failure: StateError, request: Request, state: State, scope: Scope, details: dict[str, JSON]
) -> Response:
    """Return the response to an error: whether it would be tried again, or is caught, or ends the state."""
    if not isinstance(state, (Task, Map, Parallel)):
        return told_of(failure)
    how: dict[str, JSON] = {}
    try:
        handled = retried(failure, state.handling, request, scope, how) or caught(
            failure, state.handling, request, scope, how
        )
    except StateError as in_catcher:
        return told_of(scope.located(in_catcher))
    if how:
        details["errorDetails"] = how
    return {**told_of(failure), **handled}


def told_of(failure: StateError) -> Response:
    """Return the response to an error that nothing handles."""
    told = (("error", failure.error), ("cause", failure.cause))
    return {"status": "FAILED", **{name: text for name, text in told if text}}


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
            how["retryBackoffIntervalSeconds"] = int(delay)
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
            return {"status": "CAUGHT_ERROR", "output": request.text_of(output), "nextState": catcher.next}
    return {}


# ---------------------------------------------------------------- the context object


class TestScope(Scope):
    """The scope of a tested state: its context object is the one given, or that of an Express execution."""

    __slots__ = ("given",)
    __test__ = False

    def __init__(self, request: Request) -> None:
        now, seed = VirtualClock().now, new_seed()
        super().__init__(identity(request.input, now, seed), Journal(now, None, Quota()))
        self.given = request.context
        if request.state.map is not None:
            self.item = item_of(request.state.map, request.input)
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


def item_of(map: Fields, input: JSON) -> dict[str, JSON]:
    """Return what the context object tells of the item where a state inside a Map is tested.

    Documentation: "Automatic Context population"; Source is there in distributed mode.
    """
    item: dict[str, JSON] = {"Index": 0, "Value": input}
    config = (processor_of(map) or {}).get("ProcessorConfig")
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED" and "ItemReader" not in map:
        item["Source"] = "STATE_DATA"
    return item


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
