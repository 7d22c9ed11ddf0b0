"""Other engines beside aslrun on the same definitions, in one run: `python -m benchmarks.peers`.

aws-local-stepfunctions 3.0.0 is installed with npm into a temporary folder; moto is measured where it is
installed with its interpreter (`pip install 'moto[stepfunctions]'`). Times are processor time of a whole run,
the better of three, without a process's start. Neither waits: machines have no Wait and no Retry.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import aslrun

PACKAGE = "aws-local-stepfunctions@3.0.0"
ROUNDS = 3
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


def moto(definition: JSON, input: JSON) -> float:
    """Return the seconds that moto's interpreter takes, history included: it is always made."""
    import boto3
    from moto import mock_aws

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        role = "arn:aws:iam::123456789012:role/r"
        text = json.dumps(definition)
        machine = client.create_state_machine(name="m", definition=text, roleArn=role)["stateMachineArn"]

        numbers = count()

        def run() -> None:
            # Of two that are given no name, it takes the second for the first again.
            name = f"n{next(numbers)}"
            begun = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(input))
            status = "RUNNING"
            while status == "RUNNING":
                time.sleep(0.01)
                status = client.describe_execution(executionArn=begun["executionArn"])["status"]
            assert status == "SUCCEEDED", status

        return best_of(run)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = install(Path(folder))
        has_moto = find_spec("moto") is not None and find_spec("antlr4") is not None
        for name, (definition, input, size, unit) in CASES.items():
            figures: dict[str, float | None] = {
                "alone": ours(definition, input, False),
                "with history": ours(definition, input, True),
            }
            if script is not None:
                figures["aws-local-stepfunctions"] = theirs(script, definition, input)
            if has_moto and "Resource" not in str(definition):
                figures["moto"] = moto(definition, input)
            told = (f"{who} {f'{size / each:,.0f}' if each else 'fails'}" for who, each in figures.items())
            print(f"{name}: {'; '.join(told)} {unit}s a second", flush=True)


if __name__ == "__main__":
    main()
