"""The table of the state types. A new one is a module, a schema and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from aslrun.states import input_output
from aslrun.states.choice import compile_choice
from aslrun.states.map import compile_map
from aslrun.states.parallel import compile_parallel
from aslrun.states.simple import compile_fail, compile_pass, compile_succeed
from aslrun.states.task import compile_task
from aslrun.states.wait import compile_wait

if TYPE_CHECKING:
    from aslrun.interpreter.loop import State
    from aslrun.states.fields import Compilation, Fields, Language

CompileState: TypeAlias = "Callable[[str, Fields, Compilation], State]"


def _jsonata() -> Language:
    from aslrun.states import jsonata  # not for the many machines that have none

    return jsonata


LANGUAGES: Mapping[str, Callable[[], Language]] = {"JSONPath": lambda: input_output, "JSONata": _jsonata}

STATES: Mapping[str, CompileState] = {
    "Pass": compile_pass,
    "Task": compile_task,
    "Choice": compile_choice,
    "Wait": compile_wait,
    "Succeed": compile_succeed,
    "Fail": compile_fail,
    "Parallel": compile_parallel,
    "Map": compile_map,
}
