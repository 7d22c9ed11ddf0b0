"""How values and texts are changed: a little at a time, by chance that a seed makes repeatable."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

from seeds import NASTY, deep

PIECES = (
    b"\xef\xbb\xbf",
    b"\x00",
    b"\xff",
    b"\xed\xa0\xbd",
    b"\\ud83d",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\t",
    b"'",
    b"&a ",
    b"*a",
    b"!Ref ",
    b"!!int ",
    b"${",
    b"#",
    b"---\n",
    b"1e999",
    b"- ",
    b"? ",
    b"<<: ",
    b"//",
    b"/*",
    b"\\",
    b"\x1b[31m",
    b"\xc2\x9b",
    b"\xe2\x80\xa8",
    b"{}",
    b"NaN",
    b"0" * 4400,
    b"[" * 1200,
    b"null",
)


def mutated_value(value: Any, chance: Random) -> Any:
    """Return a value with one to four of its parts changed."""
    holder = [deepcopy(value)]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        _change(holder, chance)
    return holder[0]


def nasty(chance: Random) -> Any:
    """Return a value that is likely to break something."""
    if chance.random() < 0.02:
        return deep(chance.choice((50, 150, 300, 700)), chance.randrange(3))
    return deepcopy(chance.choice(NASTY))


def _places(value: Any, found: list[tuple[Any, Any]]) -> None:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in steps:
        found.append((value, key))
        if len(found) < 2_000:
            _places(part, found)


def _change(holder: list[Any], chance: Random) -> None:
    places: list[tuple[Any, Any]] = []
    try:
        _places(holder, places)
    except RecursionError:
        return
    parent, key = chance.choice(places)
    other, other_key = chance.choice(places)
    kind = chance.randrange(8)
    if kind <= 2:
        parent[key] = nasty(chance)
    elif kind == 3 and parent is not holder:
        del parent[key]
    elif kind == 4 and isinstance(parent, dict):
        name = nasty(chance)
        parent[name if isinstance(name, str) else "Type"] = parent.pop(key)
    elif kind == 5:
        with suppress(RecursionError):
            parent[key] = deepcopy(other[other_key])
    elif kind == 6 and isinstance(parent[key], str):
        parent[key] = _mutated_text(parent[key], chance)
    elif kind == 7 and isinstance(parent[key], dict):
        parent[key][
            chance.choice(("Next", "End", "Retry", "Assign", "Output", "ItemReader", "Items", "x"))
        ] = nasty(chance)


def _mutated_text(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(4))
    put = chance.choice(
        ("", "$", ".", "[", "]", "'", '"', "(", ")", "{", "%}", "\\", "\ud83d", "*", ",", "0", " ", "é")
    )
    return text[:at] + put + text[end:]


def mutated_bytes(data: bytes, chance: Random) -> bytes:
    """Return bytes with one to three places changed."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((0, 0, 1, 3, 20)))
        kind = chance.randrange(4)
        put = (
            chance.choice(PIECES)
            if kind <= 1
            else bytes([chance.randrange(256)])
            if kind == 2
            else data[at:end] * 2
        )
        data = data[:at] + put + data[end:]
        if chance.random() < 0.05:
            data = data[:at]
    return data


def text_of(value: Any) -> bytes:
    """Return a value as the bytes of a file; halves of surrogate pairs are escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
    except (RecursionError, ValueError):
        return b"{}"
