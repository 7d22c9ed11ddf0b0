"""`--watch`: machines are updated, and functions started anew, when a file is saved."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from aslrun.document.definitions import split_reference
from aslrun.errors import AslrunError

PAUSE = 0.4
"""Seconds between two looks."""
MOST = 5_000
"""Files that are looked at."""
SUFFIXES = frozenset({".json", ".yaml", ".yml", ".asl", ".toml", ".py", ".js", ".mjs", ".cjs", ".template"})
PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})

Stamps: TypeAlias = dict[str, tuple[int, int]]


class Watch:
    """Looks at the folders of files from a thread of its own, and calls `changed` after each change; what
    that raises of the user's mistakes is given to `tell`."""

    def __init__(
        self, files: Sequence[str], changed: Callable[[], None], tell: Callable[[AslrunError], None]
    ) -> None:
        self.folders = sorted({folder_of(file) for file in files}) or ["."]
        self.changed = changed
        self.tell = tell
        self._ending = threading.Event()
        self._before = stamps(self.folders)
        self._thread = threading.Thread(target=self._run, name="aslrun-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(PAUSE):
            now = stamps(self.folders)
            if now != self._before:
                self._before = now
                try:
                    self.changed()
                except AslrunError as mistake:
                    self.tell(mistake)

    def close(self) -> None:
        """Look no more."""
        self._ending.set()
        self._thread.join(5)


def folder_of(file: str) -> str:
    """Return the folder of a file, or the folder itself."""
    path = Path(split_reference(file)[0])
    return str(path if path.is_dir() else path.parent)


def stamps(folders: Sequence[str]) -> Stamps:
    """Return the time of the last change and the size of each file that matters."""
    found: Stamps = {}
    for folder in folders:
        for root, inner, files in os.walk(folder):
            inner[:] = [one for one in inner if one[0] != "." and one not in PASSED_OVER]
            for path in (os.path.join(root, one) for one in files if os.path.splitext(one)[1] in SUFFIXES):
                try:
                    told = os.stat(path)
                except OSError:  # it is just being replaced
                    continue
                found[path] = (told.st_mtime_ns, told.st_size)
                if len(found) >= MOST:
                    return found
    return found
