"""The table of the state types. A new one is a module, a schema and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aslrun.interpreter.loop import State
    from aslrun.states.fields import Compilation, Fields, Language

CompileState: TypeAlias = "Callable[[str, Fields, Compilation], State]"


def _language(module: str) -> Callable[[], Language]:
    """Return what imports the module of a query language: most machines have but one."""

    def imported() -> Language:
        language: Language = import_module(f"aslrun.states.{module}")
        return language

    return imported


LANGUAGES: Mapping[str, Callable[[], Language]] = {
    "JSONPath": _language("input_output"),
    "JSONata": _language("jsonata"),
}


def _compiled_in(module: str, type: str) -> CompileState:
    """Return what compiles the states of a type by its module, which is imported for the first of them."""

    def compile_state(name: str, fields: Fields, compilation: Compilation) -> State:
        home = import_module(f"aslrun.states.{module}")
        compile_one: CompileState = getattr(home, f"compile_{type.lower()}")
        return compile_one(name, fields, compilation)

    return compile_state


STATES: Mapping[str, CompileState] = {
    type: _compiled_in(module, type)
    for type, module in {
        "Pass": "simple",
        "Task": "task",
        "Choice": "choice",
        "Wait": "wait",
        "Succeed": "simple",
        "Fail": "simple",
        "Parallel": "parallel",
        "Map": "map",
    }.items()
}
