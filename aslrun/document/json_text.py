"""JSON text → a document: values, and, where they are asked for, a tree of the offsets they stand at.

Comments (`//`, `/* */`), trailing commas and placeholders (`${Name}`, read as text) are accepted, as people
write them in definitions; nothing else that RFC 8259 does not have. Whatever is wrong is told once, at its
place, with what to write instead.
"""

from __future__ import annotations

import re
from functools import partial
from json import JSONDecoder
from typing import NoReturn

from aslrun.document.json_places import root_of, scanstring
from aslrun.document.spans import Document, Node, Pointer, Text
from aslrun.values import JSON

MAX_DEPTH = 200
"""Objects and lists within each other."""
MAX_DIGITS = 4_000
"""Digits of a number: Python refuses to read more."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
# As most of them are written: no comment is near.
_PLAIN_COLON = re.compile(r"[ \t\r\n]*+:[ \t\r\n]*+(?!/)")
_PLAIN_COMMA = re.compile(r"[ \t\r\n]*+,[ \t\r\n]*+(?![/,])")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
# A template fills it in before anyone reads the text, often with a number: "TimeoutSeconds": ${Limit}.
_PLACEHOLDER = re.compile(r"\$\{[^{}\"\n]+\}")
_WORD = re.compile(r"[A-Za-z_$][\w$]*|\S")
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}
_HINTS = {
    "'": 'write text in double quotes: "..."',
    "True": "write true",
    "False": "write false",
    "None": "write null",
    "undefined": "write null",
}


def parse_json_text(source: Text) -> Document:
    """Read JSON text. Raises DocumentError, with the place, for what is not JSON.

    What plain JSON is but for comments, is read by Python's own reader, and places in it once they are asked
    for.
    """
    try:
        return _read_lazily(source, source.text)
    except (ValueError, RecursionError):
        pass
    try:
        return _read_lazily(source, without_comments(source.text))
    except (ValueError, RecursionError):
        return read_with_places(source)


def _read_lazily(source: Text, text: str) -> Document:
    """Return the document of a plain text, which has all that `source` has at the same offsets."""
    return Document(source, read_plainly(text), partial(root_of, text), (), string_offsets)


def without_comments(text: str) -> str:
    """Return JSON text with blanks in the place of comments, so that all else stands where it stood."""
    pieces, at = list[str](), 0
    while found := _UP_TO_COMMENT.match(text, at):
        pieces += found[1], " " * len(found[2])
        at = found.end()
    return "".join(pieces) + text[at:]


# Strings are passed over as a whole: what looks like a comment in them is none.
_UP_TO_COMMENT = re.compile(
    r'((?:[^"/]++|"(?:[^"\\]++|\\.)*+"|/(?![/*]))*+)(//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)', re.DOTALL
)


def read_plainly(text: str) -> JSON:
    """Return the value of JSON text. Raises ValueError for what may be read otherwise with places: for keys
    given twice, comments and the like, numbers that may be too long, and what is nested too deeply."""
    if len(text) > MAX_DIGITS and _LONG_NUMBER.search(text):
        raise ValueError("perhaps a number that is too long")
    value: JSON = _PLAIN.decode(text)
    if text.count("{") + text.count("[") > MAX_DEPTH and isinstance(value, (dict, list)) and _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _is_deep(value: JSON) -> bool:
    """Tell whether more than MAX_DEPTH objects and lists are within each other."""
    level: list[JSON] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[union-attr]
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


_LONG_NUMBER = re.compile(rf"(?<![\d.eE+-])[\d.eE+-]{{{MAX_DIGITS}}}")


def _each_once(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key is given twice")
    return fields


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number that is too large")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_PLAIN = JSONDecoder(object_pairs_hook=_each_once, parse_float=_finite, parse_constant=_refuse)


def read_with_places(source: Text) -> Document:
    """Read JSON text and the offsets of all its parts at once."""
    reader = _Reader(source)
    value, root = reader.document()
    return Document(reader.source, value, root, tuple(reader.duplicates), string_offsets)


class _Reader:
    """Reads one text. Containers that are open are kept on a stack, not on Python's."""

    def __init__(self, source: Text) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        self.path: list[str | int] = []
        self.duplicates: list[tuple[Pointer, tuple[int, int], tuple[int, int]]] = []

    def document(self) -> tuple[JSON, Node]:
        self.blanks()
        value, node = self.value()
        self.blanks()
        if self.at < len(self.text):
            self.fail("unexpected text after the end of the JSON value")
        return value, node

    def blanks(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        if self.text.startswith("/*", self.at):
            self.fail("this comment is not closed", hint="close it with */")

    def value(self) -> tuple[JSON, Node]:
        """Read the value that begins here."""
        text, start = self.text, self.at
        first = text[start : start + 1]
        if first == '"':
            string = self.string()
            return string, Node(start, self.at)
        if first in ("{", "["):
            if len(self.path) >= MAX_DEPTH:
                self.fail(f"more than {MAX_DEPTH} objects and lists within each other")
            return self.object() if first == "{" else self.list()
        number = _NUMBER.match(text, start)
        if number is not None:
            self.at = number.end()
            return self.number(number), Node(start, self.at)
        return self.constant()

    def constant(self) -> tuple[JSON, Node]:
        start = self.at
        if placeholder := _PLACEHOLDER.match(self.text, start):
            self.at = placeholder.end()
            return placeholder[0], Node(start, self.at)
        if start >= len(self.text):
            self.fail("the text ends where a value should be")
        word = _WORD.match(self.text, start)
        shown = word[0] if word else self.text[start]
        if shown not in _CONSTANTS:
            what = f"unexpected {shown!r}" if len(shown) == 1 else f"{shown} is no JSON value"
            hint = _HINTS.get(shown) or ('write text in double quotes: "..."' if len(shown) > 1 else None)
            self.fail(what, end=start + len(shown), hint=hint)
        self.at = start + len(shown)
        return _CONSTANTS[shown], Node(start, self.at)

    def number(self, match: re.Match[str]) -> int | float:
        digits = match[0]
        if len(digits) > MAX_DIGITS:
            self.at = match.start()
            self.fail(f"a number of more than {MAX_DIGITS} digits")
        if self.text[self.at : self.at + 1].isalnum() or self.text[self.at : self.at + 1] in ("_", "."):
            self.at = match.start()
            self.fail(
                "this is no JSON number", end=match.end() + 1, hint="write 0.5 or 12, without leading zeros"
            )
        if match[1] is None and match[2] is None:
            return int(digits)
        number = float(digits)
        if number in (float("inf"), float("-inf")):
            self.at = match.start()
            self.fail("this number is too large", end=match.end())
        return number

    def string(self) -> str:
        start = self.at
        try:
            string, self.at = scanstring(self.text, start + 1)
        except ValueError as wrong:
            position = getattr(wrong, "pos", start)
            if "Unterminated" in str(wrong):
                self.fail("this text is not closed", hint='close it with "')
            self.at = position
            self.fail(_string_problem(str(wrong)))
        return string

    def object(self) -> tuple[JSON, Node]:
        start = self.at
        node, value = Node(start), dict[str, JSON]()
        parts = node.parts = {}
        keys = node.keys = {}
        self.at += 1
        self.blanks()
        while not self.closes("}"):
            key_start = self.at
            key = self.key(start)
            key_end = self.at
            if key in keys:
                self.duplicates.append(((*self.path, key), keys[key], (key_start, key_end)))
            keys[key] = (key_start, key_end)
            self.colon(key)
            self.path.append(key)
            value[key], parts[key] = self.value()
            self.path.pop()
            self.comma("}", "object", start)
        node.end = self.at
        return value, node

    def list(self) -> tuple[JSON, Node]:
        start = self.at
        node = Node(start)
        value: list[JSON] = []
        parts = node.parts = {}
        self.at += 1
        self.blanks()
        while not self.closes("]"):
            self.path.append(len(value))
            item, parts[len(value)] = self.value()
            self.path.pop()
            value.append(item)
            self.comma("]", "list", start)
        node.end = self.at
        return value, node

    def closes(self, bracket: str) -> bool:
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False

    def key(self, start: int) -> str:
        if self.text.startswith('"', self.at):
            return self.string()
        if self.at >= len(self.text):
            self.at = start
            self.fail("this object is not closed", hint="close it with }")
        raise self.source.error(
            "an object's key must be text in double quotes",
            self.at,
            hint='write keys in double quotes: "..."',
        )

    def colon(self, key: str) -> None:
        if plain := _PLAIN_COLON.match(self.text, self.at):
            self.at = plain.end()
            return
        end = self.at
        self.blanks()
        if not self.text.startswith(":", self.at):
            self.at = end
            self.fail(f'expected ":" after the key "{key}"')
        self.at += 1
        self.blanks()

    def comma(self, bracket: str, what: str, start: int) -> None:
        """Pass the comma after a value; the closing bracket may come instead, or right after it."""
        if plain := _PLAIN_COMMA.match(self.text, self.at):
            self.at = plain.end()
            return
        end = self.at
        self.blanks()
        if self.text.startswith(",", self.at):
            self.at += 1
            self.blanks()
            if self.text.startswith(",", self.at):
                self.fail("two commas, with no value between them")
        elif not self.text.startswith(bracket, self.at):
            if self.at >= len(self.text):
                self.at = start
                self.fail(f"this {what} is not closed", hint=f"close it with {bracket}")
            self.at = end
            self.fail(f'expected "," or "{bracket}" after this value')

    def fail(self, message: str, *, end: int | None = None, hint: str | None = None) -> NoReturn:
        raise self.source.error(message, self.at, end, hint)


def _string_problem(said: str) -> str:
    if "control character" in said:
        return "a text may not hold control characters or end its line: write \\n, \\t or \\u00.."
    return "this is no escape: write \\\\ for a backslash"


def string_offsets(quoted: str, value: str) -> list[int]:
    """Return, for each character of a quoted JSON text and its end, the offset it is written at."""
    if "\\" not in quoted:
        return list(range(1, len(quoted)))
    offsets, at = [], 1
    while at < len(quoted) - 1:
        offsets.append(at)
        if quoted[at] != "\\":
            at += 1
        elif quoted[at + 1] != "u":
            at += 2
        else:
            is_pair = (
                quoted[at + 2 : at + 4].lower() in ("d8", "d9", "da", "db")
                and quoted[at + 6 : at + 8] == "\\u"
            )
            at += 12 if is_pair else 6
    return [*offsets, at]
