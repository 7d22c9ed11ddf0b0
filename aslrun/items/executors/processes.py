"""Processes on this machine, started with subprocess and talked to by pipes.

Not a concurrent.futures pool: when one of its processes dies, that loses the work of all, and its processes
run the main program's module again, which must guard itself for that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from aslrun.items.executors.places import Done, WorkerLost


class Processes:
    """`count` processes, each started when there is work for it; one that dies is started again."""

    is_elsewhere = False

    def __init__(self, count: int) -> None:
        self.count = count
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self._requests: SimpleQueue[tuple[bytes, Done] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closing = False

    def check(self, request: bytes) -> None:
        """They are like this one: there is nothing to check."""

    def submit(self, request: bytes, done: Done) -> None:
        self._requests.put((request, done))
        if len(self._threads) < self.count:
            number = len(self._threads)
            thread = threading.Thread(target=self._serve, args=(number,), name="aslrun-map", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, number: int) -> None:
        while (work := self._requests.get()) is not None and not self._closing:
            request, done = work
            try:
                reply = self._exchange(number, request)
            except (OSError, EOFError, ValueError) as lost:
                self._end(number)
                done(WorkerLost(str(lost)))
            else:
                done(reply)
        self._end(number)

    def _exchange(self, number: int, request: bytes) -> bytes:
        process = self.running.get(number) or self._start(number)
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(len(request).to_bytes(8, "little") + request)
        stdin.flush()
        size = stdout.read(8)
        reply = stdout.read(int.from_bytes(size, "little")) if len(size) == 8 else b""
        if len(size) < 8 or len(reply) < int.from_bytes(size, "little"):
            raise EOFError(f"process {process.pid} has ended with {process.wait()}")
        return reply

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        # -P: what lies in the current folder is not imported in place of the standard library's. In a session
        # of its own, so that Ctrl-C comes to this process only.
        apart: dict[str, Any] = (
            {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # NEW_PROCESS_GROUP
        )
        command = [sys.executable, "-P", "-m", "aslrun.mapworker"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **apart)
        self.running[number] = process
        if self._closing:
            process.kill()
        return process

    def _end(self, number: int) -> None:
        process = self.running.pop(number, None)
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it had not read yet
                    pipe.close()
        process.wait()

    def close(self) -> None:
        self._closing = True
        for process in [*self.running.values()]:
            process.kill()
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join()
