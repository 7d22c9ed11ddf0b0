"""Signals that end a command: SIGTERM and SIGHUP do what Ctrl-C does.

The command comes to its end in order, in the thread that runs it: what there is of a history is written,
workers and temporary folders go, the terminal is left as it was.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import NoReturn

ENDING = ("SIGTERM", "SIGHUP", "SIGBREAK")


class Ended(KeyboardInterrupt):
    """A signal that asks the command to end; `str()` of it is the signal's name."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def end_on_signals() -> None:
    """From now on, take the signals that ask a process to end as Ctrl-C. One that whoever started the command
    has it ignore (nohup) stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    for name in ENDING:
        # Once is enough: what is written on the way out is to be written to its end.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise Ended(number)


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a command that a signal has ended, as shells tell it: 128 + its number."""
    return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


def fill_closed_descriptors() -> None:
    """Put something in the place of standard streams that whoever started the command has closed: the next
    file that is opened would be taken for one of them, and by workers too. They stay closed for Python."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            filled = os.open(os.devnull, os.O_RDONLY if descriptor == 0 else os.O_WRONLY)
            os.set_inheritable(filled, True)
