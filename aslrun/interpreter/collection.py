"""The garbage collector while much is made that stays: journals and histories, looked at again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (100_000, 50, 1_000)
"""What is new is looked at after so many objects, and again after so many times; the rest hardly ever."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Let the garbage collector rest (a fifth of the time of a long history)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def seldom_collection() -> Iterator[None]:
    """Let the garbage collector look only at what is new, and seldom (a third of the time of a Map of 100,000
    items). It goes on, for what functions and mocks may do meanwhile."""
    usual = gc.get_threshold()
    if not 0 < usual[0] < SELDOM[0]:
        yield
        return
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
