"""The engine: one thread that owns a driver and runs all executions, whatever thread asks for something.

What is durable of them is the store's affair (`aslrun.store`); EXPRESS executions are not kept, as at AWS.
"""

from __future__ import annotations

import random
import re
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from aslrun.drivers.calls import Integration
from aslrun.drivers.clock import Clock, RealClock, VirtualClock
from aslrun.drivers.driver import Driver
from aslrun.errors import StateError
from aslrun.functions.function import Function
from aslrun.functions.log import Show
from aslrun.functions.runtime import Surroundings
from aslrun.functions.workers import Workers
from aslrun.history.events import Event
from aslrun.server.activities import Activities
from aslrun.server.errors import ApiError
from aslrun.server.lambda_api.deployed import LATEST, Deployed
from aslrun.server.preparing import Preparing
from aslrun.server.runs import MapRuns
from aslrun.server.sharing import Sharing
from aslrun.store import ExecutionRecord, Store
from aslrun.store.redrivable import NotRedrivable, redrive_status
from aslrun.store.running import Running
from aslrun.values import JSON

LEASE = 10.0
"""Seconds that this server's executions are its own without a sign of life, where servers share a store."""
TOKEN_GRACE = 2.0
"""Seconds of quiet after which a virtual clock jumps although a task token could still be answered."""
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST_START = 50.0
"""Seconds that a token's answer waits for what an earlier server has left to go on; clients wait for 60."""


class Engine:
    """Runs the executions of a server.

    Args:
        store: where they are kept.
        time: `real` or `virtual`; `scale` is how many seconds go by in a real one.
        seed: makes names, chance and task tokens the same in each run.
        functions_folder: where the code of functions is unpacked; a temporary folder if None.
        function_files, mock_config, http_private, show: see `aslrun.server.serving.Settings`.
        surroundings: what functions are told of AWS.
        services: what answers the Tasks that call services of AWS.
        s3: gives the client for what distributed Maps read and write; UsageError where there is none.
    """

    def __init__(
        self,
        store: Store,
        *,
        time: str = "real",
        scale: float = 1.0,
        seed: str | None = None,
        functions_folder: Path | None = None,
        function_files: Sequence[str] = (),
        mock_config: str | None = None,
        http_private: bool = False,
        show: Show,
        surroundings: Surroundings | None = None,
        services: Sequence[Integration] = (),
        s3: Callable[[], Any],
    ) -> None:
        self.store = store
        self.clock: Clock = VirtualClock() if time == "virtual" else RealClock(scale)
        self.deployed = Deployed(store, functions_folder)
        self.workers = Workers(surroundings=surroundings, looks_at_files=True)
        self.activities = Activities(lambda arn: store.get("activity", arn) is not None)
        self.preparing = Preparing(
            store,
            self.deployed,
            self.workers,
            integrations=[self.activities],
            services=services,
            s3=s3,
            function_files=function_files,
            mock_config=mock_config,
            http_private=http_private,
            show=show,
        )
        self.driver = Driver(self.clock, is_shared=True, token_grace=TOKEN_GRACE)
        self.running = Running(store, self.driver, self.preparing.execution, self._ended)
        self.after_start: list[Callable[[ExecutionRecord], None]] = []
        self.map_runs = MapRuns(store, self.running)
        self.sharing = Sharing(store, self.driver, self.running, self.activities, self._look)
        self.after_end: list[Callable[[ExecutionRecord], None]] = []
        self._is_seeded = seed is not None
        self._random = random.Random(seed)
        self.deployed.choose = self.choose
        self._lock = threading.Lock()
        self._watched: dict[str, list[Callable[[ExecutionRecord], None]]] = {}
        self._closing = threading.Event()
        self._keep: Callable[[float], object] = self.running.resume
        self._resumed: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="aslrun-engine", daemon=True)
        self._renewing = threading.Thread(target=self._renew, name="aslrun-lease", daemon=True)

    # ------------------------------------------------------------------ its threads

    def start_running(self, *, resume: bool = True) -> None:
        """Begin, and go on with what an earlier server has left; without `resume` leave that to another."""
        self._keep = self.running.resume if resume else self.store.renew
        machines = self.store.resources("stateMachine", limit=1_000_000).items
        self.running.deleted.update(one.arn for one in machines if one.data["status"] == "DELETING")
        self._thread.start()
        self._keep(LEASE)
        self._resumed = self.running.settled()
        self._renewing.start()
        self.sharing.start()

    def _run(self) -> None:
        try:
            self.driver.run()
        except BaseException:
            print(f"aslrun: the engine has broken down:\n{traceback.format_exc()}", file=sys.stderr)

    def _renew(self) -> None:
        while not self._closing.wait(LEASE / 3):
            try:
                self._keep(LEASE)
            except Exception:
                print(f"aslrun: the store does not answer:\n{traceback.format_exc()}", file=sys.stderr)

    def close(self) -> None:
        """End. What runs is not ended: a server on the same store goes on with it."""
        self._closing.set()
        self.sharing.close()
        self.driver.stopping = True
        self.driver.post(lambda: None)
        if self._thread.ident is not None:
            self._thread.join(5)
        if self._renewing.ident is not None:
            self._renewing.join(5)
        self.workers.close()
        self.deployed.close()

    # ------------------------------------------------------------------ time and chance

    def now(self) -> float:
        """Return the time of the executions' clock, in seconds since the epoch."""
        return self.clock.now

    def choose(self, among: Sequence[str], weights: Sequence[int]) -> str:
        """Choose by weights."""
        return self._random.choices(among, weights)[0]

    def new_name(self) -> str:
        """Return a UUID: for an execution that nobody named."""
        if not self._is_seeded:
            return str(uuid.uuid4())
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def new_seed(self) -> str:
        """Return the seed of an execution."""
        return f"{self._random.getrandbits(64):x}" if self._is_seeded else uuid.uuid4().hex

    # ------------------------------------------------------------------ executions

    def record(self, arn: str) -> ExecutionRecord | None:
        """Return what is known of an execution, also of a child of a distributed Map."""
        record = self.store.execution(arn)
        if record is None and "/" in arn:
            child = self.map_runs.child(arn)
            return None if child is None else child[0]
        return record

    def start(self, record: ExecutionRecord) -> bool:
        """Start an execution; False if there is one of that ARN. AslrunError for what cannot be run."""
        if self.running.start(record) is None:
            return False
        for tell in self.after_start:
            tell(record)
        return True

    def start_sync(self, record: ExecutionRecord) -> Future[ExecutionRecord]:
        """Start an EXPRESS execution; what it came to is there when it has ended."""
        done: Future[ExecutionRecord] = Future()
        with self._lock:
            self._watched[record.arn] = [done.set_result]
        try:
            self.running.start(record)
        except BaseException:
            with self._lock:
                del self._watched[record.arn]
            raise
        for tell in self.after_start:
            tell(record)
        return done

    def _ended(self, record: ExecutionRecord) -> None:
        if record.type == "STANDARD" and self.preparing.has_map_runs(record):
            execution = self.running.history_of(record.arn)
            if execution is not None:
                self.map_runs.keep(record, execution)
        with self._lock:
            told = self._watched.pop(record.arn, [])
        for tell in [*told, *self.after_end]:
            tell(record)

    def watch(self, arn: str, tell: Callable[[ExecutionRecord], None]) -> None:
        """Call `tell` when an execution has ended; at once, if it has."""
        with self._lock:
            self._watched.setdefault(arn, []).append(tell)
        self._tell_if_ended(arn)

    def _look(self) -> None:
        """Tell of executions that another server has brought to their end."""
        with self._lock:
            watched = [*self._watched]
        for arn in watched:
            if self.running.live(arn) is None:
                self._tell_if_ended(arn)

    def _tell_if_ended(self, arn: str) -> None:
        record = self.record(arn)
        if record is not None and record.status != "RUNNING":
            with self._lock:
                waiting = self._watched.pop(arn, [])
            for one in waiting:
                one(record)

    def stop(self, arn: str, error: str | None, cause: str | None) -> float | None:
        """Stop an execution, here or on another server; return when it was, None if it does not run."""
        stopped = self.running.stop(arn, error, cause)
        return self.sharing.stop(arn, error, cause) if stopped is None else stopped

    def end_executions(self, machine: str) -> None:
        """End the executions of a deleted machine at their next transitions, on all servers."""
        self.running.deleted.add(machine)
        self.sharing.tell({"do": "deleted", "machine": machine})

    def machine_made(self, machine: str) -> None:
        """Forget that there was a machine of this ARN which was deleted."""
        self.running.deleted.discard(machine)
        self.sharing.tell({"do": "made", "machine": machine})

    def stop_soon(self, arn: str) -> None:
        """Stop an execution, without waiting for it. Called from the driver's thread, too."""
        threading.Thread(target=self.stop, args=(arn, None, None), daemon=True).start()

    def redrive_status(self, record: ExecutionRecord, *, is_deleting: bool) -> tuple[str, str | None]:
        """Return `redriveStatus` and its reason."""
        return redrive_status(record, self.now(), machine_deleting=is_deleting)

    def redrive(self, arn: str, *, is_deleting: bool) -> float:
        """Redrive an execution; return when it was. ApiError ExecutionNotRedrivable."""
        try:
            return self.running.redrive(arn, machine_deleting=is_deleting)
        except NotRedrivable as why:
            raise ApiError("ExecutionNotRedrivable", str(why)) from None

    def events(self, arn: str) -> Iterator[Event] | None:
        """Return the events of an execution, so far if it runs; None if they are not known."""
        execution = self.running.history_of(arn)
        if execution is None and "/" in arn:
            child = self.map_runs.child(arn)
            return None if child is None else child[1].events()
        return None if execution is None else execution.events()

    # ------------------------------------------------------------------ functions, activities, tokens

    def find_function(self, name: str, version: str = LATEST) -> Function | None:
        """Return the function of a name: made through the API, in one of its versions, or of files."""
        if version != LATEST:
            return self.deployed.find(name, version)
        return self.preparing.functions().functions.look_up(name)

    def poll_activity(self, arn: str, worker: str | None) -> Future[Mapping[str, Any]]:
        """Return what will have the next task of an activity."""
        return self.activities.poll(arn, worker)

    def send_success(self, token: str, output: JSON) -> bool | None:
        """Answer a task token; None if it is none, False if nothing waits for it any more."""
        request: dict[str, JSON] = {"do": "success", "output": output}
        return self._sent(token, lambda: self.driver.answer_token(token, output), request)

    def send_failure(self, token: str, error: str | None, cause: str | None) -> bool | None:
        """Answer a task token with an error; as `send_success`."""
        request: dict[str, JSON] = {"do": "failure", "error": error, "cause": cause}
        failure = StateError(error, cause)
        return self._sent(token, lambda: self.driver.answer_token(token, None, failure), request)

    def send_heartbeat(self, token: str) -> bool | None:
        """Tell that the work behind a token goes on; as `send_success`."""
        return self._sent(token, lambda: self.driver.beat(token), {"do": "beat"})

    def _sent(self, token: str, send: Callable[[], bool], request: dict[str, JSON]) -> bool | None:
        if send():
            return True
        if not _TOKEN.fullmatch(token):
            return None
        # What an earlier server has left goes on after the start: till then its tokens are not known.
        with suppress(TimeoutError):
            self._resumed.result(LONGEST_START)
        return send() or self.sharing.send(token, request, send)
