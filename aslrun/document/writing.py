"""Files that are written as a whole: who reads one finds what it held before, or all that it is to hold.

Standard output by its name, pipes and devices are written as they are; they have nothing before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from aslrun.errors import UsageError


def check_target(path: str, what: str, sources: Iterable[str] = ()) -> None:
    """Raise UsageError for a file that `what` could not be written to, or should not be: it is a folder, its
    folder is missing or may not be written to, or it is one of `sources`, the files that are read."""
    try:
        for source in sources:
            if os.path.exists(source) and os.path.exists(path) and os.path.samefile(source, path):
                raise UsageError(f"{what} would be written over {source}, which is read; name another file")
        _real(path)
        if os.path.isdir(path):
            raise UsageError(f"{what} cannot be written to {path}: it is a folder; name a file in it")
        if os.path.exists(path) and not os.access(path, os.W_OK):
            raise UsageError(f"{what} cannot be written to {path}: it may not be written to")
        if not _is_special(path):
            draft = _draft(_real(path))
            os.close(_create(draft))
            os.unlink(draft)
    except OSError as wrong:
        raise _not_written(path, what, wrong) from None


def write_file(path: str, what: str, pieces: Iterable[str | bytes]) -> None:
    """Write the pieces of a text, as UTF-8, or of other data to a file; UsageError where that cannot be done.

    Halves of surrogate pairs, which no encoding has, are written as JSON's escapes.
    """
    try:
        with _opened(path) as file:
            for piece in pieces:
                file.write(piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace"))
    except OSError as wrong:
        raise _not_written(path, what, wrong) from None


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """Open a draft beside a file, which takes its place once it is whole."""
    if _is_special(path):
        with open(path, "ab") as file:  # what stdout has been given so far may be a file
            yield file
        return
    real = _real(path)
    draft = _draft(real)
    try:
        with open(_create(draft), "wb") as file:
            yield file
        with suppress(OSError):
            os.chmod(draft, stat.S_IMODE(os.stat(real).st_mode))
        os.replace(draft, real)
    finally:
        with suppress(OSError):
            os.unlink(draft)


def _create(draft: str) -> int:
    return os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def _draft(real: str) -> str:
    return os.path.join(os.path.dirname(real), f".aslrun-{os.getpid()}-{os.urandom(4).hex()}.tmp")


def _real(path: str) -> str:
    """Return the file that a path leads to: of a link not the link is replaced, but what it names."""
    try:
        if path and b"\0" not in os.fsencode(path):
            return os.path.realpath(path)
    except UnicodeEncodeError:
        pass
    raise OSError(errno.EINVAL, "this is no name of a file")


def _is_special(path: str) -> bool:
    """Tell whether a path is there and is neither a file nor a folder: a device, a pipe, a descriptor."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return path.startswith("/dev/") or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _not_written(path: str, what: str, wrong: OSError) -> UsageError:
    why = wrong.strerror or "it failed"
    if wrong.errno == errno.ENOENT:
        why = f"there is no folder {os.path.dirname(path)}"
    return UsageError(f"{what} cannot be written to {path}: {why}")
