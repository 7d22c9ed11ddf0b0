"""JSON: an array, or an object, whose items have a Key and a Value; and JSON Lines.

An array or object at the top of a file is read part by part, and never held as a whole; with an ItemsPointer
or an ItemsPath it is. Documentation: "ItemReader (Map)"; JSON Pointer: RFC 6901.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from aslrun.interpreter.items import Item
from aslrun.items.readers.failures import Malformed
from aslrun.items.readers.lines import text_lines
from aslrun.values import JSON, JSONTextError, decode_json, from_json_text, to_json_text

CHUNK = 256 * 1024
"""Bytes that are read at once."""
LONGEST_TOKEN = 64
"""Characters before the end of what is read in which a mistake may only be that the rest is missing."""


def read_json(
    stream: BinaryIO, config: Mapping[str, JSON], select: Callable[[JSON], JSON] | None = None
) -> Iterator[Item]:
    """Yield the items of a JSON text. Raises Malformed."""
    pointer = config.get("ItemsPointer")
    if pointer is None and select is None:
        yield from Parts(stream).items()
        return
    try:
        value = from_json_text(stream.read().decode("utf-8-sig"))
    except JSONTextError as wrong:
        raise Malformed(f"it is not JSON: {wrong}") from None
    except UnicodeDecodeError as wrong:
        raise Malformed(f"it is not UTF-8 (byte {wrong.start + 1})") from None
    if pointer is not None:
        value = point(value, str(pointer))
    yield from items_of(value if select is None else select(value))


def items_of(value: JSON) -> Iterator[Item]:
    """Yield the items of an array or an object; Malformed for what is neither."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield Item({"Key": name, "Value": inner}, name)
    elif isinstance(value, list):
        for inner in value:
            yield Item(inner)
    else:
        raise Malformed("an array or an object is expected")


def point(value: JSON, pointer: str) -> JSON:
    """Return what a JSON Pointer selects; Malformed where it selects nothing."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Malformed(f"ItemsPointer selects nothing: there is no {to_json_text(name)}")
    return value


def read_jsonl(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    """Yield the value in each line; lines of white space are none. Raises Malformed."""
    for number, line in enumerate(text_lines(stream), 1):
        try:
            yield from_json_text(line)
        except JSONTextError as wrong:
            if line.strip():
                where = str(wrong).replace("line 1 column", "column")
                raise Malformed(f"line {number} is not JSON: {where}") from None


class Parts:
    """The parts of the array or object at the top of a JSON text, read one after the other."""

    _space = re.compile(r"[ \t\r\n]*")

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self._read = 0  # parts so far

    def items(self) -> Iterator[Item]:
        """Yield the items."""
        opening = self._next().removeprefix("\ufeff")
        if opening == "":
            self._at += 1
            opening = self._next()
        if opening not in ("[", "{"):
            self._whole()
        self._at += 1
        is_object, closing = opening == "{", "]" if opening == "[" else "}"
        if self._next() != closing:
            while True:
                yield self._pair() if is_object else Item(self._value())
                self._read += 1
                following = self._next()
                if following == closing:
                    break
                if following != ",":
                    told = f"after item {self._read}, a comma or {closing} is expected"
                    raise Malformed(f"it is not JSON: {told}")
                self._at += 1
        self._at += 1
        if self._next():
            raise Malformed("it is not JSON: unexpected text after the end of the value")

    def _whole(self) -> None:
        """Tell what is wrong with a text that is no array and no object."""
        while self._more():
            if len(self._text) > 4 * CHUNK:
                break
        try:
            from_json_text(self._text)
        except JSONTextError as wrong:
            raise Malformed(f"it is not JSON: {wrong}") from None
        raise Malformed("an array or an object is expected")

    def _pair(self) -> Item:
        if self._next() != '"':
            raise Malformed(f"it is not JSON: after item {self._read}, a key in double quotes is expected")
        name = self._value()
        if self._next() != ":":
            raise Malformed(f'it is not JSON: a ":" is expected after the key {to_json_text(name)}')
        self._at += 1
        value = self._value()
        assert isinstance(name, str)
        return Item({"Key": name, "Value": value}, name)

    def _value(self) -> JSON:
        """Return the value that begins here, and go on behind it."""
        self._next()
        while True:
            try:
                value, end = decode_json(self._text, self._at)
            except JSONTextError as wrong:
                # What is cut off at the end of what is read is no error yet.
                if not self._is_cut_off(wrong) or not self._more(double=True):
                    raise Malformed(f"item {self._read + 1} is not JSON: {_place(wrong)}") from None
                continue
            # A number may go on in what is not read yet.
            if len(self._text) - end < LONGEST_TOKEN and self._more():
                continue
            self._at = end
            return value

    def _is_cut_off(self, wrong: JSONTextError) -> bool:
        if wrong.at is None:
            return False
        return wrong.at > len(self._text) - LONGEST_TOKEN or str(wrong).startswith("this text is not closed")

    def _next(self) -> str:
        """Go to the next character that is no white space, and return it; "" at the end."""
        while True:
            found = self._space.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self, double: bool = False) -> bool:
        """Read on: a chunk, or as much again as there is; False at the end."""
        if self._ended:
            return False
        self._text, self._at = self._text[self._at :], 0
        data = self._stream.read(max(CHUNK, len(self._text)) if double else CHUNK)
        self._ended = not data
        try:
            self._text += self._decode(data, self._ended)
        except UnicodeDecodeError as wrong:
            raise Malformed(f"it is not UTF-8 (in item {self._read + 1}: {wrong.reason})") from None
        return True


def _place(wrong: JSONTextError) -> str:
    # Lines and columns would be those of the part that is held.
    return str(wrong).partition(", line ")[0]
