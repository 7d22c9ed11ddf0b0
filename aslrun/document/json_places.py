"""Places in plain JSON text, read level by level where somebody asks for them.

What is beside a level is passed over by Python's own reader, which is in C.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
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
    start = len(text) - len(text.lstrip(_WHITE))
    read = partial(_read_level, text) if text[start] in "{[" else None
    return Node(start, len(text.rstrip(_WHITE)), read)


def _read_level(text: str, node: Node) -> None:
    """Fill in the parts of an object or a list, and its keys."""
    parts: dict[str | int, Node] = {}
    keys: dict[str, tuple[int, int]] = {}
    read = partial(_read_level, text)
    is_object = text[node.start] == "{"
    at = _blanks(text, node.start + 1).end()
    while text[at] not in "}]":
        part: str | int = len(parts)
        if is_object:
            part, end = scanstring(text, at + 1)
            keys[part] = at, end
            at = _colon(text, end).end()
        _, end = _scan(text, at)
        parts[part] = Node(at, end, read if text[at] in "{[" else None)
        at = _comma(text, end).end()
    node.parts = parts
    node.keys = keys if is_object else None
