"""Testing state machines with pytest: the fixture `state_machine`, mocks in Python, snapshots, coverage.

pytest finds the plugin by itself once aslrun is installed; there is nothing to import but types to annotate
with: `from aslrun.testing import StateMachineFixture`. docs/testing.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aslrun.testing.machine import MachineUnderTest, StateMachineFixture
    from aslrun.testing.result import ExecutionResult
    from aslrun.testing.snapshot import HistorySnapshot

__all__ = ["ExecutionResult", "HistorySnapshot", "MachineUnderTest", "StateMachineFixture"]

_HOMES = {"ExecutionResult": "result", "HistorySnapshot": "snapshot"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'aslrun.testing' has no attribute '{name}'")
    return getattr(import_module(f"aslrun.testing.{_HOMES.get(name, 'machine')}"), name)
