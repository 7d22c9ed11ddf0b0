"""Who answers a Task: the first of an execution's integrations that says it does."""

from __future__ import annotations

from collections.abc import Sequence

from aslrun.drivers.calls import Call, Integration


class Registry:
    """The integrations of an execution, in the order in which they are asked."""

    def __init__(self, integrations: Sequence[Integration] = ()) -> None:
        self.integrations = integrations

    def find(self, call: Call) -> Integration | None:
        """Return the first integration that answers `call`, None where none does."""
        for one in self.integrations:
            if one.matches(call):
                return one
        return None
