"""The command line in this process: what a command prints and how it ends, without a process for each."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import chdir, getcwd
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from aslrun.cli import run


def run_command(*args: str, cwd: Path | None = None, stdin: str = "") -> CompletedProcess[str]:
    """Run `aslrun ARGS` in a folder; the streams are no terminals."""
    given, out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(3))
    given.buffer.write(stdin.encode("utf-8", "surrogatepass"))
    given.seek(0)
    with (
        _inside(cwd),
        patch.object(sys, "argv", ["aslrun", *args]),  # for --watch
        patch.object(sys, "stdin", given),
        patch.object(sys, "stdout", out),
        patch.object(sys, "stderr", err),
    ):
        status = run(args)
    return CompletedProcess(args, status, _written(out), _written(err))


@contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    before = getcwd()
    if folder is not None:
        chdir(folder)
    try:
        yield
    finally:
        chdir(before)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8").replace("\r\n", "\n")
