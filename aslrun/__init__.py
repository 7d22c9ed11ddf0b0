"""Amazon States Language on your own machine: validate, run and draw AWS Step Functions state machines.

    import aslrun

    machine = aslrun.load("order.asl.json")
    execution = machine.execute({"total": 12}, functions={"validate": lambda event: event})
    assert execution.status == "SUCCEEDED"

Names are imported on first use (PEP 562), so that `import aslrun` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aslrun.diagnostics import Diagnostic
    from aslrun.errors import AslrunError, DefinitionError, StateError, UsageError
    from aslrun.execution import Execution
    from aslrun.machine import StateMachine, load
    from aslrun.teststate import test_state
    from aslrun.validation.files import validate

__all__ = [
    "AslrunError",
    "DefinitionError",
    "Diagnostic",
    "Execution",
    "StateError",
    "StateMachine",
    "UsageError",
    "load",
    "test_state",
    "validate",
]

_HOMES = {
    "Diagnostic": "aslrun.diagnostics",
    "Execution": "aslrun.execution",
    "StateMachine": "aslrun.machine",
    "load": "aslrun.machine",
    "test_state": "aslrun.teststate",
    "validate": "aslrun.validation.files",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'aslrun' has no attribute '{name}'")
    return getattr(import_module(_HOMES.get(name, "aslrun.errors")), name)
