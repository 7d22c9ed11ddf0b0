"""Kill a server again and again while executions run, and see that nothing is lost and nothing done twice.

    python -m benchmarks.crashes [--kills 1000] [--executions 50] [--seed N]

A client starts executions (retries, Map, Parallel, waits, task tokens, functions) while the server is killed
with SIGKILL at random moments and started again. In the end each has the output of an undisturbed run; its
history is that of an undisturbed run but for times; what a client had read of a history before a kill is its
beginning afterwards, times included; and the log that the functions write shows none that was called again
after its answer had been kept.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FUNCTIONS = """
import json, os, time, uuid

LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "log")

class Flaky(Exception):
    pass

def note(**line):
    file = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (json.dumps(line) + "\\\\n").encode())
    os.close(file)

def work(event, context):
    run = f"run-{uuid.uuid4().hex}"
    note(key=event["key"], run=run)
    time.sleep(0.03)
    if event["retry"] < event.get("fails", 0):
        raise Flaky(run)
    return {"key": event["key"], "run": run}

def ask(event, context):
    note(token=event["token"])
""".replace("\\\\n", "\\n")


def _work(state: str, fails: int = 0, **fields: Any) -> dict[str, Any]:
    key = f"States.Format('{{}}/{state}/{{}}/{{}}', $$.Execution.Name, $.n, $$.State.RetryCount)"
    return {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
        "Parameters": {"key.$": key, "retry.$": "$$.State.RetryCount", "fails": fails},
        "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}],
        "ResultPath": f"$.{state}",
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def _ask(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        "ResultPath": "$.told",
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def _wait(**fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": 1, **({} if "Next" in fields else {"End": True}), **fields}


def _machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


MACHINES: dict[str, dict[str, Any]] = {
    "chain": _machine(
        A=_work("A", Next="W"),
        W=_wait(Next="B"),
        B=_work("B", fails=2, Next="T"),
        T=_ask(Next="C"),
        C=_work("C", Next="CA"),
        CA=_work("CA", Next="CB"),
        CB=_work("CB", fails=1, Next="CC"),
        CC=_work("CC", Next="X"),
        X=_wait(Next="D"),
        D=_work("D"),
    ),
    "fan": _machine(
        P={
            "Type": "Parallel",
            "Branches": [
                _machine(A=_work("A", Next="W"), W=_wait()),
                _machine(W2=_wait(Next="T"), T=_ask()),
                _machine(B=_work("B", fails=1)),
            ],
            "ResultPath": "$.p",
            "Next": "M",
        },
        M={
            "Type": "Map",
            "ItemsPath": "$.l",
            "MaxConcurrency": 2,
            "ItemProcessor": _machine(I=_work("I", Next="W3"), W3=_wait()),
            "ResultPath": "$.m",
            "Next": "E",
        },
        E=_work("E"),
    ),
}
IS_IN_ORDER = {"chain": True, "fan": False}
"""Whether a machine does one thing after the other: of others, what goes on beside something else may come
before it or after it."""
LONGEST_END = 90.0
"""Seconds after the last kill for which executions that have not ended are waited for."""
INPUT = {"n": 0, "l": [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]}
_RUN = re.compile(r"run-[0-9a-f]{32}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FOLDER = re.compile(r"aslrun-crashes-\w+")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [0-9:]{8} GMT")
"""What differs from run to run: what a function made up, ids of requests and task tokens, places, times."""


class Api:
    """Calls Step Functions at a port, again and again while no server is there."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Return the answer, an error's (`__type`) too."""
        headers = {
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("POST", "/", json.dumps(members), headers)
                answer: dict[str, Any] = json.loads(connection.getresponse().read())
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)
            else:
                return answer
            finally:
                connection.close()

    def history(self, arn: str) -> list[dict[str, Any]]:
        """Return all events of an execution, an error's empty."""
        events: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            page = self.call("GetExecutionHistory", executionArn=arn, maxResults=1000, **more)
            events += page.get("events", [])
            if "nextToken" not in page:
                return events
            more = {"nextToken": page["nextToken"]}


@dataclass
class Server:
    """`aslrun serve` in a process of its own, on one port and one store."""

    folder: Path
    store: str
    port: int
    process: subprocess.Popen[bytes] | None = None
    errors: Path = field(init=False)

    def __post_init__(self) -> None:
        self.errors = self.folder / "errors"

    def start(self) -> None:
        """Start it; it is not ready yet."""
        command = [sys.executable, "-m", "aslrun", "serve", *(f"{name}.asl.json" for name in MACHINES)]
        command += ["--port", str(self.port), "--store", self.store]
        for name in ("work", "ask"):
            command += ["--function", f"{name}=functions.py:{name}"]
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=errors, stderr=errors)

    def kill(self) -> None:
        """Kill it, whatever it does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aslrun-crashes-"))
    (folder / "functions.py").write_text(FUNCTIONS, encoding="utf-8")
    for name, definition in MACHINES.items():
        (folder / f"{name}.asl.json").write_text(json.dumps(definition), encoding="utf-8")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Client:
    """Starts executions, answers their tokens, and remembers what it read of their histories."""

    def __init__(self, folder: Path, api: Api, executions: int, chance: random.Random) -> None:
        self.folder = folder
        self.api = api
        self.chance = chance
        names = list(MACHINES)
        self.machines = {f"e{number}": names[number % len(names)] for number in range(executions)}
        self.arns: dict[str, str] = {}
        self.read: dict[str, list[list[dict[str, Any]]]] = {}
        self.is_over = threading.Event()

    def start(self, name: str) -> None:
        """Start an execution: with a name, so that it may be asked for twice."""
        machine = f"arn:aws:states:us-east-1:123456789012:stateMachine:{self.machines[name]}"
        answer = self.api.call("StartExecution", stateMachineArn=machine, name=name, input=json.dumps(INPUT))
        if "executionArn" not in answer:
            raise AssertionError(f"{name} was not started: {answer}")
        self.arns[name] = answer["executionArn"]

    def look(self) -> None:
        """Read the histories of some that have been started, the last ones most of all."""
        for name in [*self.arns][-3:] + self.chance.choices([*self.arns], k=2):
            self.read.setdefault(name, []).append(self.api.history(self.arns[name]))

    def answer_tokens(self) -> None:
        """Answer each token that the log tells of, each time that it does."""
        place, log = 0, self.folder / "log"
        while not self.is_over.wait(0.05):
            if not log.exists():
                continue
            with log.open("rb") as file:
                file.seek(place)
                lines = file.readlines()
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                place += len(line)
                told = json.loads(line)
                if "token" in told:
                    self.api.call("SendTaskSuccess", taskToken=told["token"], output='"yes"')

    def ends(self) -> dict[str, dict[str, Any]]:
        """Wait until all have ended, or for too long, and return their descriptions."""
        ended: dict[str, dict[str, Any]] = {}
        running = set(self.arns)
        until = time.monotonic() + LONGEST_END
        while running and time.monotonic() < until:
            for name in running:
                ended[name] = self.api.call("DescribeExecution", executionArn=self.arns[name])
            running = {name for name in running if ended[name].get("status") == "RUNNING"}
            time.sleep(0.1)
        return ended


def run(kills: int, executions: int, seed: int, longest: float = 0.8) -> list[str]:
    """Run executions while their server is killed so many times; return what was wrong, at best nothing.

    `longest` are the seconds that a server lives, at most, mostly from when it answers.
    """
    chance = random.Random(seed)
    with _folder() as folder:
        server = Server(folder, str(folder / "aslrun.db"), free_port())
        client = Client(folder, Api(server.port), executions, chance)
        answering = threading.Thread(target=client.answer_tokens, daemon=True)
        starting = threading.Thread(target=_start_all, args=(client, kills, longest), daemon=True)
        server.start()
        answering.start()
        starting.start()
        try:
            for _ in range(kills):
                if chance.random() < 0.8:  # others are killed while they begin, or go on with what they found
                    client.api.call("ListStateMachines")
                time.sleep(chance.uniform(0.0, longest))
                if client.arns and chance.random() < 0.5:
                    client.look()
                server.kill()
                server.start()
            starting.join()
            ended = client.ends()
            histories = {name: client.api.history(arn) for name, arn in client.arns.items()}
        finally:
            client.is_over.set()
            server.kill()
        log = [json.loads(line) for line in (folder / "log").read_bytes().splitlines()]
    whole = undisturbed()
    return [
        *_wrong_ends(client, ended, histories, whole),
        *_wrong_reads(client, histories),
        *_repeated(ended, log),
        *_went_back(client, log),
    ]


def _start_all(client: Client, kills: int, longest: float) -> None:
    pause = kills * longest / 2 / (len(client.machines) + 1)  # some of all ages at each kill
    for name in client.machines:
        client.start(name)
        time.sleep(pause)


def undisturbed() -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Return the output and the history of each machine where nothing is killed."""
    with _folder() as folder:
        server = Server(folder, "memory", free_port())
        client = Client(folder, Api(server.port), len(MACHINES), random.Random(0))
        server.start()
        threading.Thread(target=client.answer_tokens, daemon=True).start()
        try:
            for name in client.machines:
                client.start(name)
            ended = client.ends()
            return {
                machine: (ended[name].get("output", ""), client.api.history(client.arns[name]))
                for name, machine in client.machines.items()
            }
        finally:
            client.is_over.set()
            server.kill()


def _plain(text: str, name: str) -> str:
    text = _FOLDER.sub("folder", _DATE.sub("date", _ID.sub("id", _RUN.sub("run", text))))
    return text.replace(f'"{name}/', '"NAME/').replace(f'\\"{name}/', '\\"NAME/')


def _told(event: dict[str, Any], name: str) -> str:
    kept = {key: value for key, value in event.items() if key not in ("timestamp", "id", "previousEventId")}
    return _plain(json.dumps(kept, sort_keys=True), name)


def _wrong_ends(
    client: Client,
    ended: dict[str, dict[str, Any]],
    histories: dict[str, list[dict[str, Any]]],
    whole: dict[str, tuple[str, list[dict[str, Any]]]],
) -> Iterator[str]:
    first = dict(zip(MACHINES, (f"e{number}" for number in range(len(MACHINES))), strict=True))
    for name, machine in client.machines.items():
        output, history = whole[machine]
        told = ended[name]
        if told.get("status") != "SUCCEEDED" or _plain(told["output"], name) != _plain(
            output, first[machine]
        ):
            yield f"{name} of {machine} came to {told}"
            continue
        had = [_told(event, name) for event in histories[name]]
        expected = [_told(event, first[machine]) for event in history]
        if not IS_IN_ORDER[machine]:
            had, expected = sorted(had), sorted(expected)
        if had != expected:
            first_wrong = next((pair for pair in zip(had, expected, strict=False) if len({*pair}) > 1), None)
            yield (
                f"the history of {name} of {machine} has {len(had)} events, not {len(expected)}, or differs:"
                f" {first_wrong}"
            )


def _wrong_reads(client: Client, histories: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for name, read in client.read.items():
        for events in read:
            if histories[name][: len(events)] != events:
                yield f"the history of {name} has changed: {histories[name]} after {events}"


def _repeated(ended: dict[str, dict[str, Any]], log: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the keys that were worked on after the answer was kept that the output has."""
    last = {line["key"]: line["run"] for line in log if "key" in line}
    for told in ended.values():
        for key, run in re.findall(r'"key":"([^"]+)","run":"([^"]+)"', told.get("output", "")):
            if last[key] != run:
                yield f"{key} was run again after {run}"


def _went_back(client: Client, log: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what was worked on after what comes later: it had been gone on from, and was not kept."""
    reached: dict[str, tuple[str, int]] = {}
    for line in log:
        name, state, _, retry = line["key"].split("/") if "key" in line else ("", "", "", "0")
        if name and IS_IN_ORDER[client.machines[name]]:
            here = state, int(retry)  # in the order of the states' names
            if here < reached.get(name, here):
                yield f"{name} went back from {reached[name]} to {here}"
            reached[name] = here


def main() -> None:
    """Run, and print what was wrong; exit status 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--executions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    print(f"{given.executions} executions, {given.kills} kills, seed {given.seed}")
    began = time.monotonic()
    wrong = run(given.kills, given.executions, given.seed)
    print("\n".join(wrong) or "nothing was lost, and nothing was done twice")
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
