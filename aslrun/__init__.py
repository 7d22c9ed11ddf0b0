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
    from aslrun.diagnostics import DefinitionError, Diagnostic
    from aslrun.errors import AslrunError, StateError, UsageError
    from aslrun.execution import Execution
    from aslrun.integrations.activities import ActivityQueue
    from aslrun.machine import StateMachine, load
    from aslrun.options import RunOptions
    from aslrun.server.serving import Server, serve
    from aslrun.services.places import aws_at
    from aslrun.teststate import test_state
    from aslrun.validation.files import validate

__version__ = "0.1.0"

__all__ = [
    "ActivityQueue",
    "AslrunError",
    "DefinitionError",
    "Diagnostic",
    "Execution",
    "RunOptions",
    "Server",
    "StateError",
    "StateMachine",
    "UsageError",
    "aws_at",
    "load",
    "serve",
    "test_state",
    "validate",
]

_HOMES = {
    "ActivityQueue": "aslrun.integrations.activities",
    "DefinitionError": "aslrun.diagnostics",
    "Diagnostic": "aslrun.diagnostics",
    "Execution": "aslrun.execution",
    "RunOptions": "aslrun.options",
    "StateMachine": "aslrun.machine",
    "Server": "aslrun.server.serving",
    "aws_at": "aslrun.services.places",
    "load": "aslrun.machine",
    "serve": "aslrun.server.serving",
    "test_state": "aslrun.teststate",
    "validate": "aslrun.validation.files",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'aslrun' has no attribute '{name}'")
    home = _HOMES.get(name, "aslrun.errors")
    module = import_module(home)
    if home in ("aslrun.execution", "aslrun.machine"):
        import_module("aslrun.views.notebook").register()
    globals()[name] = getattr(module, name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)
