"""Dask distributed: a cluster of processes on this machine (`dask:2`), or one that is there (`tcp://...`).

What is sent are bytes and a function of an installed module. Tasks have keys of their own and are not pure; a
worker has one thread; what a lost worker had is sent again by who asked for it.
"""

from __future__ import annotations

import logging
import platform
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from aslrun.errors import UsageError
from aslrun.items.executors.places import ANSWER, Done, WorkerLost

EXTRA = "pip install 'aslrun[dask]'"
CONNECT_SECONDS = 10
SILENT = logging.CRITICAL + 1
START_SECONDS = 60
SPAWN_SECONDS = 5.0
NO_WORKERS_SECONDS = 20.0
"""How long work waits for a cluster whose workers have all gone."""
LOGGERS = ("distributed", "tornado", "asyncio")
"""Those that tell of workers and connections which are lost: what matters is told in one message."""


class Dask:
    """A Dask cluster. It is connected to by `check`, else by the first request."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.is_elsewhere = where.startswith("tcp://") and urlsplit(where).hostname not in (
            "127.0.0.1", "localhost",
        )  # fmt: skip
        self.count = 1 if where.startswith("tcp://") else int(where.partition(":")[2])
        self._client: Any = None
        self._answer: Any = None
        self._cluster: Any = None
        self._held: dict[Any, Done] = {}
        self._closing = threading.Event()
        if find_spec("distributed") is None:
            raise UsageError(f"--map-workers {where} needs Dask, which is not installed: {EXTRA}")

    # ------------------------------------------------------------------ connecting

    def check(self, request: bytes) -> None:
        self._connect()
        if not self.where.startswith("tcp://"):
            return
        self._compare()
        import marshal

        for worker, reply in self._on_all(self._answer, request).items():
            kind, *told = marshal.loads(reply)
            if kind != "done":
                raise self._mistake(told[0] if kind == "mistake" else f"the worker {worker}: {kind} {told}")

    def _connect(self) -> None:
        if self._client is not None:
            return
        self._answer = getattr(import_module(ANSWER[0]), ANSWER[1])
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
        for name in [*LOGGERS, *logging.root.manager.loggerDict]:
            if name.partition(".")[0] in LOGGERS:
                logging.getLogger(name).setLevel(SILENT)
        if self.where.startswith("tcp://"):
            try:
                with dask.config.set({"distributed.comm.timeouts.connect": CONNECT_SECONDS}):
                    self._client = distributed.Client(
                        self.where, timeout=CONNECT_SECONDS, set_as_default=False
                    )
            except Exception as wrong:
                kind = type(wrong).__name__
                raise self._mistake(f"there is no Dask scheduler that answers ({kind})") from None
        else:
            self._start(dask, distributed)
        threading.Thread(target=self._watch, name="aslrun-dask", daemon=True).start()

    def _start(self, dask: Any, distributed: Any) -> None:
        """Start a cluster on this machine."""
        with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
            self._cluster = distributed.LocalCluster(
                n_workers=0,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=SILENT,
                preload=["aslrun.mapworker.preload"],
            )
        self._client = distributed.Client(self._cluster, set_as_default=False)
        with _ignoring_interrupts():
            self._cluster.scale(self.count)
            until = time.monotonic() + SPAWN_SECONDS
            while not self._are_spawned() and time.monotonic() < until:
                time.sleep(0.01)
        try:
            self._client.wait_for_workers(self.count, timeout=START_SECONDS)
        except Exception as wrong:
            raise self._mistake(
                f"the workers of the Dask cluster did not start ({type(wrong).__name__}). They run the main"
                ' program again: a script needs its if __name__ == "__main__"'
            ) from None

    def _are_spawned(self) -> bool:
        nannies = [*self._cluster.workers.values()]
        return len(nannies) == self.count and all(nanny.pid for nanny in nannies)

    def _compare(self) -> None:
        """Raise UsageError where the cluster has no workers, or other versions than this side."""
        from importlib.metadata import PackageNotFoundError

        workers = self._workers()
        if not workers:
            raise self._mistake("the Dask cluster has no workers")
        self.count = len(workers)
        ours = {
            "Python": ".".join(platform.python_version_tuple()[:2]),
            "distributed": version("distributed"),
            "aslrun": version("aslrun"),
        }
        found = self._client.get_versions(check=False)["workers"]
        aslrun = self._on_all(version, "aslrun")
        for address, told in found.items():
            there = {
                "Python": ".".join(told["host"]["python"].split(".")[:2]),
                "distributed": told["packages"]["distributed"],
                "aslrun": aslrun.get(address),
            }
            for name, own in ours.items():
                if isinstance(there[name], PackageNotFoundError):
                    raise self._mistake(f"the worker {address} has no {name}")
                if there[name] != own:
                    raise self._mistake(
                        f"the worker {address} has {name} {there[name]}, this side {own}: they must be equal"
                    )

    def _on_all(self, function: Any, *arguments: Any) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.run(function, *arguments, on_error="return")
        except Exception as wrong:
            raise self._mistake(f"the workers do not answer ({wrong})") from None
        return found

    def _workers(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return found

    # ------------------------------------------------------------------ work

    def submit(self, request: bytes, done: Done) -> None:
        self._connect()
        try:
            future = self._client.submit(
                self._answer, request, pure=False, retries=0, key=f"aslrun-{uuid.uuid4().hex}"
            )
        except Exception as wrong:
            done(self._gone(wrong))
            return
        self._held[future] = done
        future.add_done_callback(self._came_back)

    def _came_back(self, future: Any) -> None:
        done = self._held.pop(future, None)
        if done is None or self._closing.is_set():
            return
        try:
            reply = future.result(timeout=60)
        except BaseException as wrong:
            is_there = self._client.status == "running" and future.status == "error"
            done(WorkerLost(str(wrong)) if is_there else self._gone(wrong))
        else:
            done(reply)
        finally:
            future.release()

    def _gone(self, wrong: BaseException) -> UsageError:
        return self._mistake(
            f"the Dask cluster has gone ({type(wrong).__name__}); what had ended by then is kept"
        )

    def _mistake(self, told: str) -> UsageError:
        return UsageError(f"--map-workers {self.where}: {told}")

    def _watch(self) -> None:
        """Give up requests that no worker is left for: a scheduler would keep them for ever."""
        missing = 0.0
        while not self._closing.wait(1.0):
            try:
                is_missing = bool(self._held) and not self._workers()
            except Exception:
                is_missing = True
            missing = missing + 1.0 if is_missing else 0.0
            if missing >= NO_WORKERS_SECONDS:
                for future, done in [*self._held.items()]:
                    if self._held.pop(future, None) is not None:
                        done(self._mistake("all workers are lost; what had ended by then is kept"))

    def close(self) -> None:
        self._closing.set()
        self._held.clear()
        for one in (self._client, self._cluster):
            if one is not None:
                with suppress(Exception):  # it may have gone already
                    one.close(timeout=5)
        self._client = self._cluster = None


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C while processes are started, which inherit that: it is for the one that ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
