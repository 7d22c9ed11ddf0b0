"""What fuzzing finds, and the kinds there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.document.spans import Pointer, Span
from aslrun.fuzzing.scenarios import Scenario

KINDS: Mapping[str, str] = {
    "RUNTIME_ERROR": "an execution ends in an error of the machine's own, such as States.Runtime",
    "NO_CHOICE_MATCHED": "no rule of a Choice state holds, and it has no Default",
    "LOST_DATA": "a state reads what a state before it had, and did not give on",
    "NEVER_ENDS": "a loop goes on for ever, whatever the Tasks in it answer",
    "NEAR_QUOTA": "an execution comes near to a limit of the service",
    "UNVISITED_STATE": "no execution came to a state",
}
"""Kind of finding → what it says."""

Key: TypeAlias = tuple[str, ...]
"""What makes two findings the same: kind, state, and the shape of the message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that went wrong in an execution.

    `state` is the state in which it showed, `at` its pointer; `error` and `cause` are the execution's, `path`
    the states entered, `loop` those of a loop that never ends. `notes` say more, in lines. `span` is where
    the state stands in its file, `command` runs the scenario; both are filled in for the report, as
    `test_case` and `is_reproduced` are.
    """

    kind: str
    state: str
    at: Pointer
    message: str
    shape: str
    error: str | None = None
    cause: str | None = None
    path: tuple[str, ...] = ()
    loop: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scenario: Scenario | None = None
    span: Span | None = None
    test_case: str | None = None
    command: str | None = None
    is_reproduced: bool = False

    @property
    def key(self) -> Key:
        """What makes two findings the same."""
        return self.kind, self.state, self.shape
