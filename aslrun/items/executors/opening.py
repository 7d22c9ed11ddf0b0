"""`--map-workers` → what sends bytes there. Nothing is imported that is not needed."""

from __future__ import annotations

from aslrun.items.executors.places import Place, check_place


def place_of(workers: str) -> Place:
    """Return what `--map-workers` names; nothing is started yet. UsageError where Dask is not installed."""
    check_place(workers)
    if workers.isdigit():
        from aslrun.items.executors.processes import Processes

        return Processes(int(workers))
    from aslrun.items.executors.dask import Dask

    return Dask(workers)
