"""`aslrun test-state`: run one state as the TestState API does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from aslrun.cli.completion import FILE
from aslrun.document.printable import printable
from aslrun.values import JSON

STATUS = {"ValidationException": 2, "ParamValidationError": 2}
"""Exit status by the name of an API error; any other, and a state that fails, is 1."""


@click.command()
@click.argument("request", type=FILE)
@click.option("--output", type=FILE, metavar="FILE", help="Write the response to a file. [stdout]")
@click.option("--function", "functions", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a Lambda function is; may be repeated.")  # fmt: skip
@click.option("--http-private", is_flag=True, help="Let an HTTP Task go to an address that is not public.")
def command(request: str, output: str | None, functions: tuple[str, ...], http_private: bool) -> None:
    """Run the one state that REQUEST (a file, - for stdin, or JSON text) tells of.

    The request and the response are those of the TestState API; an error of the API is
    {"error": {"code": ..., "message": ...}}. A Task that is not mocked calls a Lambda function that lies
    beside REQUEST, or makes its HTTP request.
    """
    from aslrun.cli.files import is_there, read_input
    from aslrun.cli.output import check_target, say
    from aslrun.teststate import answer

    if output is not None:
        check_target(output, "the response", [request] if is_there(request) else [])

    folder = Path(request).parent if is_there(request) else Path()
    response = answer(read_input(request, "request"), folder, functions, http_private)
    write(response, output)
    error = response.get("error")
    if isinstance(error, dict):
        say("aslrun: " + "\n".join(map(printable, str(error["message"]).split("\n"))))
        sys.exit(STATUS.get(str(error["code"]), 1))
    if response["status"] == "FAILED":
        sys.exit(1)


def write(response: JSON, output: str | None) -> None:
    """Write the response as JSON, to a file or to stdout."""
    from aslrun.cli.output import print_json, write_file

    if output is None:
        print_json(response)
    else:
        write_file(output, "the response", [json.dumps(response, ensure_ascii=False, indent=2), "\n"])
