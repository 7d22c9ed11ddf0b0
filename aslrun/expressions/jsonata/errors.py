"""How an expression fails. Sources: JSONata 2.0.6's codes; "JSONata as measured on AWS" for what has none."""

from __future__ import annotations

from typing import Any

from aslrun.expressions.jsonata.messages import render_message


class JSONataError(Exception):
    """An expression that fails; `str()` of it is `T2001: The left side ...`, as the service has it.

    `code` is JSONata's own, `offset` the place in the text where that is known, `values` what the message
    tells of; a function or operator fills in its name as `token` when an error passes through it.
    """

    def __init__(self, code: str, offset: int | None = None, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.offset = offset
        self.values = values

    @property
    def message(self) -> str:
        """The error's text, without its code."""
        return render_message(self.code, self.values)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def told(self) -> str:
        """How the service ends its sentence: `threw an error during evaluation. T2001: ...`."""
        return f"threw an error during evaluation. {self}"

    def named(self, token: str | None, offset: int) -> JSONataError:
        """Return this error with the function or operator that it happened in, unless that is known."""
        self.values.setdefault("token", token)
        if self.offset is None:
            self.offset = offset
        return self


class LimitExceeded(JSONataError):
    """An expression that is stopped. U1001: too deep, U1002: too long, U1003: too large."""

    @property
    def message(self) -> str:
        return _LIMITS[self.code]

    @property
    def told(self) -> str:
        return f"threw an error during evaluation: {self.message}"


_LIMITS = {
    "U1001": "Stack overflow error: Check for non-terminating recursive function."
    " Consider rewriting as tail-recursive",
    "U1002": "Expression evaluation timeout: Check for infinite loop",
    "U1003": "Expression evaluation memory limit exceeded: Check for excessive memory usage",
}


class InternalFailure(JSONataError):
    """What the service fails on itself; it tells no more than a UUID."""

    def __init__(self, uuid: str) -> None:
        super().__init__("D0000")
        self.uuid = uuid

    @property
    def message(self) -> str:
        return "an internal error"

    @property
    def told(self) -> str:
        return f"threw an internal error during evaluation. {self.uuid}"
