"""The limit on what a state may hand on: 262,144 bytes as UTF-8 JSON text. Documentation: Service quotas.

Values share structure, and the journal keeps each of them alive; so a container's size is remembered by
its identity, and measuring a value costs only what is new in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring

from aslrun.errors import EvaluationError, StateError
from aslrun.values import JSON

PAYLOAD_LIMIT = 262_144
"""Bytes of JSON text that a state's input or output may have."""
VARIABLES_LIMIT = 10 * 1024 * 1024
"""Bytes of JSON text that all variables of a scope may have."""
DEPTH_LIMIT = 500
"""Levels of nesting that a value may have: what can be written as JSON text everywhere."""

_SCALARS = {True: 4, False: 5, None: 4}


class Quota:
    """Measures the values of one execution, which must stay alive as long as it does."""

    def __init__(self) -> None:
        self._measured: dict[int, tuple[int, int]] = {}

    def check(self, value: JSON, state: str) -> None:
        """Raise StateError("States.DataLimitExceeded") if `value` is more than `state` may hand on."""
        try:
            size, depth = self.measure(value)
        except RecursionError:
            size, depth = 0, DEPTH_LIMIT + 1
        if size > PAYLOAD_LIMIT:
            raise data_limit_exceeded(state)
        if depth > DEPTH_LIMIT:
            raise StateError(
                "States.DataLimitExceeded",
                f"The state '{state}' returned a result of more than {DEPTH_LIMIT} nested levels.",
            )

    def check_variables(self, assigned: Mapping[str, JSON], variables: Mapping[str, JSON]) -> None:
        """Raise StateError("States.DataLimitExceeded") if what one Assign field assigns, or all variables in
        reach, take too many bytes. Documentation: "Passing data between states with variables"."""
        for stored, limit in ((assigned, PAYLOAD_LIMIT), (variables, VARIABLES_LIMIT)):
            if sum(self.measure(value)[0] for value in stored.values()) > limit:
                raise EvaluationError(
                    "States.DataLimitExceeded", f"The variables take more than the limit of {limit} bytes."
                )

    def measure(self, value: JSON) -> tuple[int, int]:
        """Return the bytes of `value` as compact JSON text, and its levels of nesting."""
        if isinstance(value, str):
            return _text_size(value), 0
        if not isinstance(value, (dict, list)):
            return (_SCALARS[value] if value is None or isinstance(value, bool) else len(repr(value))), 0
        measured = self._measured.get(id(value))
        if measured is None:
            parts = value
            size, depth = 2 + max(0, len(value) - 1), 0
            if isinstance(value, dict):
                size += len(value) + sum(map(_text_size, value))
                parts = list(value.values())
            for part in parts:
                bytes_, levels = self.measure(part)
                size += bytes_
                depth = max(depth, levels)
            measured = self._measured[id(value)] = size, depth + 1
        return measured


def _text_size(text: str) -> int:
    escaped = encode_basestring(text)
    return len(escaped) if escaped.isascii() else len(escaped.encode("utf-8", "surrogatepass"))


def data_limit_exceeded(who: str) -> StateError:
    """Return the error for a result that is too big; `who` is a state, an ARN or a service (recorded)."""
    return StateError(
        "States.DataLimitExceeded",
        f"The state/task '{who}' returned a result with a size exceeding the maximum number of bytes"
        " service limit.",
    )
