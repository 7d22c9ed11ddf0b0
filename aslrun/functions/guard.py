"""Nobody is left behind when this process is killed: a shell waits at the end of a pipe, and then cleans up.

SIGKILL runs no code of the process that it ends, and a worker that is busy does not look at its requests. So
a shell, in a session of its own, is told which process groups there are and which temporary folders; when the
pipe closes, which it does however this process ends, it ends the groups and removes the folders. Where there
is no `sh` (Windows), workers end when they next wait for a request.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Callable

# A line is a folder, or all groups that there are now.
# Children in sessions of their own are no part of a group; only Linux tells of them (proc(5)).
_SCRIPT = """
children() {
  for one in $(cat /proc/$1/task/*/children 2>/dev/null); do echo $one; children $one; done
}
groups=
while IFS= read -r line; do
  case $line in
    /*) set -- "$@" "$line" ;;
    *) groups=$line ;;
  esac
done
for group in $groups; do
  others=$(children $group)
  kill -s KILL -- "-$group"
  for one in $others; do kill -s KILL -- $one; done
done
[ $# = 0 ] || rm -rf -- "$@"
"""


class Guard:
    """The shell, which is started when there is something to guard."""

    def __init__(self) -> None:
        self._is_useless = sys.platform == "win32"
        self._begin()

    def _begin(self) -> None:
        self._groups: set[int] = set()
        self._shell: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def watch(self, group: int) -> None:
        """End the process group if this process is killed."""
        self._change(lambda: self._groups.add(group))

    def forget(self, group: int) -> None:
        """Let the group be: it has ended."""
        self._change(lambda: self._groups.discard(group))

    def remove(self, folder: str) -> None:
        """Remove a folder, named from the root on, when this process has ended."""
        if "\n" not in folder:
            with self._lock:
                self._tell(folder)

    def _change(self, change: Callable[[], None]) -> None:
        with self._lock:
            change()
            self._tell(" ".join(map(str, self._groups)))

    def _tell(self, line: str) -> None:
        if self._shell is None and not self._is_useless:
            self._start()
        if self._shell is not None and self._shell.stdin is not None:
            try:
                os.write(self._shell.stdin.fileno(), line.encode() + b"\n")
            except OSError:
                self._is_useless, self._shell = True, None

    def _start(self) -> None:
        try:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._is_useless = True
            return
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        """Let go of the pipe in a process that was forked: it is not what is guarded."""
        if self._shell is not None and self._shell.stdin is not None:
            self._shell.stdin.close()
            self._shell.returncode = 0
        self._begin()

    def close(self) -> None:
        """Let the shell clean up what there is, and end."""
        with self._lock:
            if self._shell is not None and self._shell.stdin is not None:
                self._shell.stdin.close()
                self._shell.wait()
            self._shell = None


guard = Guard()
"""The one of this process."""
