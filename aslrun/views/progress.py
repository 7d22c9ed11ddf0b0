"""An execution's progress: what it is doing, while it runs; a short summary at its end.

A thread reads the journal, on a terminal ten times a second. rich costs 90 ms to import: an execution that is
over sooner than a person could read pays nothing for it. Where stderr is no terminal, one that takes long
gets a plain line now and then.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING

import click

from aslrun.document.printable import printable, printable_log
from aslrun.functions.log import show_on_stderr
from aslrun.timestamps import duration_text
from aslrun.views.summary import summarise

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from aslrun.execution import Execution
    from aslrun.views.running import Doing, MapProgress, Running

PATIENCE = 0.25
"""Seconds that an execution may take before anything is shown."""
INTERVAL = 0.1
"""Seconds between what is displayed."""
MAX_LINES = 12
"""Lines of Maps and states that are shown at once."""
PLAIN_INTERVAL = 0.5
"""Seconds after which the journal is read where there is no display."""
PLAIN_PAUSES = (10.0, 10.0, 10.0, 30.0, 60.0)
"""Seconds before each plain line; the last goes on."""


class Progress:
    """Shows one execution on stderr. `is_due` says whether a summary is: always on a terminal, elsewhere
    after lines on the progress."""

    def __init__(self, machine: str, is_terminal: bool) -> None:
        self.is_due = is_terminal
        self._is_terminal = is_terminal
        self._machine = machine
        self._began = 0.0
        self._took = 0.0
        self._ended = threading.Event()
        # Whoever writes to the terminal or starts or ends the display holds it.
        self._lock = threading.Lock()
        self._live: Live | None = None

    def show(self, function: str, line: str) -> None:
        """Show a line of a function's log, above what is displayed."""
        with self._lock:
            if self._live is None:
                show_on_stderr(function, line)
            else:
                from rich.text import Text

                self._live.console.print(
                    Text.from_ansi(f"{printable(function)} | {printable_log(line)}"), soft_wrap=True
                )

    @contextmanager
    def watching(self, execution: Execution) -> Iterator[None]:
        """Display what `execution` does, as long as it runs in here."""
        self._began = time.perf_counter()
        watch = self._display if self._is_terminal and not is_dumb() else self._tell
        threading.Thread(target=watch, args=(execution,), name="aslrun-progress", daemon=True).start()
        try:
            yield
        finally:
            self._took = time.perf_counter() - self._began
            with self._lock:
                self._ended.set()
                if self._live is not None:
                    self._live.stop()
                    self._live = None

    def summarise(self, execution: Execution) -> None:
        """Print the summary of the execution, which has ended."""
        headline, *lines = summarise(execution, self._took).split("\n")
        if self._is_terminal and uses_colour():
            headline = click.style(headline, fg="green" if execution.status == "SUCCEEDED" else "red")
        with suppress(OSError):  # stderr may be full or closed
            click.echo("\n".join([headline, *lines]), err=True)

    def _display(self, execution: Execution) -> None:
        """Display what the execution does until it has ended."""
        if self._ended.wait(PATIENCE):
            return
        from rich.console import Console
        from rich.live import Live

        from aslrun.views.running import Running

        console = Console(stderr=True, highlight=False)
        live = Live(console=console, auto_refresh=False, transient=True,
                    redirect_stdout=False, redirect_stderr=False)  # fmt: skip
        running = Running(execution.journal)
        while not self._ended.wait(INTERVAL):
            now = time.perf_counter()
            running.read(now)
            whole = whole_text(running, self._machine, now - self._began, execution.waited)
            frame = render_frame(running, whole, now, min(MAX_LINES, max(1, console.height - 2)))
            with self._lock:
                if self._ended.is_set():
                    return
                self._live = live
                live.start()
                live.update(frame, refresh=True)

    def _tell(self, execution: Execution) -> None:
        """Write a line on what the execution does now and then, until it has ended."""
        if self._ended.wait(PLAIN_INTERVAL):
            return
        from aslrun.views.running import Running

        running = Running(execution.journal)
        pauses = chain(PLAIN_PAUSES, repeat(PLAIN_PAUSES[-1]))
        due = self._began + next(pauses)
        while not self._ended.wait(PLAIN_INTERVAL):
            now = time.perf_counter()
            running.read(now)
            if now < due:
                continue
            due = now + next(pauses)
            whole = whole_text(running, self._machine, now - self._began, execution.waited)
            with self._lock, suppress(OSError):
                self.is_due = True
                click.echo(printable(f"{whole}: {plain_text(running, now)}"), err=True)


def uses_colour() -> bool:
    """Tell whether stderr, a terminal, is to show colours (no-color.org)."""
    return not os.environ.get("NO_COLOR") and not is_dumb()


def is_dumb() -> bool:
    """Tell whether the terminal can only write line after line."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def whole_text(running: Running, machine: str, elapsed: float, skipped: float) -> str:
    """Return what there is to say of the whole; `elapsed` and `skipped` are seconds."""
    told = [f"{machine} runs for {seconds_text(elapsed)}", f"{running.events:,} events"]
    if skipped:
        told.insert(1, f"{seconds_text(skipped)} of waiting skipped")
    return ", ".join(told)


def plain_text(running: Running, now: float, most: int = 4) -> str:
    """Return Maps and states in one line: `PackAll 312 of 500, Pack (2.5 s)`."""
    told = [f"{map.name} {map_text(map, now)}" for map in running.maps()]
    told += [f"{doing.name} ({doing_text(doing, now)})" for doing in running.doing()]
    rest = [f"{len(told) - most} more"] if len(told) > most else []
    return ", ".join([*told[:most], *rest]) or running.latest


def render_frame(running: Running, whole: str, now: float, most: int = MAX_LINES) -> RenderableType:
    """Return what is displayed: the line on the whole, and at most `most` lines on Maps and states.

    `now` is the time of the clock that `running` was read by.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis", min_width=10, max_width=40, style="cyan")
    table.add_column(no_wrap=True, overflow="ellipsis")
    rows: list[tuple[str, RenderableType]] = [(map.name, map_bar(map, now)) for map in running.maps()]
    rows += [(doing.name, Text(doing_text(doing, now))) for doing in running.doing()]
    if len(rows) > most:
        rows[most - 1 :] = [(f"… {len(rows) - most + 1} more", Text())]
    for name, what in rows or [(running.latest, Text())]:
        table.add_row(Text(f"  {printable(name)}"), what)
    return Group(Text(printable(whole), no_wrap=True, overflow="ellipsis"), table)


def map_bar(map: MapProgress, now: float) -> RenderableType:
    """Return a bar, and the numbers of a Map."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column()
    table.add_column(no_wrap=True, overflow="ellipsis")
    bar = ProgressBar(total=max(map.items, 1), completed=map.succeeded + map.failed, width=24)
    table.add_row(bar, Text(map_text(map, now), "red" if map.failed else ""))
    return table


def map_text(map: MapProgress, now: float) -> str:
    """Return how far a Map is: `312 of 500, 2 failed`; of a distributed one also how fast, and how long the
    rest may take: `312 of 500, 31/s, 6.1 s left`. Until all items are read it is not known how many there
    are."""
    ended = map.succeeded + map.failed
    told = [f"{ended:,} of {map.items:,}" if map.is_all else f"{ended:,} so far"]
    if map.failed:
        told.append(f"{map.failed:,} failed")
    took = 0.0 if map.since is None else now - map.since
    if ended and took >= 1:
        rate = ended / took
        told.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        if map.is_all:
            told.append(f"{seconds_text((map.items - ended) / rate)} left")
    return ", ".join(told)


def doing_text(doing: Doing, now: float) -> str:
    """Return how long a state has been going on, how many times at once, and its retries."""
    longest = seconds_text(now - doing.since)
    parts = [longest] if doing.visits == 1 else [f"{doing.visits} at once", f"up to {longest}"]
    if doing.retries:
        parts.append("1 retry" if doing.retries == 1 else f"{doing.retries} retries")
    return ", ".join(parts)


def seconds_text(seconds: float) -> str:
    """Return a time that grows while it is looked at: tenths of seconds, whole ones from a minute on."""
    return f"{seconds:.1f} s" if seconds < 60 else duration_text(seconds)
