"""Text of the user's data as a line of a terminal or of a CI's log may show it.

What comes from definitions, inputs, names and errors is never taken as a command: control characters could
move the cursor or set a clipboard, a line break could begin a line that a CI system obeys
(`::error::`, GitHub: "Workflow commands"), `##[` and `##vso[` are such commands wherever they stand (Azure
Pipelines: "Logging commands"), and characters that turn the direction of writing hide what a text says.
"""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_UNPRINTABLE = re.compile(rf"[{_CONTROLS}]|##(?=\[|vso\[)")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m|\t)")
_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_OUR_LINES = re.compile(r"\n(?=  )")
_OBEYED = re.compile(r"^(\s*)::")
_NAMES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "##": r"\x23#"}


def _escaped(match: re.Match[str]) -> str:
    text = match[0]
    if text in _NAMES:
        return _NAMES[text]
    code = ord(text)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    """Return a text in one line: what could not be seen, or would be obeyed, is written as an escape."""
    return (
        text
        if text.isascii() and text.isprintable() and "##" not in text
        else (_UNPRINTABLE.sub(_escaped, text))
    )


def printable_lines(text: str) -> str:
    """Return a message of ours, whose further lines are indented, with all else as `printable` has it."""
    return "\n".join(_OBEYED.sub(r"\1\\x3a:", printable(line)) for line in _OUR_LINES.split(text))


def printable_log(line: str) -> str:
    """Return a line that a function printed, as `printable` does; its colours and tabs stay."""
    if line.isascii() and line.isprintable():
        return printable(line)
    parts = _COLOUR.split(line)
    return "".join(part if number % 2 else printable(part) for number, part in enumerate(parts))


def printable_source(line: str) -> str:
    """Return a line of a file with as many characters as it has, so that a caret stands under its place: a
    control character becomes its picture (Unicode: "Control Pictures") or U+FFFD; tabs stay."""
    return re.sub(rf"(?!\t)[{_CONTROLS}]", _picture, line)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def printable_json(text: str) -> str:
    """Return JSON text with escapes for what JSON allows in a string and a terminal should not get, and for
    halves of surrogate pairs, which no encoding has. It is the same value."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
