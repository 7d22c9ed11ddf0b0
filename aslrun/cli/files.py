"""What commands read: files, stdin and texts that the user names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aslrun.errors import UsageError
from aslrun.values import JSON, JSONTextError, from_json_text

if TYPE_CHECKING:
    from aslrun.history.reading import RecordedHistory


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
        return parse_input(read_text("-"), f"the {what} on stdin")
    if given.startswith("file://"):  # as the AWS CLI has it: file://in.json, file:///tmp/in.json
        given = given.removeprefix("file://")
    if is_there(given):
        return parse_input(read_text(given), given)
    if given.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"'):
        return parse_input(given, f"the {what}")
    try:
        return from_json_text(given.removeprefix("\ufeff"))
    except JSONTextError:
        shown = given if len(given) <= 200 else given[:200] + "…"
        raise UsageError(
            f"there is no {what} file {shown}; give a file, - for stdin, or JSON text like '{{}}'"
        ) from None


def is_there(path: str) -> bool:
    """Tell whether a path is there and is no folder: a file, a pipe like `<(command)`. JSON text may be too
    long for the name of a file, or have characters that none has."""
    try:
        return os.path.exists(path) and not os.path.isdir(path)
    except (OSError, ValueError):
        return False


def parse_input(text: str, where: str) -> JSON:
    """Return the value of JSON text; UsageError, with where it is from, if it is not JSON."""
    try:
        return from_json_text(text := text.removeprefix("\ufeff"))
    except JSONTextError as wrong:
        raise UsageError(f"{where} is not JSON: {wrong}{show_place(text, wrong)}") from None


def show_place(text: str, wrong: JSONTextError) -> str:
    """Return the line of JSON text that is wrong, with a caret under the place, where that is known."""
    if wrong.at is None:
        return ""
    from aslrun.document.spans import Text
    from aslrun.views.diagnostics import excerpt

    source = Text("", text)
    span = source.span(wrong.at, wrong.at + 1)
    line, caret = excerpt(source.line_text(span.line), span)
    return f"\n    {line}\n    {caret}".rstrip()


def read_text(path: str) -> str:
    """Return the text of a file, or of stdin for `-`; UsageError if it cannot be read as UTF-8."""
    from aslrun.document import DocumentError
    from aslrun.document import read_text as read

    try:
        return read(path).text
    except DocumentError as wrong:
        raise UsageError(str(wrong)) from None


def read_histories(paths: Sequence[str]) -> RecordedHistory:
    """Return the history whose pages lie in some files, - for stdin; UsageError for what is no history, and
    for one without events."""
    from aslrun.history.reading import read_history

    return read_history((path, read_text(path)) for path in paths)
