"""The error of what cannot be read. Documentation: "Handling errors", States.ItemReaderFailed."""

from __future__ import annotations

from aslrun.errors import StateError


def reader_failed(cause: str) -> StateError:
    """Return States.ItemReaderFailed with its cause."""
    return StateError("States.ItemReaderFailed", cause)


class Malformed(ValueError):
    """What is read is not of its type; `str()` of it says why and where. The reader names the object."""
