"""One process at a time: a lock on a file, which the system gives back when a process dies.

POSIX: flock(2). Windows: _locking, of the C runtime, by msvcrt.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ROUNDS = 6
"""On Windows: how often a lock is asked for. Each time is ten seconds."""


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock that the file `path` stands for; the file is there only while it is held or waited for.

    Raises OSError where the file cannot be made, or (on Windows) the lock is not to be had in a minute.
    """
    file = _acquire(path)
    try:
        yield
    finally:
        if sys.platform != "win32":
            os.unlink(path)
        os.close(file)
        if sys.platform == "win32":
            with suppress(OSError):  # somebody has it open, and will remove it
                os.unlink(path)


def _acquire(path: str) -> int:
    """Return the open file, locked. One that was removed while it was waited for is no lock any more."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(file)
            if _is_there(path, file):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _is_there(path: str, file: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        for _ in range(ROUNDS - 1):
            with suppress(OSError):
                msvcrt.locking(file, msvcrt.LK_LOCK, 1)
                return
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
