"""`aslrun mocks`: write a skeleton of a mock configuration, with plausible answers to a machine's Tasks."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.files import read_substitutions
from aslrun.cli.output import check_target, print_json, say, write_file

if TYPE_CHECKING:
    from aslrun.execution import MachineType


@click.command()
@click.argument("file", type=FILE)
@click.option("--output", type=FILE, metavar="FILE", help="Write it to a file. [stdout]")
@click.option(
    "--all", "of_all", is_flag=True, help="Answer each Task, also those that something here answers."
)
@click.option("--type", "kind", type=click.Choice(["STANDARD", "EXPRESS"]),
              help="The state machine's type. [as its template has it, else STANDARD]")  # fmt: skip
@click.option("--substitute", "substitutions", multiple=True, metavar="NAME=VALUE",
              help="The value of ${NAME}, or of a template's parameter; may be repeated.")  # fmt: skip
@click.option("--machine", "machine_name", metavar="NAME",
              help="The state machine's name. [as its template has it, else its file's]")  # fmt: skip
@click.option("--function", "function_files", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a Lambda function is; may be repeated.")  # fmt: skip
def command(
    file: str,
    output: str | None,
    of_all: bool,
    kind: MachineType | None,
    substitutions: tuple[str, ...],
    machine_name: str | None,
    function_files: tuple[str, ...],
) -> None:
    """Write a mock configuration, which --mock-config reads, for the state machine in FILE: with an answer
    for each Task that nothing here answers.

    The answers have what the definition reads of them, and what AWS's own models say that they have. They are
    a beginning: put in what your services answer.
    """
    from aslrun.document.definitions import split_reference
    from aslrun.fuzzing.plausible import skeleton
    from aslrun.machine import load
    from aslrun.options import RunOptions
    from aslrun.states.tasks import tasks

    if output is not None:
        check_target(output, "the mock configuration", [split_reference(file)[0]])
    machine = load(file, type=kind, substitutions=read_substitutions(substitutions), name=machine_name)
    every = list(tasks(machine.compiled))
    wanted = every if of_all else machine.unanswered(RunOptions(function_files=function_files))
    made = skeleton(machine, {task.name for task in wanted})
    if not wanted:
        told = "something here answers each of its Tasks; --all writes answers to all of them"
        say(f"aslrun: {machine.name} has no Tasks" if not every else f"aslrun: {told}")
    elif find_spec("botocore") is None and any(_is_of_aws(task.resource.service) for task in wanted):
        say(
            "aslrun: without botocore an answer has only what the definition reads: pip install 'aslrun[aws]'"
        )
    if output is None:
        print_json(made)
    else:
        write_file(output, "the mock configuration", [json.dumps(made, ensure_ascii=False, indent=2), "\n"])


def _is_of_aws(service: str) -> bool:
    return service not in ("lambda", "http", "apigateway", "activity")
