"""What a worker of a local Dask cluster loads at its start: Ctrl-C is for the process that ends it."""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Called by Dask, on the worker's main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
