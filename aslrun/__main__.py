"""The `aslrun` command, also as `python -m aslrun`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. What its version is, is told without what commands need."""
    if sys.argv[1:] == ["--version"]:
        from aslrun import __version__

        try:
            print(f"aslrun {__version__}", flush=True)
            return
        except OSError:
            pass  # a full stdout: the command line has a message for it
    try:
        from aslrun.cli import main as run

        run()
    except KeyboardInterrupt as interrupt:
        # It came while modules were still being imported; a signal that `cli.signals` took has its number.
        sys.exit(128 + getattr(interrupt, "number", 2))


if __name__ == "__main__":
    main()
