"""Places in a text: a span for each JSON pointer of a document, and the document itself.

A document is read once into values and a tree of offsets beside them; lines and columns are worked out
only for what is shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TypeAlias

from aslrun.errors import AslrunError
from aslrun.values import JSON

Pointer: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """A key that an object has more than once; the spans are those of the two keys."""

    pointer: Pointer
    first: Span
    again: Span


class DocumentError(AslrunError):
    """A text that cannot be read; `span` is where in `source`, `hint` what to write instead."""

    def __init__(
        self, message: str, span: Span | None = None, hint: str | None = None, source: Text | None = None
    ) -> None:
        place = f"{span.file}:{span.line}:{span.column}: " if span else ""
        super().__init__(f"{place}{message}" + (f" ({hint})" if hint else ""))
        self.message = message
        self.span = span
        self.hint = hint
        self.source = source


class ElsewhereError(DocumentError):
    """A definition that lies where nothing is read, such as in S3: there may be nothing wrong with it."""


class Node:
    """Where a value stands in the text, as offsets; beside it the nodes of its parts, by key or index, and
    where the keys of an object begin and end."""

    __slots__ = ("end", "keys", "parts", "start")

    def __init__(self, start: int, end: int = -1) -> None:
        self.start = start
        self.end = end
        self.parts: dict[str | int, Node] | None = None
        self.keys: dict[str, tuple[int, int]] | None = None

    def part(self, step: str | int) -> Node | None:
        """Return the node of what is inside at a key or index, None where there is nothing."""
        return self.parts.get(step) if self.parts else None

    def key(self, step: str | int) -> tuple[int, int] | None:
        """Return where the key of a part begins and ends; None for what is no object."""
        return self.keys[str(step)] if self.keys else None


def pointer_text(pointer: Pointer) -> str:
    """Return `pointer` as JSON pointer text (RFC 6901): `("States", "A/B")` → `/States/A~1B`; root `/`."""
    return "/" + "/".join(map(pointer_part, pointer))


def pointer_part(part: str | int) -> str:
    """Return one part of a JSON pointer as it is written in its text."""
    return str(part).replace("~", "~0").replace("/", "~1")


class Text:
    """A file's name and text, and the lines and columns of its offsets."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @property
    def whole(self) -> Text:
        """The text of the whole file."""
        return self

    @property
    def files(self) -> Mapping[str, Text]:
        """The texts of the files that it is read from, by their names."""
        return {self.file: self}

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]
        return starts[:-1]

    def span(self, start: int, end: int) -> Span:
        """Return the span of the characters from offset `start` to `end`."""
        line, end_line = bisect_right(self.line_starts, start), bisect_right(self.line_starts, end)
        column = start - self.line_starts[line - 1] + 1
        return Span(self.file, line, column, end_line, end - self.line_starts[end_line - 1] + 1)

    def line_text(self, line: int) -> str:
        """Return line number `line` (from 1) without its end."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    def error(
        self, message: str, start: int, end: int | None = None, hint: str | None = None
    ) -> DocumentError:
        """Return the error that the text is wrong at these offsets."""
        start = min(start, len(self.text.rstrip()))  # an end that comes too early is after what is there
        return DocumentError(message, self.span(start, start + 1 if end is None else end), hint, self)


class Excerpt(Text):
    """A text that is made of another one's: its spans and lines are those of the other.

    `offsets` has, for each of its characters and its end, the offset in `outer` that it comes from.
    """

    def __init__(self, outer: Text, text: str, offsets: Sequence[int]) -> None:
        super().__init__(outer.file, text)
        self.outer = outer
        self.offsets = offsets

    @property
    def whole(self) -> Text:
        return self.outer.whole

    def span(self, start: int, end: int) -> Span:
        last = len(self.offsets) - 1
        return self.outer.span(self.offsets[min(start, last)], self.offsets[min(end, last)])

    def line_text(self, line: int) -> str:
        return self.outer.line_text(line)


@dataclass(frozen=True)
class Document:
    """A text that was read: its value, and where each part of it stands.

    `file` is the name to show. A document made from a Python value has no text and no spans. Of an
    object's duplicate keys the last one counts, as in other parsers. `places` are the offsets of all parts,
    or what reads them once somebody asks where something stands. `unescape` takes a text value as it is
    written, and as it is read, and returns the offset that each of its characters, and its end, is written
    at; fewer where it cannot tell.
    """

    source: Text
    value: JSON
    places: Node | Callable[[], Node] | None = None
    duplicates: tuple[tuple[Pointer, tuple[int, int], tuple[int, int]], ...] = ()
    unescape: Callable[[str, str], list[int]] | None = None

    @cached_property
    def root(self) -> Node | None:
        """The tree of places; None for a document that has none."""
        return self.places() if callable(self.places) else self.places

    @property
    def file(self) -> str:
        return self.source.file

    @property
    def text(self) -> str:
        return self.source.text

    @cached_property
    def duplicate_keys(self) -> tuple[DuplicateKey, ...]:
        """The keys that were written again."""
        span = self.source.span
        return tuple(
            DuplicateKey(pointer, span(*first), span(*again)) for pointer, first, again in self.duplicates
        )

    def span(self, pointer: Pointer, *, key: bool = False) -> Span | None:
        """Return the span of the value at `pointer`, or of its key.

        Where the pointer leads nowhere, the nearest value on the way that is there; None without a text.
        """
        node, parent = self.root, None
        if node is None:
            return None
        for step in pointer:
            inner = node.part(step)
            if inner is None:
                return self.source.span(node.start, node.end)
            node, parent = inner, node
        if key and parent is not None and (place := parent.key(pointer[-1])):
            return self.source.span(*place)
        return self.source.span(node.start, node.end)

    def inner_span(self, pointer: Pointer, start: int, end: int) -> Span | None:
        """Return the span of characters `start` to `end` of the text value at `pointer`, escapes counted."""
        offsets = self.offsets(pointer)
        if not 0 <= start < end < len(offsets):
            return self.span(pointer)
        return self.source.span(offsets[start], offsets[end])

    def offsets(self, pointer: Pointer) -> list[int]:
        """Return the offset in `source` of each character, and of the end, of the text value at `pointer`.

        Empty where that is not known: of a value that is no text, or is not written as it is read.
        """
        if pointer not in self._last_offsets:
            self._last_offsets.clear()
            self._last_offsets[pointer] = self._read_offsets(pointer)
        return self._last_offsets[pointer]

    @cached_property
    def _last_offsets(self) -> dict[Pointer, list[int]]:
        """Those that were asked for last: a long text may have many findings."""
        return {}

    def _read_offsets(self, pointer: Pointer) -> list[int]:
        node, value = self.node_at(pointer), value_at(self.value, pointer)
        if node is None or self.unescape is None or not isinstance(value, str):
            return []
        offsets = self.unescape(self.text[node.start : node.end], value)
        return [node.start + offset for offset in offsets] if len(offsets) == len(value) + 1 else []

    def node_at(self, pointer: Pointer) -> Node | None:
        """Return the node of the value at `pointer`, None where there is no such value."""
        node = self.root
        for step in pointer:
            node = node.part(step) if node else None
        return node

    def line_text(self, line: int) -> str:
        """Return line number `line` (from 1) without its end."""
        return self.source.line_text(line)


def value_at(value: JSON, pointer: Pointer) -> JSON:
    """Return what `value` has at `pointer`; None where there is nothing."""
    for step in pointer:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
