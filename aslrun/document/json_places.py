"""Places in plain JSON text, read level by level where somebody asks for them.

What is beside a level is passed over by Python's own reader, which is in C.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from json import JSONDecoder, decoder

from aslrun.document.spans import Node
from aslrun.values import JSON

# The stub files do not know these names.
scanstring: Callable[[str, int], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]
_scan: Callable[[str, int], tuple[JSON, int]] = JSONDecoder().scan_once  # type: ignore[attr-defined]

_WHITE = " \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*+")
_COLON = re.compile(r"[ \t\r\n]*+:[ \t\r\n]*+")
_COMMA = re.compile(r"[ \t\r\n]*+,?+[ \t\r\n]*+")


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
    at = _past(_BLANKS, text, node.start + 1)
    while text[at] not in "}]":
        part: str | int = len(parts)
        if is_object:
            part, end = scanstring(text, at + 1)
            keys[part] = at, end
            at = _past(_COLON, text, end)
        _, end = _scan(text, at)
        parts[part] = Node(at, end, read if text[at] in "{[" else None)
        at = _past(_COMMA, text, end)
    node.parts = parts
    node.keys = keys if is_object else None


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None
    return found.end()
