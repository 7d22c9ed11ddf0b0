"""`aslrun redrive`: an execution that came to a bad end goes on from there."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.output import say
from aslrun.errors import UsageError

if TYPE_CHECKING:
    from aslrun.server.serving import Server
    from aslrun.store import Store


@click.command()
@click.argument("execution", metavar="EXECUTION")
@click.option("--store", type=FILE, default=".aslrun/aslrun.db", show_default=True,
              metavar="FILE|postgresql://…", help="Where it is kept.")  # fmt: skip
@click.option("--mock-config", type=FILE, metavar="FILE",
              help="Mocked services, as Step Functions Local has them.")  # fmt: skip
@click.option("--function", "function_files", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a Lambda function is; may be repeated.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all that is known of it, as JSON.")
@click.option("--quiet", is_flag=True, help="Do not show what functions print.")
def command(
    execution: str,
    store: str,
    mock_config: str | None,
    function_files: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a failed, stopped or timed-out execution again from where it failed, and print its output.

    EXECUTION is its ARN or its name. States that succeeded are not run again, branches and iterations that
    did are kept. Where a server has the store, ask that: `aws stepfunctions redrive-execution`.
    """
    if "://" not in store and not os.path.exists(store):
        raise UsageError(f"there is no store {store}; name the one that the server had with --store")
    try:
        from aslrun.server.serving import Server, Settings
    except ImportError as missing:
        raise UsageError(f"{missing.name} is not installed: pip install 'aslrun[server]'") from None
    from aslrun.cli.execute import tell
    from aslrun.cli.signals import exit_status
    from aslrun.functions.log import show_nothing, show_on_stderr
    from aslrun.store.redrivable import NotRedrivable

    settings = Settings(
        port=0,
        store=store,
        mock_config=mock_config,
        function_files=function_files,
        resume=False,
        show=show_nothing if quiet else show_on_stderr,
    )
    with Server(settings) as server:
        arn = arn_of(execution, server.store)
        try:
            run(server, arn)
        except NotRedrivable as why:
            raise UsageError(f"{execution} cannot be redriven: {why}") from None
        except KeyboardInterrupt as interrupt:
            say(f"aslrun: {execution} goes on with the next server that has the store {store}")
            sys.exit(exit_status(interrupt))
        redriven = server.engine.running.history_of(arn)
    assert redriven is not None
    tell(redriven, as_json, quiet, None)


def arn_of(execution: str, store: Store) -> str:
    """Return the ARN of an execution that is given by its ARN or its name."""
    if execution.startswith("arn:"):
        found = [one for one in [store.execution(execution)] if one is not None]
    else:
        found = store.named(execution)
    if not found:
        raise UsageError(f"the store has no execution {execution}")
    if len(found) > 1:
        told = "".join(f"\n  {one.arn}" for one in found)
        raise UsageError(f"several executions are named {execution}; give the ARN of one:{told}")
    return found[0].arn


def run(server: Server, arn: str) -> None:
    """Redrive an execution, and wait until it has ended."""
    ended = threading.Event()
    server.engine.running.redrive(arn)
    server.engine.watch(arn, lambda record: ended.set())
    while not ended.wait(0.5):  # a wait without an end would not be interrupted on Windows
        pass
