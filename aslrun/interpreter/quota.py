"""The limit on what is handed to and by states, tasks and executions: 262,144 bytes as UTF-8 JSON text.

Documentation: Service quotas. Recorded for the results of states and tasks; Map and Parallel results, and
what goes into tasks, branches and iterations, are held to it in the same words.

Values share structure; so a container's size is remembered by its identity, and measuring a value costs
only what is new in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring

from aslrun.errors import EvaluationError, StateError
from aslrun.values import JSON

PAYLOAD_LIMIT = 262_144
"""Bytes of JSON text that a state's input or output may have."""
VARIABLES_LIMIT = 10 * 1024 * 1024
"""Bytes of JSON text that all variables of a scope may have."""
DEPTH_LIMIT = 500
"""Levels of nesting that a value may have: what can be written as JSON text everywhere."""

_CONSTANTS = {True: 4, False: 5, None: 4}


class Quota:
    """Measures the values of one execution, and keeps alive what it has measured: an identity that were
    given anew would be taken for another value's."""

    def __init__(self) -> None:
        self._measured: dict[int, tuple[int, int, JSON]] = {}

    def check(self, value: JSON, who: str) -> None:
        """Raise StateError("States.DataLimitExceeded") if `value` is more than `who` may be given or hand
        on: a state, or what a task calls."""
        try:
            size, depth = self.measure(value)
        except RecursionError:
            size, depth = 0, DEPTH_LIMIT + 1
        if size > PAYLOAD_LIMIT:
            raise data_limit_exceeded(who)
        if depth > DEPTH_LIMIT:
            raise StateError(
                "States.DataLimitExceeded",
                f"The state/task '{who}' returned a result of more than {DEPTH_LIMIT} nested levels.",
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
        size, depth, _ = self._measure(value)
        return size, depth

    def greatest(self) -> int:
        """Return the bytes of the greatest value that was measured."""
        return max((size for size, _, _ in self._measured.values()), default=0)

    def _measure(self, value: JSON) -> tuple[int, int, JSON]:
        if not isinstance(value, (dict, list)):
            return _plain_size(value), 0, value
        measured = self._measured.get(id(value))
        if measured is None:
            parts = value
            size, depth = 2 + max(0, len(value) - 1), 0
            if isinstance(value, dict):
                size += len(value) + sum(map(_name_size, value))
                parts = list(value.values())
            for part in parts:
                if isinstance(part, (dict, list)):
                    bytes_, levels, _ = self._measured.get(id(part)) or self._measure(part)
                    size += bytes_
                    if levels > depth:
                        depth = levels
                else:
                    size += _plain_size(part)
            measured = self._measured[id(value)] = size, depth + 1, value
        return measured


def _plain_size(value: str | float | bool | None) -> int:
    if isinstance(value, str):
        return _text_size(value)
    return _CONSTANTS[value] if value is None or isinstance(value, bool) else len(repr(value))


def _text_size(text: str) -> int:
    escaped = encode_basestring(text)
    return len(escaped) if escaped.isascii() else len(escaped.encode("utf-8", "surrogatepass"))


# The names of members come again and again.
_name_size = lru_cache(2_048)(_text_size)


def data_limit_exceeded(who: str) -> StateError:
    """Return the error for a result that is too big; `who` is a state, an ARN or a service (recorded)."""
    return StateError(
        "States.DataLimitExceeded",
        f"The state/task '{who}' returned a result with a size exceeding the maximum number of bytes"
        " service limit.",
    )
