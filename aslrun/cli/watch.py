"""`--watch`: the command again, in a process of its own, whenever a file it depends on is saved."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import click

from aslrun.errors import UsageError

SUFFIXES = frozenset({".json", ".yaml", ".yml", ".toml", ".py", ".js", ".mjs", ".cjs", ".ts", ".template"})
"""Files that a run may depend on: definitions, templates, handlers, inputs, mocks, settings."""
PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
"""Folders that are not looked into, beside those whose names begin with a dot."""
MOST = 5_000
"""Files that are looked at."""
PAUSE = 0.3
"""Seconds between two looks. Saving a file twice within one is one change."""

Stamps: TypeAlias = dict[str, tuple[int, int]]

watch_option = click.option(
    "--watch", is_flag=True, help="Do it again whenever a file is saved; Ctrl-C ends."
)


def run_again(sources: Iterable[str | None], written: Iterable[str | None] = ()) -> None:
    """Run this command without `--watch`, and again after each change, until it is interrupted.

    Args:
        sources: what the command reads: files (`FILE:ID` too) and folders; those that are no such thing, such
            as JSON text, count for nothing. The files in their folders are looked at too.
        written: what the command writes; a change of these is none.

    Raises UsageError where a source is stdin, which can be read only once.
    """
    import subprocess

    from aslrun.cli.output import say
    from aslrun.cli.signals import exit_status
    from aslrun.document.printable import printable

    given = [source for source in sources if source is not None]
    if "-" in given:
        raise UsageError("--watch reads its files again and again, which stdin cannot be; name a file")
    folders = sorted({str(folder) for source in given if (folder := _folder_of(source))}) or ["."]
    outputs = {os.path.abspath(path) for path in written if path is not None}
    command = [sys.executable, "-m", "aslrun", *(one for one in sys.argv[1:] if one != "--watch")]
    try:
        before = stamps(folders, outputs)
        while True:
            subprocess.run(command, check=False)
            say(printable(f"aslrun: watching {len(before)} files in {', '.join(folders)}; Ctrl-C ends"))
            before, changed = next_change(before, lambda: stamps(folders, outputs), time.sleep)
            more = " …" if len(changed) > 3 else ""
            say("\n" + printable(f"aslrun: {', '.join(changed[:3])}{more} changed"))
    except KeyboardInterrupt as interrupt:
        sys.exit(exit_status(interrupt))


def next_change(
    before: Stamps, look: Callable[[], Stamps], sleep: Callable[[float], None]
) -> tuple[Stamps, list[str]]:
    """Return what there is once something has changed, and the files that did."""
    while True:
        sleep(PAUSE)
        now = look()
        if now != before:
            changed = {path for path, _ in before.items() ^ now.items()}
            return now, sorted(map(os.path.relpath, changed))


def stamps(folders: Iterable[str], outputs: Iterable[str] = ()) -> Stamps:
    """Return the time of the last change and the size of each file that a run may depend on."""
    found: Stamps = {}
    passed_over = set(outputs)
    for path in (path for folder in folders for path in _files_in(folder)):
        if len(found) == MOST:
            break
        if path not in passed_over:
            try:
                told = os.stat(path)
            except OSError:  # it is just being replaced
                continue
            found[path] = (told.st_mtime_ns, told.st_size)
    return found


def _files_in(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(os.path.abspath(folder)):
        folders[:] = sorted(one for one in folders if one[0] != "." and one not in PASSED_OVER)
        yield from (os.path.join(root, one) for one in files if os.path.splitext(one)[1] in SUFFIXES)


def _folder_of(source: str) -> Path | None:
    from aslrun.document.definitions import split_reference

    path = Path(split_reference(source)[0])
    try:
        return path if path.is_dir() else path.parent if path.is_file() else None
    except (OSError, ValueError):  # JSON text is no name of a file
        return None
