"""The page's tables as the JSON text that pages hold: each row is written once, where it is known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as quote
from typing import Any, TypeAlias, overload

from aslrun.values import JSON

Row: TypeAlias = "list[Any]"

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Table(Sequence[Row]):
    """Rows that are JSON text; one is read when a program asks for it."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return Table(self.rows[place])
        row: Row = json.loads(self.rows[place])
        return row


Story: TypeAlias = "Mapping[str, JSON | Table]"
"""The data of the page by its names: tables, and other values."""


def story_text(story: Story) -> str:
    """Return the JSON text of a story."""
    pieces = []
    for name, part in story.items():
        text = f"[{','.join(part.rows)}]" if isinstance(part, Table) else encode(part)
        pieces += [",", quote(name), ":", text]
    return "".join(["{", *pieces[1:], "}"])


class Texts(dict[str | None, int]):
    """Texts, each once, by their numbers: `texts[text]` gives a new text the next one. None has -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, text: str | None) -> int:
        number = self[text] = len(self) - 1
        return number

    def number(self, told: object) -> int:
        """Return the number of what may be no text."""
        return self[told if told is None or isinstance(told, str) else str(told)]

    def listed(self) -> list[JSON]:
        """Return the texts in the order of their numbers."""
        return [*self][1:]


class Quoted(dict[str, str]):
    """The JSON texts of names, each written once: there are as many as states, types and paths."""

    def __missing__(self, name: str) -> str:
        text = self[name] = quote(name)
        return text
