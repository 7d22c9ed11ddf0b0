"""Other engines beside aslrun on the same definitions, in one run: `python -m benchmarks.peers`.

In a process: aslrun, and aws-local-stepfunctions 3.0.0 by npm. Over HTTP, each in a process of its own:
`aslrun serve`, MiniStack and moto by pip. The others are installed in a temporary folder. Times are processor
time of a whole run without a process's start, of a server all that it takes from StartExecution on; the best
of several. None waits: machines have no Wait and no Retry.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import aslrun
from benchmarks.crashes import free_port
from benchmarks.server import Connection, peers, serving
from benchmarks.server import ours as our_server

PACKAGE = "aws-local-stepfunctions@3.0.0"
ROUNDS = 3
NUMBERS = count()
ARN = "arn:aws:lambda:us-east-1:123456789012:function:increment"

JSON = Any


def chain_of_two(first: JSON, most: int) -> JSON:
    """A state, and a Choice that leads back to it until `$.count` is `most`."""
    more = {"Variable": "$.count", "NumericLessThan": most, "Next": "First"}
    return {
        "StartAt": "First",
        "States": {
            "First": {**first, "Next": "More"},
            "More": {"Type": "Choice", "Choices": [more], "Default": "Done"},
            "Done": {"Type": "Succeed"},
        },
    }


def parallel() -> JSON:
    branches = [chain_of_passes(f"B{number}") for number in range(50)]
    return {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}


def chain_of_passes(branch: str) -> JSON:
    names = [f"{branch}S{number}" for number in range(20)]
    states = {
        name: {"Type": "Pass", **({"Next": after} if after else {"End": True})}
        for name, after in zip(names, [*names[1:], None], strict=True)
    }
    return {"StartAt": names[0], "States": states}


def each() -> JSON:
    one = {"StartAt": "One", "States": {"One": {"Type": "Pass", "Parameters": {"n.$": "$"}, "End": True}}}
    return {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": one, "End": True}}}


CASES: dict[str, tuple[JSON, JSON, int, str]] = {
    "loop": (
        chain_of_two({"Type": "Pass", "Parameters": {"count.$": "States.MathAdd($.count, 1)"}}, 2_000),
        {"count": 0}, 4_000, "state",
    ),
    "Parallel 50 x 20": (parallel(), {"a": 1}, 1_000, "state"),
    "Map of 2,000": (each(), [*range(1, 2_001)], 2_000, "item"),
    "mocked Tasks": (chain_of_two({"Type": "Task", "Resource": ARN}, 1_000), {"count": 0}, 1_000, "task"),
}  # fmt: skip
"""Name → (definition, input, how many units of work that is, what they are)."""

SCRIPT = """
import { StateMachine } from 'aws-local-stepfunctions';
import { readFileSync } from 'node:fs';
const [definition, input] = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const machine = new StateMachine(definition);
const overrides = { taskResourceLocalHandlers: { First: ({ count }) => ({ count: count + 1 }) } };
const taken = [];
for (let round = 0; round <= ROUNDS; round++) {
  const began = process.cpuUsage();
  await machine.run(input, { overrides }).result;
  const { user, system } = process.cpuUsage(began);
  taken.push((user + system) / 1e6);
}
console.log(Math.min(...taken.slice(1)));
""".replace("ROUNDS", str(ROUNDS))


def best_of(work: Callable[[], Any]) -> float:
    """Return the fewest seconds of processor time that some work takes, once it is warm."""
    taken = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken[1:])


def increment(event: Any) -> Any:
    return {"count": event["count"] + 1}


def ours(definition: JSON, input: JSON, history: bool) -> float:
    """Return the seconds that aslrun takes, with the history or without."""
    machine = aslrun.load(definition)
    mocks = {"First": increment} if "Resource" in str(definition) else {}

    def run() -> None:
        execution = machine.execute(input, quota=False, mocks=mocks)
        assert execution.status == "SUCCEEDED", execution.cause
        if history:
            assert execution.history

    return best_of(run)


def install(folder: Path) -> Path | None:
    """Install the npm package into a folder; return the script that measures it, None without Node.js."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    subprocess.run([npm, "install", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    script = folder / "measure.mjs"
    script.write_text(SCRIPT, encoding="utf-8")
    return script


def theirs(script: Path, definition: JSON, input: JSON) -> float | None:
    """Return the seconds that aws-local-stepfunctions takes; None where it fails, as mocks before Node 22."""
    given = script.with_name("given.json")
    given.write_text(json.dumps([definition, input]), encoding="utf-8")
    ran = subprocess.run(["node", script, given], check=False, capture_output=True, text=True)
    return float(ran.stdout) if ran.returncode == 0 else None


def used_by(process: int) -> float:
    """Return the seconds of processor time that a process has taken so far, with its threads (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def over_http(connection: Connection, process: int, definition: JSON, input: JSON) -> float:
    """Return the seconds that a server takes for an execution: the best of several rounds of a second."""
    role, text = "arn:aws:iam::123456789012:role/r", json.dumps(definition)
    made = connection.call("CreateStateMachine", name=f"m{next(NUMBERS)}", definition=text, roleArn=role)

    def run() -> None:
        begun = connection.call(
            "StartExecution",
            stateMachineArn=made["stateMachineArn"],
            name=f"n{next(NUMBERS)}",
            input=json.dumps(input),
        )
        status = "RUNNING"
        while status == "RUNNING":
            time.sleep(0.02)
            status = connection.call("DescribeExecution", executionArn=begun["executionArn"])["status"]
        assert status == "SUCCEEDED", status

    run()
    taken = []
    for _ in range(ROUNDS):
        began, number = used_by(process), 0
        while number == 0 or (used_by(process) - began < 1 and number < 20):
            run()
            number += 1
        taken.append((used_by(process) - began) / number)
    return min(taken)


def run_what_is_started(port: int) -> None:
    """Have moto really run the executions."""
    body = json.dumps({"stepfunctions": {"execute_state_machine": True}})
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/moto-api/config", body, {"Content-Type": "application/json"})
    assert connection.getresponse().status in (200, 201)


def show(name: str, size: int, unit: str, figures: dict[str, float | None]) -> None:
    told = (f"{who} {f'{size / each:,.0f}' if each else 'fails'}" for who, each in figures.items())
    print(f"{name}: {'; '.join(told)} {unit}s a second", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = install(folder)
        for name, (definition, input, size, unit) in CASES.items():
            figures: dict[str, float | None] = {
                "alone": ours(definition, input, False),
                "with history": ours(definition, input, True),
            }
            if script is not None:
                figures["aws-local-stepfunctions"] = theirs(script, definition, input)
            show(name, size, unit, figures)
        own = free_port()
        for title, command, port, env in [("aslrun serve", our_server(own), own, {}), *peers(folder)]:
            with serving(command, port, folder, env) as process:
                if title == "moto":
                    run_what_is_started(port)
                for name, (definition, input, size, unit) in CASES.items():
                    if "Resource" in str(definition):  # which would be a function of each server's own
                        continue
                    try:
                        each: float | None = over_http(Connection(port), process, definition, input)
                    except (AssertionError, RuntimeError, OSError) as wrong:
                        print(f"{title}: {name}: {wrong}", flush=True)
                        continue
                    show(name, size, unit, {title: each})


if __name__ == "__main__":
    main()
