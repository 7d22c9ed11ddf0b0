"""A worker's channels: one for requests and answers, one for what is printed; read with a time limit.

On POSIX requests and answers go through pipes of their own, on descriptors that a handler does not
meet: its stdin is empty, and its stdout and stderr are the log. On Windows, where a process cannot be given
further descriptors, the worker begins with the protocol on stdin and stdout, and puts it elsewhere itself.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from array import array
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import IO, Any, Protocol

CHUNK = 65_536
"""Bytes read in one go."""


class Channels(Protocol):
    """The parent's ends. Popen gets `options()`, the worker `argument`; then `attach`."""

    argument: str
    """The descriptors on which the worker finds requests and answers, as in `7,7`."""

    @property
    def readable(self) -> Sequence[int]:
        """The descriptors that can be read when the worker has written something; none where no event loop
        can wait for them."""

    def options(self) -> dict[str, Any]:
        """Return what Popen is to be given."""

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """Begin to read what the process writes."""

    def send(self, data: bytes | memoryview) -> int:
        """Send as much as goes through at once, and return how much. Raises OSError if it has ended."""

    def has_unread(self) -> bool:
        """Tell whether something that was sent to a worker that has ended was never read by it."""

    def read(self, seconds: float) -> list[tuple[bool, bytes]]:
        """Wait for at most so long until there is something to read.

        Returns whether it is of the answers (or else of the log), and the bytes; none at the end.
        """

    def close(self) -> None:
        """Let go of the descriptors."""


class OwnPipes:
    """For POSIX: no thread, so that a call costs little; pipes, which cost half of what sockets do."""

    def __init__(self) -> None:
        # The end that the worker reads from is kept, to look at what it has left unread.
        self._unread, self._requests = os.pipe()
        self._answers, self._worker_answers = os.pipe()
        os.set_blocking(self._requests, False)
        self._open = {self._unread, self._requests, self._answers, self._worker_answers}
        self.argument = f"{self._unread},{self._worker_answers}"
        self._log: IO[bytes] | None = None
        self._poll = select.poll()
        self.readable: list[int] = []

    def options(self) -> dict[str, Any]:
        return {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "pass_fds": (self._unread, self._worker_answers),
            "start_new_session": True,
        }

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        self._let_go(self._worker_answers)
        assert process.stdout is not None
        self._log = process.stdout
        self.readable = [self._answers, self._log.fileno()]
        for descriptor in self.readable:
            self._poll.register(descriptor, select.POLLIN)

    def send(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._requests, data)
        except BlockingIOError:
            return 0

    def has_unread(self) -> bool:
        import fcntl
        import termios

        size = array("i", [0])
        fcntl.ioctl(self._unread, termios.FIONREAD, size)
        return size[0] > 0

    def read(self, seconds: float) -> list[tuple[bool, bytes]]:
        got = []
        for descriptor, _ in self._poll.poll(seconds * 1000):
            data = os.read(descriptor, CHUNK)
            if not data:
                self._poll.unregister(descriptor)
                self.readable.remove(descriptor)
            got.append((descriptor == self._answers, data))
        return got

    def close(self) -> None:
        for descriptor in [*self._open]:
            self._let_go(descriptor)
        if self._log is not None:
            self._log.close()

    def _let_go(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)


class StandardPipes:
    """For Windows, whose pipes cannot be polled: a thread for each output."""

    argument = "0,1"
    readable = ()

    def __init__(self) -> None:
        self._read: SimpleQueue[tuple[bool, bytes]] = SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None

    def options(self) -> dict[str, Any]:
        return dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for stream, is_answer in ((process.stdout, True), (process.stderr, False)):
            assert stream is not None
            arguments = (stream.fileno(), is_answer)
            threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _pump(self, descriptor: int, is_answer: bool) -> None:
        data = b"-"
        while data:
            try:
                data = os.read(descriptor, CHUNK)
            except OSError:
                data = b""
            self._read.put((is_answer, data))

    def send(self, data: bytes | memoryview) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin.write(data)

    def has_unread(self) -> bool:
        return False

    def read(self, seconds: float) -> list[tuple[bool, bytes]]:
        try:
            return [self._read.get(timeout=max(0.0, seconds))]
        except Empty:
            return []

    def close(self) -> None:
        process = self._process
        for stream in (process.stdin, process.stdout, process.stderr) if process else ():
            if stream is not None:
                stream.close()


def open_channels() -> Channels:
    """Return the channels for a worker on this platform."""
    return StandardPipes() if sys.platform == "win32" else OwnPipes()
