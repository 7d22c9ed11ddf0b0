"""The Tasks of a compiled machine, and the functions that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aslrun.expressions import is_query

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Machine, State
    from aslrun.states.distributed.state import DistributedMap
    from aslrun.states.resource import Resource
    from aslrun.states.task import Task


def machines_in(machine: Machine) -> Iterator[Machine]:
    """A machine, and all machines inside it, outermost first."""
    yield machine
    for state in machine.blocking:
        if state.entered in ("ParallelStateEntered", "MapStateEntered"):
            for inner in _machines_of(state):
                yield from machines_in(inner)


def _machines_of(state: State) -> Sequence[Machine]:
    from aslrun.states.distributed.state import DistributedMap
    from aslrun.states.map import Map
    from aslrun.states.parallel import Parallel

    if isinstance(state, Parallel):
        return state.branches
    return (state.processor,) if isinstance(state, (Map, DistributedMap)) else ()


def tasks(machine: Machine) -> Iterator[Task]:
    """All Task states of a machine, nested machines included."""
    for inner in machines_in(machine):
        for state in inner.blocking:
            if state.entered == "TaskStateEntered":
                from aslrun.states.task import Task

                if isinstance(state, Task):
                    yield state


def distributed_maps(machine: Machine) -> Iterator[DistributedMap]:
    """All distributed Maps of a machine, nested machines included."""
    for inner in machines_in(machine):
        for state in inner.blocking:
            if state.entered == "MapStateEntered":
                from aslrun.states.distributed.state import DistributedMap

                if isinstance(state, DistributedMap):
                    yield state


def outermost_maps(machine: Machine) -> Iterator[DistributedMap]:
    """The distributed Maps of a machine that are in no other one, in the order of the definition."""
    for state in machine.blocking:
        if state.entered not in ("ParallelStateEntered", "MapStateEntered"):
            continue
        from aslrun.states.distributed.state import DistributedMap

        if isinstance(state, DistributedMap):
            yield state
        else:
            for inner in _machines_of(state):
                yield from outermost_maps(inner)


def named_function(task: Task) -> str | None:
    """Return the function that a Task names literally, as an ARN or a name; None where it names none."""
    if task.resource.kind == "function":
        return task.resource.text
    if not calls_function(task):
        return None
    arguments = task.literal_arguments
    name = arguments.get("FunctionName") if isinstance(arguments, dict) else None
    return name if isinstance(name, str) and not is_query(name) else None


def calls_function(task: Task) -> bool:
    """Tell whether a Task calls a Lambda function, in whatever way."""
    return task.resource.kind == "function" or _invokes(task, "lambda", "aws-sdk:lambda")


def _invokes(task: Task, *services: str) -> bool:
    return task.resource.service in services and task.resource.action.partition(".")[0] == "invoke"


def starts_executions(task: Task) -> bool:
    """Tell whether a Task starts an execution of a state machine."""
    return is_start(task.resource)


def is_start(resource: Resource) -> bool:
    """Tell whether a Resource starts an execution: optimized, or as AWS SDK integration."""
    if resource.kind != "service":
        return False
    action = resource.action.partition(".")[0]
    if resource.service == "states":
        return action == "startExecution"
    return resource.service == "aws-sdk:sfn" and action in ("startExecution", "startSyncExecution")


def calls_service(task: Task) -> bool:
    """Tell whether a Task calls a service through its API, other than for another machine's execution."""
    is_service = task.resource.kind == "service" and not is_start(task.resource)
    return is_service and not _invokes(task, "lambda")
