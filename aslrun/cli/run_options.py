"""The options of commands that run a machine, read into one `RunOptions`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aslrun.options import ChildHistory

OPTIONS = (
    click.option("--time", "clock", type=click.Choice(["virtual", "real"]), default="virtual",
                 show_default=True, help="Jump over waits and retry delays, or really wait."),
    click.option("--name", help="The execution's name. [a UUID]"),
    click.option("--function", "function_files", multiple=True, metavar="NAME=FILE:HANDLER",
                 help="Where a Lambda function is; may be repeated."),
    click.option("--mock", "answers", multiple=True, metavar="STATE=JSON|STATE!ERROR=CAUSE",
                 help="What a Task is answered, or fails with; repeated: one answer for each call."),
    click.option("--partial", is_flag=True,
                 help="Run also where nothing answers some of the Tasks."),
    click.option("--http-private", is_flag=True,
                 help="Let HTTP Tasks go to addresses that are not public."),
    click.option("--seed", help="Make UUIDs, random numbers and jitter the same in each run."),
    click.option("--quota", type=click.Choice(["on", "off"]), default="on", show_default=True,
                 help="Hold the service's limits on events and sizes, or lift them."),
    click.option("--logs", "reports", is_flag=True,
                 help="Add START, END and REPORT to what functions print on stderr."),
    click.option("--cold", is_flag=True, help="Start a fresh worker for each invocation of a function."),
    click.option("--child-history", type=click.Choice(["on-disk", "off"]), default="on-disk",
                 show_default=True,
                 help="Keep the histories of distributed Maps' children in a temporary file, or not."),
    click.option("--map-workers", metavar="here|NUMBER|dask:NUMBER|tcp://HOST:PORT",
                 help="Who runs the children of distributed Maps: this process, as many processes, or Dask."),
    click.option("--workers", type=click.IntRange(1), metavar="NUMBER",
                 help="How many functions run at once; further ones wait. [one for each 128 MB, at most 64]"),
    click.option("--aws", metavar="local|URL|real|off",
                 help="Where calls to AWS go, also those of functions. [local, with the extra aws]"),
    click.option("--aws-dump", metavar="DIR", type=click.Path(file_okay=False),
                 help="Write what is in the local AWS at the end to a folder."),
)  # fmt: skip


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options in `OPTIONS`; it gets them as one argument, `options`, a `RunOptions`."""

    @wraps(command)
    def call(
        clock: str,
        name: str | None,
        function_files: tuple[str, ...],
        answers: tuple[str, ...],
        partial: bool,
        http_private: bool,
        seed: str | None,
        quota: str,
        reports: bool,
        cold: bool,
        child_history: ChildHistory,
        map_workers: str | None,
        workers: int | None,
        aws: str | None,
        aws_dump: str | None,
        **others: Any,
    ) -> None:
        from aslrun.cli.answers import read_answers
        from aslrun.drivers.clock import CLOCKS
        from aslrun.options import RunOptions

        options = RunOptions(
            function_files=function_files,
            mocks=read_answers(answers),
            partial=partial,
            http_private=http_private,
            name=name,
            clock=CLOCKS[clock](),
            seed=seed,
            quota=quota == "on",
            reports=reports,
            cold=cold,
            child_history=child_history,
            map_workers=map_workers,
            workers=workers,
            aws=aws,
            aws_dump=aws_dump,
        )
        command(options=options, **others)

    for option in reversed(OPTIONS):
        call = option(call)
    return call
