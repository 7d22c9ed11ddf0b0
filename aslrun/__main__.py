"""The `aslrun` command, also as `python -m aslrun`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. What its version is, is told without what commands need."""
    if sys.argv[1:] == ["--version"]:
        from aslrun import __version__

        print(f"aslrun {__version__}")
        return
    from aslrun.cli import main as run

    run()


if __name__ == "__main__":
    main()
