"""Task tokens that are answered with what was given beforehand, by the names of states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aslrun.drivers.calls import Call
from aslrun.errors import StateError
from aslrun.integrations.answers import mocks_of

if TYPE_CHECKING:
    from aslrun.drivers.driver import Driver
    from aslrun.values import JSON


class Waiting(Protocol):
    """An execution whose Task waits for a token."""

    @property
    def driver(self) -> Driver | None: ...
    def send_task_success(self, token: str, output: JSON) -> None: ...
    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None: ...


def answer_tokens(given: Mapping[str, Any]) -> Callable[[Waiting, str, str], None]:
    """Return what answers the tokens of the states in `given`; one without an answer is left alone."""
    answers = mocks_of(given)

    def answer(execution: Waiting, state: str, token: str) -> None:
        if state not in answers.answers or execution.driver is None:
            return
        asked = execution.driver.tokens[token].call
        try:
            output = answers.invoke(Call(asked.resource.text, asked.arguments, state, token=token))
        except StateError as failure:
            execution.send_task_failure(token, failure.error, failure.cause)
        else:
            execution.send_task_success(token, output)

    return answer
