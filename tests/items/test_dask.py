"""Children of distributed Maps on Dask. Run with `make test-dask`."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import aslrun
from aslrun.drivers.clock import VirtualClock
from aslrun.items.executors.batches import Batches

pytestmark = [pytest.mark.dask, pytest.mark.filterwarnings("default")]

START = 1_770_000_000.0
IS_1500 = {"Variable": "$", "NumericEquals": 1500, "Next": "F"}
CHILD: Any = {
    "StartAt": "C",
    "States": {
        "C": {"Type": "Choice", "Choices": [IS_1500], "Default": "U"},
        "U": {"Type": "Pass", "Parameters": {"v.$": "$", "u.$": "States.UUID()"}, "End": True},
        "F": {"Type": "Fail", "Error": "Bad"},
    },
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
}
MAP = {"Type": "Map", "Label": "L", "ItemProcessor": CHILD, "ToleratedFailureCount": 1, "End": True}
MACHINE = {"StartAt": "Each", "States": {"Each": MAP}}
ITEMS = [*range(2000)]


def run(workers: str, items: Any = ITEMS) -> aslrun.Execution:
    machine = aslrun.load(MACHINE)
    return machine.execute(items, seed=1, clock=VirtualClock(START), map_workers=workers)


def seen(execution: aslrun.Execution) -> Any:
    return (
        execution.status,
        execution.output,
        execution.history,
        [(child.id, child.history) for child in execution.children],
        [run.describe() for run in execution.map_runs],
    )


@pytest.fixture(scope="module")
def here() -> Any:
    return seen(run("here"))


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed: Any = import_module("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster


def kill_when_half(cluster: Any, how_many: int) -> threading.Thread:
    """Kill workers a moment after the first tasks came to the scheduler."""

    def kill() -> None:
        until = time.monotonic() + 60
        while not cluster.scheduler.tasks and time.monotonic() < until:
            time.sleep(0.001)
        for nanny in [*cluster.workers.values()][:how_many]:
            if nanny.pid:
                os.kill(nanny.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


def test_a_cluster_of_its_own(here: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert seen(run("dask:2")) == here
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Linux and macOS do")
def test_a_worker_that_is_killed_changes_nothing(here: Any, cluster: Any) -> None:
    killing = kill_when_half(cluster, 1)
    assert seen(run(cluster.scheduler_address)) == here
    killing.join()


@pytest.mark.skipif(os.name == "nt", reason="kills processes as Linux and macOS do")
def test_what_had_ended_is_kept_when_all_workers_are_lost(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aslrun.items.executors.dask.NO_WORKERS_SECONDS", 2.0)
    ended: list[int] = []
    hand_on = Batches._hand_on

    def then_lose_all(self: Batches, batch: Any) -> None:
        hand_on(self, batch)
        if not ended:
            cluster.scale(0)
        ended.append(len(batch.children))

    monkeypatch.setattr(Batches, "_hand_on", then_lose_all)
    execution = run(cluster.scheduler_address, [*range(20_000)])
    assert execution.status == "ABORTED"
    assert execution.cause is not None
    assert execution.cause.startswith(f"--map-workers {cluster.scheduler_address}: ")
    assert execution.cause.endswith("what had ended by then is kept")
    assert execution.map_runs[0].executions.succeeded >= ended[0]
    assert execution.children[0].history[-1]["type"] == "ExecutionSucceeded"


def test_an_address_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslrun.items.executors.dask.CONNECT_SECONDS", 1)
    with pytest.raises(aslrun.UsageError, match="there is no Dask scheduler that answers"):
        run("tcp://127.0.0.1:9", [1])


def test_a_cluster_without_workers(cluster: Any) -> None:
    cluster.scale(0)
    until = time.monotonic() + 30
    while cluster.scheduler.workers and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(aslrun.UsageError, match="the Dask cluster has no workers"):
        run(cluster.scheduler_address, [1])


def test_a_worker_with_another_version(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"distributed": "2020.1.0", "aslrun": "0"}
    monkeypatch.setattr("aslrun.items.executors.dask.version", versions.get)
    with pytest.raises(aslrun.UsageError, match=r"has distributed .*, this side 2020\.1\.0"):
        run(cluster.scheduler_address, [1])
