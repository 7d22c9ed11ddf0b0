"""Who runs the children of a distributed Map: items per second here, in processes, and on Dask.

    python -m benchmarks.executors [--items 20000] [--workers here,2,dask:2]

Real time, starting the processes left out (a first Map warms them up). One child is a Pass that does nothing,
the other computes for about a millisecond.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import aslrun
from aslrun.items.executors import opening
from aslrun.items.executors.places import Place

ABOUT_A_MILLISECOND = 300
"""Numbers that are added up."""
CHILDREN: dict[str, Any] = {
    "nothing": {"Type": "Pass", "End": True},
    "1 ms": {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": f"{{% $sum([1..{ABOUT_A_MILLISECOND}].($ % 7)) %}}",
        "End": True,
    },
}


def machine(child: dict[str, Any]) -> aslrun.StateMachine:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    processor = {"ProcessorConfig": config, "StartAt": "P", "States": {"P": child}}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    return aslrun.load({"StartAt": "Each", "States": {"Each": state}})


class Warm:
    """A place that one Map after the other uses."""

    is_elsewhere = False

    def __init__(self, place: Place) -> None:
        self.count = place.count
        self.submit = place.submit
        self.check = place.check

    def close(self) -> None:
        """It is used again."""


def warm(place: Warm, workers: str) -> Warm:
    """Return the place that is there already, in place of a new one."""
    return place


def rate(map: aslrun.StateMachine, count: int, workers: str) -> float:
    """Return the items per second of one Map."""
    given: Any = [*range(count)]
    began = time.perf_counter()
    execution = map.execute(given, seed=1, quota=False, map_workers=workers)
    assert execution.status == "SUCCEEDED", execution.cause
    return count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--workers", default="here,2,dask:2")
    options = parser.parse_args()
    place_of = opening.place_of
    for workers in options.workers.split(","):
        place = None if workers == "here" else place_of(workers)
        if place is not None:
            setattr(opening, "place_of", partial(warm, Warm(place)))  # noqa: B010 - one for all Maps
        for name, child in CHILDREN.items():
            map = machine(child)
            rate(map, 1000, workers)
            count = options.items if name == "nothing" else options.items // 4
            best = max(rate(map, count, workers) for _ in range(3))
            print(f"{workers:10} child: {name:8} {best:10,.0f} items/s", flush=True)
        if place is not None:
            place.close()


if __name__ == "__main__":
    main()
