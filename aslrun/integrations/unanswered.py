"""The Tasks that nothing answers, told before anything runs: in one message, with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from aslrun.document import Document
from aslrun.drivers.calls import Call, Integration
from aslrun.errors import UsageError
from aslrun.validation.machines import read_definition
from aslrun.validation.unknown import unknown_action

if TYPE_CHECKING:
    from aslrun.states.task import Task

MOST_TOLD = 20
"""Tasks that the message lists; of more it tells the number."""


def unanswered(tasks: Iterable[Task], integrations: Iterable[Integration]) -> list[Task]:
    """Return the Tasks that none of the integrations answers, as far as the definition says.

    They are asked with a call of the arguments as they are written. An integration that answers only some of
    the calls that it matches tells by a method `knows(call)`.
    """
    integrations = list(integrations)
    return [task for task in tasks if not any(_answers(one, task) for one in integrations)]


def _answers(integration: Integration, task: Task) -> bool:
    call = Call(task.resource.text, task.literal_arguments, task.name)
    knows: Callable[[Call], bool] = getattr(integration, "knows", integration.matches)
    return knows(call)


def unanswered_error(
    document: Document, tasks: Sequence[Task], machine: str, reason: str | None = None
) -> UsageError:
    """Return the error that tells of Tasks which nothing answers, where they are, and what to do about it.

    `reason` says why no service can be called.
    """
    assert isinstance(document.value, dict)
    states = {state.name: state.at for state in read_definition(document.value).states}
    lines = []
    for task in tasks[:MOST_TOLD]:
        span = document.span((*states[task.name], "Resource")) if task.name in states else None
        place = f"{span.file}:{span.line}:{span.column}: " if span else ""
        lines.append(f"  {place}state '{task.name}': {_wanted(task)}")
    if len(tasks) > MOST_TOLD:
        lines.append(f"  and {len(tasks) - MOST_TOLD:,} more")
    calls_service = any(task.resource.kind == "service" for task in tasks)
    told = [f"  {reason}"] if reason and calls_service else []
    count = "a Task" if len(tasks) == 1 else f"{len(tasks):,} Tasks"
    name = tasks[0].name
    return UsageError(
        "\n".join(
            [
                f"nothing here answers {count} of {machine}:",
                *lines,
                *told,
                f"  mocks can: --mock '{name}={{}}' or --mock-config FILE, which `aslrun mocks` writes"
                f' (in a test: mocks={{"{name}": ...}});',
                "  with --partial (partial=True) it runs anyway, until it comes to one of them",
            ]
        )
    )


def _wanted(task: Task) -> str:
    """Say what a Task calls: a service by its Resource, a function by its name."""
    arguments = task.literal_arguments
    name = arguments.get("FunctionName") if isinstance(arguments, dict) else None
    if task.resource.service == "lambda" and isinstance(name, str):
        return f"there is no Lambda function {name}"
    if task.resource.kind == "function":
        return f"there is no Lambda function {task.resource.text}"
    if task.resource.service == "http":
        from aslrun.integrations.http.request import written_arn  # with ssl, which costs a tenth of a second

        if arn := written_arn(arguments):
            return f"there is no connection {arn} in aslrun.toml (docs/http-task.md)"
    kind, _, service = task.resource.service.partition(":")
    action = task.resource.action.partition(".")[0]
    return (kind == "aws-sdk" and unknown_action(service, action)) or task.resource.text
