"""`python -m aslrun.mapworker`: answers the requests that come on stdin, each after its length in eight
bytes, on stdout, in the same form. It ends when stdin does."""

from __future__ import annotations

import os
import signal
import sys

from aslrun.mapworker.run import answer


def main() -> None:
    """Answer requests until there are no more."""
    # Ctrl-C is for the process that started this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed here is no answer
    while len(size := requests.read(8)) == 8:
        told = answer(requests.read(int.from_bytes(size, "little")))
        answers.write(len(told).to_bytes(8, "little"))
        answers.write(told)
        answers.flush()


if __name__ == "__main__":
    main()
