"""What a process that ends without closing its servers leaves behind: nothing."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol


class Closes(Protocol):
    """Something that is to be closed."""

    def close(self) -> None: ...


def close_at_exit(open: Closes) -> Callable[[], None]:
    """Have something closed as the process ends, if it lives then; return what undoes that."""
    closing = partial(_close, weakref.ref(open))
    atexit.register(closing)
    return partial(atexit.unregister, closing)


def _close(left: weakref.ref[Closes]) -> None:
    found = left()
    if found is not None:
        with suppress(RuntimeError):  # no thread can be started any more
            found.close()
