"""The lock by which a file is one server's. The system gives it back when the process dies."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from aslrun.errors import UsageError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds the lock that the file `path` stands for. UsageError where another process holds it.

    The file stays: one that is removed could be locked twice.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(self._file)
        except OSError:
            os.close(self._file)
            store = path.removesuffix("-lock")
            raise UsageError(
                f"the store {store} is in use by another aslrun: end that one, or name another store with"
                " --store (several servers can share a postgresql:// one)"
            ) from None

    def release(self) -> None:
        """Give the lock back."""
        with suppress(OSError):
            os.close(self._file)
