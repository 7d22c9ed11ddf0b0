"""What commands write: results to stdout, what else there is to say to stderr, files as a whole.

Text that an encoding cannot show is written with escapes. A stdout that takes no more is one message; a
stderr that does not is passed over, since there is nowhere to say so.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from errno import EPIPE
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.document.printable import printable_json
from aslrun.document.writing import check_target, write_file
from aslrun.errors import UsageError
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import ChildExecution, Execution

__all__ = ["check_target", "write_file"]


def echo(text: str, end: str = "\n") -> None:
    """Print a text to stdout; what it cannot show, such as half of a surrogate pair, is escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    _print((text + end).encode(encoding, "backslashreplace").decode(encoding))


def echo_bytes(data: bytes) -> None:
    """Print data to stdout as it is."""
    _print(data)


def _print(data: str | bytes) -> None:
    import click

    if sys.stdout is None:
        raise UsageError("the result cannot be printed: stdout is closed")
    try:
        click.echo(data, nl=False)
    except OSError as wrong:
        if wrong.errno == EPIPE:
            raise
        drop_stdout()
        raise UsageError(f"the result cannot be printed to stdout: {wrong.strerror}") from None


def is_terminal(stream: object) -> bool:
    """Tell whether stdout or stderr is a terminal; a closed one is none."""
    try:
        return isinstance(stream, io.IOBase) and stream.isatty()
    except ValueError:
        return False


def drop_stdout() -> None:
    """Let what stdout still holds go nowhere, so that Python's own end does not fail on it as well."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(text: str, end: str = "\n") -> None:
    """Print a text to stderr."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with suppress(OSError):
        import click

        click.echo((text + end).encode(encoding, "backslashreplace").decode(encoding), err=True, nl=False)


def print_json(value: JSON) -> None:
    """Print `value` as indented JSON; ASCII only where stdout cannot show more."""
    plain = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "") != "utf8"
    echo(printable_json(json.dumps(value, ensure_ascii=plain, indent=2)))


def write(data: str | bytes, output: str | None, what: str) -> None:
    """Write a result to a file, or to stdout where none is named; UsageError where that cannot be done."""
    if output is not None:
        write_file(output, what, [data])
    elif isinstance(data, bytes):
        echo_bytes(data)
    else:
        echo_bytes(data.encode("utf-8", "backslashreplace"))


def write_history(execution: Execution | ChildExecution, path: Path, sources: Sequence[str] = ()) -> None:
    """Write the events recorded so far as `{"events": [...]}`, with "logs" beside them if functions printed
    something; those of child number N of a distributed Map go to a file of their own, `run.MAP.N.json` for
    `run.json`, and so do those of other machines' executions, `run.MACHINE.N.json`. One after the other is
    made and written; none over the files in `sources`."""
    write_file(str(path), "the history", _history_text(execution))
    counts: Counter[str] = Counter()
    for started in getattr(execution, "started", ()):
        counts[started.machine_name] += 1
        file = child_path(path, started.machine_name, counts[started.machine_name])
        write_history(started, file, sources)
    for child in execution.children:
        counts[child.map] += 1
        file = child_path(path, child.map, counts[child.map])
        if sources:
            check_target(str(file), "the history", sources)
        write_history(child, file, sources)


def _history_text(execution: Execution | ChildExecution) -> Iterator[str]:
    """Yield the text of a history, a line for each event."""
    from aslrun.history.text import event_texts

    yield '{"events": [\n'
    yield from _joined(event_texts(execution.journal))
    yield "\n]"
    about = {"executionArn": execution.id, "stateMachineArn": execution.machine_arn}
    yield f',\n"execution": {json.dumps(about)}'
    if execution.logs:
        yield f',\n"logs": {json.dumps(execution.logs, ensure_ascii=False)}'
    if invocations := execution.invocations:
        told = {id: [one._asdict() for one in made] for id, made in invocations.items()}
        yield f',\n"invocations": {json.dumps(told, ensure_ascii=False)}'
    yield "}\n"


def _joined(lines: Iterable[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        yield before + line
        before = ",\n"


def child_path(path: Path, map: str, number: int) -> Path:
    """Return the file of the history of a distributed Map's child, beside that of its parent."""
    name = re.sub(r"[^\w-]", "_", map)
    return path.with_name(f"{path.stem}.{name}.{number}{path.suffix}")
