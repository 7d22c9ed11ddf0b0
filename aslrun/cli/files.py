"""What commands share: reading what the user names, and writing what they are to get."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aslrun.errors import UsageError
from aslrun.values import JSON, from_json_text

if TYPE_CHECKING:
    from aslrun.execution import ChildExecution, Execution


def read_substitutions(given: Iterable[str]) -> dict[str, str]:
    """Return what `--substitute` options give, by name; UsageError for one that is not NAME=VALUE."""
    values: dict[str, str] = {}
    for option in given:
        name, equals, value = option.partition("=")
        if not name or not equals:
            raise UsageError(f"--substitute {option}: write NAME=VALUE, for example Stage=dev")
        values[name] = value
    return values


def read_input(given: str | None, what: str = "input") -> JSON:
    """Return the input that an option names: a file, `-` for stdin, or JSON text; else UsageError."""
    if given is None:
        return {}
    if given == "-":
        return parse_input(sys.stdin.read(), f"the {what} on stdin")
    if given.startswith("file://"):  # as the AWS CLI has it: file://in.json, file:///tmp/in.json
        given = given.removeprefix("file://")
    if Path(given).is_file():
        return parse_input(read_text(given), given)
    if given.lstrip()[:1] in ("{", "[", '"'):
        return parse_input(given, f"the {what}")
    try:
        return from_json_text(given)
    except ValueError:
        raise UsageError(
            f"there is no {what} file {given}; give a file, - for stdin, or JSON text like '{{}}'"
        ) from None


def parse_input(text: str, where: str) -> JSON:
    """Return the value of JSON text; UsageError, with where it is from, if it is not JSON."""
    try:
        return from_json_text(text)
    except json.JSONDecodeError as wrong:
        raise UsageError(f"{where} is not JSON: {show_place(text, wrong)}") from None
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"{where} is not JSON: {wrong}") from None


def show_place(text: str, wrong: json.JSONDecodeError) -> str:
    """Return what is wrong with JSON text and where, with the line and a caret under the place."""
    from aslrun.document.spans import Text
    from aslrun.views.diagnostics import excerpt

    source = Text("", text)
    span = source.span(wrong.pos, wrong.pos + 1)
    line, caret = excerpt(source.line_text(span.line), span)
    return f"{wrong.msg} at line {span.line}, column {span.column}\n    {line}\n    {caret}".rstrip()


def read_text(path: str) -> str:
    """Return a file's text; UsageError if it cannot be read as UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{path} is not UTF-8: {wrong}") from None
    except OSError as wrong:
        raise UsageError(f"{path} cannot be read: {wrong.strerror}") from None


def read_history(path: str) -> list[Mapping[str, Any]]:
    """Return the events of a history file; UsageError if it is no history, or an empty one."""
    from aslrun.history.table import read_events

    events = read_events(read_text(path), path)
    if not events:
        raise UsageError(f"{path} is a history without events")
    return events


def read_pages(paths: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the events of a history's pages, in the order of their ids; UsageError if there are none."""
    return merge_pages(paths)[0]


def merge_pages(paths: Sequence[str]) -> tuple[list[Mapping[str, Any]], dict[int, list[str]]]:
    """Return what `read_recording` does, of all pages of a history; UsageError if there are no events."""
    from aslrun.history.table import read_recording

    events: dict[int, Mapping[str, Any]] = {}
    logs: dict[int, list[str]] = {}
    for path in paths:
        for page in documents(sys.stdin.read() if path == "-" else read_text(path)):
            of_page, of_functions = read_recording(page, path)
            events |= {event["id"]: event for event in of_page}
            logs |= of_functions
    if not events:
        raise UsageError(f"{', '.join(paths)}: a history without events")
    return [events[id] for id in sorted(events)], logs


def documents(text: str) -> list[str]:
    """Return the JSON documents that follow each other in a text; a text that is none is left as it is."""
    found, at, decoder = [], 0, json.JSONDecoder()
    text = text.strip()
    while at < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return [text]
        found.append(text[at:end])
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found or [text]


def write(data: bytes, output: str | None) -> None:
    """Write a drawing to a file or to stdout."""
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as wrong:
        raise UsageError(f"the drawing cannot be written to {output}: {wrong.strerror}") from None


def write_history(execution: Execution | ChildExecution, path: Path) -> None:
    """Write the events recorded so far as `{"events": [...]}`, with "logs" beside them if functions printed
    something; those of child number N of a distributed Map go to a file of their own, `run.MAP.N.json` for
    `run.json`."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            encode = json.JSONEncoder(ensure_ascii=False).encode
            # A line for each event; the encoder is quick only without indentation.
            lines = ",\n".join(encode(event) for event in execution.history)
            logs = f',\n"logs": {encode(execution.logs)}' if execution.logs else ""
            file.write(f'{{"events": [\n{lines}\n]{logs}}}\n')
    except OSError as wrong:
        raise UsageError(f"the history cannot be written to {path}: {wrong.strerror}") from None
    counts: Counter[str] = Counter()
    for child in execution.children:
        counts[child.map] += 1
        write_history(child, child_path(path, child.map, counts[child.map]))


def child_path(path: Path, map: str, number: int) -> Path:
    """Return the file of the history of a distributed Map's child, beside that of its parent."""
    name = re.sub(r"[^\w-]", "_", map)
    return path.with_suffix(f".{name}.{number}{path.suffix}")


def print_json(value: JSON) -> None:
    """Print `value` as indented JSON; ASCII only where stdout cannot show more."""
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=plain, indent=2))


def print_report(report: str) -> None:
    """Print to stdout; what it cannot show, such as half of a surrogate pair, is escaped."""
    encoding = sys.stdout.encoding or "ascii"
    click.echo(report.encode(encoding, "backslashreplace").decode(encoding), nl=False)
