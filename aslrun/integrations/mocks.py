"""Mocked services: answers given beforehand, by the names of states.

`read_mocks` reads the mock configuration of Step Functions Local. Documentation: "Configuration file for
mocked service integrations".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import NoReturn, TypeAlias

from aslrun.document import Document, DocumentError, Pointer, read_document
from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.values import JSON

_SERVICE = re.compile(r"arn:[^:]+:states:")

Answer: TypeAlias = Callable[[int, JSON], JSON]
"""(number of the call, from 0; its arguments) → the result; raises StateError to fail."""
Seconds: TypeAlias = Callable[[int], float]
"""Number of the call → the seconds of the execution's clock after which it is answered."""


class Mocks:
    """Answers the Tasks of the states that it has answers for, whatever their service is.

    `after` says when, for states whose answers are there without any work: in which order the branches of a
    Parallel state come to their ends is then the same in each run. `is_test_case` says that they are those of
    a test case, which names the states on its way, and no others.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer],
        after: Mapping[str, Seconds] | None = None,
        *,
        is_test_case: bool = False,
    ) -> None:
        self.answers = answers
        self.after = after or {}
        self.is_test_case = is_test_case
        self._calls: dict[str, int] = {}
        self._lock = Lock()

    def behind(self, others: Mocks) -> Mocks:
        """Return mocks that answer as `others` do where these have an answer, else as these."""
        after = {state: seconds for state, seconds in self.after.items() if state not in others.answers}
        answers = {**self.answers, **others.answers}
        return Mocks(answers, {**after, **others.after}, is_test_case=self.is_test_case)

    def matches(self, call: Call) -> bool:
        return call.state in self.answers

    def seconds(self, call: Call) -> float | None:
        """Return after how many seconds the call is answered, None where `invoke` takes its time."""
        after = self.after.get(call.state)
        return None if after is None else after(self._calls.get(call.state, 0))

    def invoke(self, call: Call) -> JSON:
        with self._lock:
            number = self._calls.get(call.state, 0)
            self._calls[call.state] = number + 1
        result = self.answers[call.state](number, call.arguments)
        # A function that is called by its ARN is mocked as the API's Invoke answers (recorded).
        if isinstance(result, dict) and "StatusCode" in result and "Payload" in result:
            return result if _SERVICE.match(call.resource) else result["Payload"]
        return result

    def pass_by(self, call: Call) -> None:
        """Count a call that an earlier process has answered: the next one gets the next answer."""
        with self._lock:
            self._calls[call.state] = self._calls.get(call.state, 0) + 1

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class MockedResponse:
    """What a state is answered: for each call from number 0 on, a result or an error, and when."""

    state: str
    name: str
    outcomes: tuple[JSON | StateError, ...]
    delays: tuple[float, ...]

    def seconds(self, number: int) -> float:
        """Return after how many seconds call `number` is answered."""
        return self.delays[number] if number < len(self.delays) else 0

    def answer(self, number: int, arguments: JSON) -> JSON:
        """Return the result of call `number`; UsageError for one that nothing is said of."""
        if number >= len(self.outcomes):
            raise UsageError(
                f"state '{self.state}' was called {number + 1} times; the mocked response '{self.name}' has"
                f' answers for {len(self.outcomes)}: add "{len(self.outcomes)}" to it'
            )
        outcome = self.outcomes[number]
        if isinstance(outcome, StateError):
            raise StateError(outcome.error, outcome.cause)
        return outcome


def read_mocks(path: str, machine: str, test_case: str | None, states: Collection[str]) -> Mocks:
    """Read the mocks of one test case.

    Args:
        path: the configuration, `{"StateMachines": ..., "MockedResponses": ...}`.
        machine: the state machine's name; a configuration of only one machine fits any.
        test_case: the test case's name; None where there is only one.
        states: the names of the states that may be mocked.

    Raises UsageError, with file, line and column, for whatever is wrong with it; also with parts that the
    test case does not use.
    """
    return _configuration(path).mocks(machine, test_case, states)


def read_responses(path: str, machine: str, states: Collection[str]) -> dict[str, list[MockedResponse]]:
    """Return what the test cases of a mock configuration answer, by state. Raises as `read_mocks` does."""
    configuration = _configuration(path)
    place, cases = configuration.test_cases(machine)
    found: dict[str, list[MockedResponse]] = {}
    for case in cases:
        for state in configuration.object_at((*place, case), "states"):
            found.setdefault(state, []).append(configuration.response((*place, case), state, states))
    return found


def check_configuration(path: str) -> None:
    """Raise UsageError for a file that is no mock configuration."""
    configuration = _configuration(path)
    for what in ("StateMachines", "MockedResponses"):
        configuration.object_at((what,), what)


def _configuration(path: str) -> _Configuration:
    try:
        return _Configuration(read_document(path))
    except DocumentError as wrong:
        raise UsageError(str(wrong)) from None


class _Configuration:
    """A mock configuration, and where in its text things are."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def test_cases(self, machine: str) -> tuple[Pointer, Mapping[str, JSON]]:
        """Return the test cases of a machine, and where they are."""
        machines = self.object_at(("StateMachines",), "state machines")
        name = machine if machine in machines or len(machines) != 1 else next(iter(machines))
        self.choose(("StateMachines",), machines, name, "state machine")
        place = ("StateMachines", name, "TestCases")
        return place, self.object_at(place, "test cases")

    def mocks(self, machine: str, test_case: str | None, states: Collection[str]) -> Mocks:
        place, cases = self.test_cases(machine)
        if test_case is None and len(cases) != 1:
            self.fail(place, f"there are several test cases, name one with --test-case: {_names(cases)}")
        case = self.choose(place, cases, test_case or next(iter(cases)), "test case")
        responses = {state: self.response(case, state, states) for state in self.object_at(case, "states")}
        self.check_others(str(place[1]), states)
        return Mocks(
            {state: response.answer for state, response in responses.items()},
            {state: response.seconds for state, response in responses.items()},
            is_test_case=True,
        )

    def check_others(self, name: str, states: Collection[str]) -> None:
        """Find what is wrong with the parts of the file that the test case does not use. A response that is
        not used may still lack calls."""
        for machine in self.object_at(("StateMachines",), "state machines"):
            place = ("StateMachines", machine, "TestCases")
            for case in self.object_at(place, "test cases"):
                for state in self.object_at((*place, case), "states"):
                    self.response_name((*place, case), state, states if machine == name else None)
        for response in self.object_at(("MockedResponses",), "mocked responses"):
            self.numbered(("MockedResponses", response))

    def choose(self, place: Pointer, among: Mapping[str, JSON], name: str, what: str) -> Pointer:
        if name not in among:
            self.fail(place, f"there is no {what} '{name}'; there is: {_names(among)}")
        return (*place, name)

    def response(self, case: Pointer, state: str, states: Collection[str]) -> MockedResponse:
        name = self.response_name(case, state, states)
        outcomes, delays = zip(*self.calls(("MockedResponses", name)), strict=True)
        return MockedResponse(state, name, outcomes, delays)

    def response_name(self, case: Pointer, state: str, states: Collection[str] | None) -> str:
        """Return the name of a state's mocked response; `states` are the Tasks that there are, if known."""
        place = (*case, state)
        if states is not None and state not in states:
            self.fail(place, f"the state machine has no Task '{state}'; it has: {_names(states)}", key=True)
        name = self.value_at(place)
        responses = self.object_at(("MockedResponses",), "mocked responses")
        if not isinstance(name, str):
            self.fail(place, "the name of a mocked response is expected here")
        if name not in responses:
            self.fail(place, f"there is no mocked response '{name}'; there is: {_names(responses)}")
        return name

    def calls(self, place: Pointer) -> list[tuple[JSON | StateError, float]]:
        """Return the outcome of each call and its delay; the ranges must count from 0 without a gap."""
        found = self.numbered(place)
        missing = next((number for number in range(len(found)) if number not in found), None)
        if missing is not None or not found:
            self.fail(
                place, f"there is no response for call number {missing or 0}; count from 0 without a gap"
            )
        return [found[number] for number in range(len(found))]

    def numbered(self, place: Pointer) -> dict[int, tuple[JSON | StateError, float]]:
        """Return the outcomes of a mocked response, and their delays, by the number of the call."""
        found: dict[int, tuple[JSON | StateError, float]] = {}
        for key in self.object_at(place, 'responses by number, as in {"0": {"Return": ...}}'):
            first, last = self.numbers((*place, key), key)
            call = self.call((*place, key))
            for number in range(first, last + 1):
                if number in found:
                    self.fail((*place, key), f"the call number {number} has two responses", key=True)
                found[number] = call
        return found

    def numbers(self, place: Pointer, key: str) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", key)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            self.fail(place, f'"{key}" is no number of a call; write "0", or "1-2" for a range', key=True)
        return int(match[1]), int(match[2] or match[1])

    def call(self, place: Pointer) -> tuple[JSON | StateError, float]:
        """Return the outcome of a call and its delay, which Step Functions Local does not have."""
        response = dict(self.object_at(place, "one of Return and Throw"))
        delay = response.pop("AfterSeconds", 0)
        if not isinstance(delay, (int, float)) or isinstance(delay, bool) or delay < 0:
            self.fail((*place, "AfterSeconds"), "AfterSeconds is a number of seconds, 0 or more", key=True)
        return self.outcome(place, response), delay

    def outcome(self, place: Pointer, response: Mapping[str, JSON]) -> JSON | StateError:
        if response.keys() == {"Return"}:
            return response["Return"]
        if response.keys() != {"Throw"}:
            self.fail(place, "a response has one of Return and Throw, and nothing else")
        error = self.object_at((*place, "Throw"), "Error and Cause")
        for field, value in error.items():
            if field not in ("Error", "Cause") or not isinstance(value, str):
                self.fail(
                    (*place, "Throw", field), "Throw has an Error and a Cause, which are strings", key=True
                )
        return StateError(_text(error.get("Error")), _text(error.get("Cause")))

    def object_at(self, place: Pointer, what: str) -> Mapping[str, JSON]:
        value = self.value_at(place)
        if not isinstance(value, dict):
            self.fail(place, f"an object is expected here, with {what}")
        return value

    def value_at(self, place: Pointer) -> JSON:
        value = self.document.value
        for at, name in enumerate(place):
            if not isinstance(value, dict) or name not in value:
                self.fail(place[:at], f"the field '{name}' is missing here")
            value = value[str(name)]
        return value

    def fail(self, place: Pointer, message: str, key: bool = False) -> NoReturn:
        span = self.document.span(place, key=key)
        where = f"{span.file}:{span.line}:{span.column}" if span else self.document.file
        raise UsageError(f"{where}: {message}")


def _names(names: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) else None
