"""`aslrun invoke`: run one Lambda function as `sam local invoke` does, without Docker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.document.printable import printable_json
from aslrun.errors import StateError, UsageError
from aslrun.functions.function import function_name, names_of
from aslrun.functions.table import SUFFIXES, Functions
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template

MAX_EVENT = 6_291_456
"""Bytes that Lambda takes as the event of a synchronous invocation."""


@click.command()
@click.argument("function")
@click.option("--event", "given", type=FILE, metavar="FILE|-|JSON",
              help="The event: a file, stdin, or JSON text. [{}]")  # fmt: skip
@click.option("--from", "place", metavar="PATH", default=".", show_default=True,
              help="A folder, definition or template that the function lies beside.")  # fmt: skip
@click.option("--function", "functions", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a function is; may be repeated.")  # fmt: skip
@click.option("--aws", metavar="local|URL|real|off",
              help="Where the function's calls to AWS go. [local, with the extra aws]")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Show no log on stderr.")
def command(
    function: str,
    given: str | None,
    place: str,
    functions: tuple[str, ...],
    aws: str | None,
    quiet: bool,
) -> None:
    """Run FUNCTION on an event; print its result to stdout, and its log and report to stderr.

    FUNCTION is a name (with :VERSION or :ALIAS if you like), a logical id in a template, an ARN, or
    FILE:HANDLER. When the function
    fails, its error is what is printed, and the exit status is 1.
    """
    from aslrun.cli.files import read_input
    from aslrun.cli.output import echo, print_json
    from aslrun.cli.signals import exit_status
    from aslrun.document.definitions import template_of
    from aslrun.functions.invocation import LambdaFunctions
    from aslrun.functions.log import show_nothing, show_on_stderr
    from aslrun.functions.workers import Workers
    from aslrun.services.opening import open_aws

    event = read_input(given, "event")
    check_size(event)
    check_named(functions, function)
    path = place_of(place)
    template = template_of(path)
    name, options = named_file(function, functions)
    show = show_nothing if quiet else show_on_stderr
    table = functions_beside(path, options, template)
    reached = open_aws(aws, path if path.is_dir() else path.parent, template)
    lambdas = LambdaFunctions(table, Workers(reports=True, surroundings=reached), show=show)
    try:
        result = lambdas.invoke_function(physical_name(name, template), event)
    except StateError as failed:
        echo(printable_json(failed.cause or ""))
        sys.exit(1)
    except KeyboardInterrupt as interrupt:
        sys.exit(exit_status(interrupt))
    finally:
        lambdas.close()
        reached.close()
    print_json(result)


def check_size(event: JSON) -> None:
    """Raise UsageError for an event that Lambda would not take (Service quotas: 6 MB)."""
    size = len(to_json_text(event).encode("utf-8", "surrogatepass"))
    if size > MAX_EVENT:
        raise UsageError(f"the event has {size:,} bytes; Lambda takes at most {MAX_EVENT:,}")


def named_file(function: str, options: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the name to call and the `--function` options, with one more where FILE:HANDLER is given."""
    file, _, _ = function.rpartition(":")
    if Path(file).suffix not in SUFFIXES:
        return function, options
    name = Path(file).stem
    return name, (f"{name}={function}", *options)


def check_named(options: tuple[str, ...], function: str) -> None:
    """Raise UsageError for a `--function` that is not of the function that is called."""
    for option in options:
        name = option.partition("=")[0]
        if "=" in option and function_name(name) not in names_of(function):
            raise UsageError(
                f"--function {option}: '{name}' is not called; `aslrun invoke` runs {function_name(function)}"
            )


def place_of(text: str) -> Path:
    """Return the file or folder that `--from` names; UsageError if it is not there."""
    from aslrun.document.definitions import split_reference

    path = Path(split_reference(text)[0])
    if not path.exists():
        raise UsageError(f"there is no {text}")
    return path


def functions_beside(path: Path, options: tuple[str, ...], template: Template | None) -> Functions:
    """Return the functions that lie beside a definition or in a folder, and those of a template."""
    from aslrun.functions.template import functions_of

    declared = functions_of(template) if template else ()
    return Functions({}, options, path if path.is_dir() else path.parent, declared)


def physical_name(function: str, template: Template | None) -> str:
    """Return a function's name, with a template's name for it in place of its logical id."""
    id = function_name(function)
    if template is None or id not in template.resources:
        return function
    return function.replace(id, template.name(id), 1)
