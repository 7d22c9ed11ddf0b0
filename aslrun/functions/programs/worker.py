"""The worker process of a Lambda function in Python: runs the handler for one event after the other.

It is run as a script, and needs nothing but the standard library. Its parts lie in `python/`, and are no
modules that a handler could meet.
"""

from __future__ import annotations

import importlib
import os
import sys


def begin() -> None:
    """Import the parts, take their names away, and begin."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main = importlib.import_module("python.main").main
    del sys.path[0]
    for name in [name for name in sys.modules if name == "python" or name.startswith("python.")]:
        del sys.modules[name]
    main(*sys.argv[1:])


if __name__ == "__main__":
    begin()
