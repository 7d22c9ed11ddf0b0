"""Which files git is told not to look at: `.gitignore` files, by the rules of gitignore(5).

The last pattern that fits decides; those of inner folders come after those of outer ones. What is inside a
folder that is left out is not looked at, so that no pattern can bring it back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of a `.gitignore` in `folder`: `fits` is matched with paths from there, in their POSIX form."""

    folder: str
    fits: re.Pattern[str]
    is_negated: bool
    folders_only: bool


def patterns_above(folder: str) -> tuple[Pattern, ...]:
    """Return the patterns that hold in a folder, from the root of its repository on; none outside of one."""
    place, folders = os.path.abspath(folder), []
    while True:
        folders.append(place)
        outer = os.path.dirname(place)
        if os.path.exists(os.path.join(place, ".git")):
            return tuple(pattern for each in reversed(folders) for pattern in patterns_in(each))
        if outer == place:
            return patterns_in(os.path.abspath(folder))
        place = outer


def patterns_in(folder: str) -> tuple[Pattern, ...]:
    """Return the patterns of the `.gitignore` in a folder."""
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return ()
    return tuple(pattern for line in lines if (pattern := _read(line, os.path.abspath(folder))) is not None)


def is_ignored(path: str, is_folder: bool, patterns: Sequence[Pattern]) -> bool:
    """Tell whether the last of the patterns that fit a path leaves it out; it lies below their folders."""
    full = os.path.abspath(path)
    for pattern in reversed(patterns):
        if pattern.folders_only and not is_folder:
            continue
        inner = full[len(pattern.folder.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        if pattern.fits.fullmatch(inner):
            return not pattern.is_negated
    return False


def _read(line: str, folder: str) -> Pattern | None:
    text = re.sub(r"(?<!\\)[ ]+$", "", line)
    if not text or text.startswith("#"):
        return None
    is_negated = text.startswith("!")
    text = text.removeprefix("!") if is_negated else text
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    if not text:
        return None
    # A pattern with a slash that is not at its end counts from the folder, any other fits at every depth.
    anywhere = "" if "/" in text else "**/"
    try:
        return Pattern(folder, _compiled(anywhere + text.lstrip("/")), is_negated, folders_only)
    except re.error:
        return None  # git does not match it either


@lru_cache(maxsize=1024)
def _compiled(text: str) -> re.Pattern[str]:
    text = re.sub(r"\*\*/", "\0", text) if text.startswith("**/") else text.replace("/**/", "/\0")
    return re.compile("".join(map(_as_regex, re.findall(r"\0|\*\*|\*|\?|\\.|\[!?\]?[^\]]*\]|.", text))))


def _as_regex(piece: str) -> str:
    known = {"\0": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in known:
        return known[piece]
    if piece.startswith("[") and len(piece) > 1:
        return "[^" + piece[2:] if piece.startswith("[!") else piece
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
