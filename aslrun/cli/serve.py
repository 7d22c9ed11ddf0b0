"""`aslrun serve`: the Step Functions API on this machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE
from aslrun.cli.json_log import json_line, json_lines
from aslrun.cli.output import say
from aslrun.document.printable import printable, printable_lines
from aslrun.errors import AslrunError, UsageError
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.server.serving import Server
    from aslrun.store.records import Sync

OPEN = "whoever reaches this machine can use it: nobody is asked who they are"
"""What is said of an address that is not this machine's own."""


@click.command()
@click.argument("files", type=FILE, nargs=-1, metavar="[FILE...]")
@click.option("--port", type=click.IntRange(0, 65_535), default=8083, show_default=True,
              help="The port to listen on; 0 for a free one.")  # fmt: skip
@click.option("--api-port", type=click.IntRange(0, 65_535), default=3000, show_default=True,
              help="The port of the HTTP APIs that templates have; 0 for a free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="The address to listen on. Nobody is asked who they are.")  # fmt: skip
@click.option("--store", type=FILE, default=".aslrun/aslrun.db", show_default=True,
              metavar="FILE|memory|postgresql://…",
              help="Where machines and executions are kept.")  # fmt: skip
@click.option("--sync", type=click.Choice(["normal", "full"]), default="normal", show_default=True,
              help="In a file: lose nothing when the process dies, or when power fails.")  # fmt: skip
@click.option("--time", "clock", type=click.Choice(["real", "virtual"]), default="real", show_default=True,
              help="Really wait, or jump over waiting whenever all executions wait.")  # fmt: skip
@click.option("--time-scale", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              metavar="NUMBER", help="How many seconds go by in a real one.")  # fmt: skip
@click.option("--seed", help="Make names, UUIDs, random numbers and task tokens the same in each run.")
@click.option("--mock-config", type=FILE, metavar="FILE",
              help="Mocked services, as Step Functions Local has them.")  # fmt: skip
@click.option("--function", "function_files", multiple=True, metavar="NAME=FILE:HANDLER",
              help="Where a Lambda function is; may be repeated.")  # fmt: skip
@click.option("--aws", metavar="local|off|real|URL",
              help="Where calls to AWS go; local is at this port, too. [local, if installed]")  # fmt: skip
@click.option("--http-private", is_flag=True,
              help="Let HTTP Tasks go to addresses that are not public.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Update machines and functions as their files are saved.")
@click.option("--quiet", is_flag=True, help="Do not show what functions print, nor what events do.")
@click.option("--json-log", is_flag=True,
              help="Tell of all that happens as JSON objects on stderr. --quiet: not of prints.")  # fmt: skip
def command(
    files: tuple[str, ...],
    port: int,
    api_port: int,
    host: str,
    store: str,
    sync: Sync,
    clock: str,
    time_scale: float,
    seed: str | None,
    mock_config: str | None,
    function_files: tuple[str, ...],
    aws: str | None,
    http_private: bool,
    watch: bool,
    quiet: bool,
    json_log: bool,
) -> None:
    """Serve the API of Step Functions, and that of Lambda as far as functions are made and called, until
    Ctrl-C.

    The state machines in FILES (definitions, templates, folders) are there from the start. What runs when
    the server ends goes on with the next one on the same --store.
    """
    if clock == "virtual" and time_scale != 1.0:
        raise UsageError("--time-scale is for --time real; a virtual clock jumps over waiting")
    if sync == "full" and (store == "memory" or "://" in store):
        raise UsageError("--sync full is for a --store in a file; PostgreSQL has its own synchronous_commit")
    if watch and not files:
        raise UsageError("--watch looks at the files that are served; name one")
    if mock_config is not None:
        from aslrun.integrations.mocks import check_configuration

        check_configuration(mock_config)
    try:
        from aslrun.server.serving import Server, Settings
    except ImportError as missing:
        raise UsageError(f"{missing.name} is not installed: pip install 'aslrun[server]'") from None
    from aslrun.functions.log import show_nothing, show_on_stderr

    settings = Settings(
        files=files,
        host=host,
        port=port,
        api_port=api_port,
        store=store,
        sync=sync,
        time=clock,
        scale=time_scale,
        seed=seed,
        mock_config=mock_config,
        function_files=function_files,
        aws=aws,
        http_private=http_private,
        watch=watch,
        show=show_nothing if quiet else show_on_stderr,
        tell=tell,
        json_log=json_log,
    )
    with json_lines() if json_log else nullcontext():
        try:
            with Server(settings) as server:
                if json_log:
                    server.telling.write(listening(server))
                else:
                    say(banner(server), end="")
                while True:
                    time.sleep(3_600)
        except KeyboardInterrupt:
            say(json_line({"event": "ended"}) if json_log else "aslrun: has ended")


def tell(mistake: AslrunError) -> None:
    """Say what is wrong with a file that was saved."""
    from aslrun.cli import show_refusal
    from aslrun.diagnostics import DefinitionError

    if isinstance(mistake, DefinitionError):
        say(show_refusal(mistake), end="")
    else:
        say(f"aslrun: {printable_lines(str(mistake))}")


def banner(server: Server) -> str:
    """Return what is said when the server is ready: where it is, and how clients find it."""
    from aslrun.server.serving import LOOPBACK

    lines = [f"Step Functions at {server.url}, kept in {server.kept_in}; Ctrl-C ends"]
    if server.settings.host not in LOOPBACK:
        lines.insert(0, f"warning: {OPEN}")
    lines += [f"  {line}" for line in settings_lines(server.environment)]
    lines.append(f"  console: {server.url}/")
    lines += [f"  {machine.arn}" for machine in server.machines]
    if server.api_url is not None:
        lines += [f"APIs at {server.api_url}", *(f"  {line}" for line in server.apis.lines)]
    return "".join(f"{printable(line)}\n" for line in lines)


def listening(server: Server) -> dict[str, JSON]:
    """Return the same for programs."""
    from aslrun.server.serving import LOOPBACK

    return {
        "event": "listening",
        "url": server.url,
        "store": server.kept_in,
        "environment": {**server.environment},
        "console": f"{server.url}/",
        "stateMachines": [machine.arn for machine in server.machines],
        "apiUrl": server.api_url,
        "routes": [*server.apis.lines],
        "warning": None if server.settings.host in LOOPBACK else OPEN,
    }


def settings_lines(environment: Mapping[str, str]) -> list[str]:
    """Return the lines for a shell that set variables: where things are, the remedy for `sync-`,
    credentials."""
    told = [f"{name}={value}" for name, value in environment.items()]
    if sys.platform == "win32":
        return [f"set {one}" for one in told]
    end = 1 + max(at for at, one in enumerate(told) if one.startswith("AWS_ENDPOINT_URL"))
    places, remedy, credentials = told[:end], told[end : end + 1], told[end + 1 :]
    return [f"export {' '.join(group)}" for group in (places, remedy, credentials)]
