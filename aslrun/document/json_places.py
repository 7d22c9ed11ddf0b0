"""Places in plain JSON text, read as far as somebody asks for them.

What is before a place is passed over by Python's own reader, which is in C.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from json import JSONDecoder, decoder
from typing import TypeAlias

from aslrun.document.spans import Node
from aslrun.values import JSON

# The stub files do not know these names.
scanstring: Callable[[str, int], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]
_scan: Callable[[str, int], tuple[JSON, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]

Match: TypeAlias = Callable[[str, int], re.Match[str]]
_WHITE = " \t\r\n"
# In a text that is known to be plain they match wherever they are used.
_blanks: Match = re.compile(r"[ \t\r\n]*+").match  # type: ignore[assignment]
_colon: Match = re.compile(r"[ \t\r\n]*+:[ \t\r\n]*+").match  # type: ignore[assignment]
_comma: Match = re.compile(r"[ \t\r\n]*+,?+[ \t\r\n]*+").match  # type: ignore[assignment]


def root_of(text: str) -> Node:
    """Return the node of the whole of a JSON text that is known to be plain."""
    return PlainNode(text, len(text) - len(text.lstrip(_WHITE)))


class PlainNode(Node):
    """A node whose end, parts and keys are read as far as somebody asks; nobody writes to them."""

    __slots__ = ("_end", "_keys", "_parts", "_reading", "_text")

    def __init__(self, text: str, start: int) -> None:
        self.start = start
        self._text = text
        self._end = -1
        self._parts: dict[str | int, Node] | None = None
        self._keys: dict[str, tuple[int, int]] | None = None
        if text[start] in "{[":
            self._parts = {}
            self._keys = {} if text[start] == "{" else None
            self._reading = self._read(self._parts, self._keys)

    def _read(
        self, parts: dict[str | int, Node], keys: dict[str, tuple[int, int]] | None
    ) -> Iterator[str | int]:
        """Fill in part after part, each when the next one is asked for."""
        text = self._text
        at = _blanks(text, self.start + 1).end()
        while text[at] not in "}]":
            step: str | int = len(parts)
            if keys is not None:
                step, end = scanstring(text, at + 1)
                keys[step] = at, end
                at = _colon(text, end).end()
            parts[step] = PlainNode(text, at)
            yield step
            at = _comma(text, parts[step].end).end()

    def part(self, step: str | int) -> Node | None:
        if self._parts is None:
            return None
        if step not in self._parts:
            for read in self._reading:
                if read == step:
                    break
        return self._parts.get(step)

    def key(self, step: str | int) -> tuple[int, int] | None:
        if self._keys is None or self.part(step) is None:
            return None
        return self._keys[str(step)]

    @property
    def end(self) -> int:  # type: ignore[override]
        if self._end < 0:
            _, self._end = _scan(self._text, self.start)
        return self._end

    @property
    def parts(self) -> dict[str | int, Node] | None:  # type: ignore[override]
        if self._parts is not None:
            for _ in self._reading:
                pass
        return self._parts

    @property
    def keys(self) -> dict[str, tuple[int, int]] | None:  # type: ignore[override]
        return self._keys if self.parts is not None else None
