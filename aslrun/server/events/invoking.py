"""Functions, as event sources and destinations call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aslrun.errors import StateError
from aslrun.functions.function import parse_reference
from aslrun.functions.steps import run
from aslrun.server.events.hub import value_of
from aslrun.server.events.targets import Asynchronous, Ran, asynchronous_of
from aslrun.server.lambda_api.calls import Calls
from aslrun.server.lambda_api.errors import LambdaError
from aslrun.values import JSON


class EventFunctions:
    """Runs functions by their ARNs."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.settings: dict[str, Asynchronous] = {}
        self.others: list[Callable[[str, JSON], Ran | None]] = []
        """Are asked first for what an ARN is not a function's."""

    def asynchronous(self, arn: str) -> Asynchronous:
        """Return how a function is invoked when nobody waits."""
        reference = parse_reference(arn)
        qualified = f"{reference.name}:{reference.qualifier or '$LATEST'}"
        return self.settings.get(qualified) or self.settings.get(reference.name) or Asynchronous()

    def set(self, function: str, config: Mapping[str, Any] | None) -> None:
        """Set how a function (`name:qualifier`) is invoked when nobody waits; None for as at first."""
        if config is None:
            self.settings.pop(function, None)
        else:
            self.settings[function] = asynchronous_of(config, {})

    def run(self, arn: str, event: JSON) -> Ran:
        """Invoke a function and wait for its answer. Raises nothing."""
        for ask in self.others:
            if (ran := ask(arn, event)) is not None:
                return ran
        reference = parse_reference(arn)
        try:
            function, version = self.calls.found(reference)
            body, is_error, _ = run(self.calls.call(function, reference, event, version))
        except LambdaError as refused:
            is_throttled = refused.code == "TooManyRequestsException"
            return failed(refused.code, str(refused), is_throttled=is_throttled)
        except StateError as refused:
            return failed(refused.error or "", refused.cause or "")
        return Ran(value_of(body), is_error, version)


def failed(code: str, message: str, *, is_throttled: bool = False) -> Ran:
    """Return what becomes of an invocation that cannot be made."""
    return Ran({"errorType": code, "errorMessage": message}, True, is_throttled=is_throttled)
