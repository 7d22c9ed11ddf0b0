"""Ordinary handlers through the real clients of Node.js 22 and 24, and through aslrun's worker.

`make test-node-ric` installs the clients and sets ASLRUN_NODE_RIC to where they are.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from node_client import ARN, NAME, Client, Outcome
from node_handlers import Case, read_cases

from aslrun.errors import StateError
from aslrun.functions.function import Function
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.runtime import node_version
from aslrun.functions.table import Functions
from aslrun.values import to_json_text

pytestmark = pytest.mark.node_ric

OF_NODE = {"of JSON.parse", "assertion"}
"""Handlers that tell messages of Node.js itself: compared whole where this machine's has that version."""

_CHANGING = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "TIME"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "REQUEST"),
]


@pytest.fixture(scope="module")
def place() -> Path:
    return Path(os.environ["ASLRUN_NODE_RIC"])


@pytest.mark.parametrize("major", [22, 24])
@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_results(case: Case, major: int, place: Path, tmp_path: Path) -> None:
    theirs, their_log = through_client(case, major, place, tmp_path)
    ours, our_log = through_worker(case, major, tmp_path)
    if case.name in OF_NODE and node_version()[0] != major:
        assert [one["errorType"] for one in ours] == [one["errorType"] for one in theirs]
        return
    assert ours == theirs
    assert our_log == their_log


def write(case: Case, folder: Path) -> str:
    """Write a handler's files; return Lambda's name of the handler."""
    for name, text in case.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return f"{Path(next(iter(case.files))).with_suffix('').as_posix()}.{case.handler}"


def through_client(case: Case, major: int, place: Path, folder: Path) -> tuple[list[Any], list[str]]:
    client = Client(place, major, folder, write(case, folder), case.environment)
    try:
        outcomes = [client.invoke(event) for event in case.events]
    finally:
        log = client.close()
    return [comparable(one, folder) for one in outcomes], lines(log, folder)


def through_worker(case: Case, major: int, folder: Path) -> tuple[list[Any], list[str]]:
    file = folder / next(iter(case.files))
    function = Function(
        NAME,
        file,
        case.handler,
        root=folder,
        timeout=20,
        environment=case.environment,
        runtime=f"nodejs{major}.x",
    )
    logged: list[str] = []
    lambdas = LambdaFunctions(Functions({}, declared=[function]), show=lambda name, line: logged.append(line))
    outcomes = []
    for event in case.events:
        try:
            outcomes.append(Outcome(result=to_json_text(lambdas.invoke_function(ARN, event))))
        except StateError as failed:
            outcomes.append(Outcome(error=json.loads(failed.cause or "")))
    lambdas.close()
    return [comparable(one, folder) for one in outcomes], lines("\n".join(logged), folder)


def comparable(outcome: Outcome, folder: Path) -> Any:
    """Return what can be compared of an outcome: without ids, times, and frames that are not the user's."""
    if outcome.error is None:
        assert outcome.result is not None
        try:
            return json.loads(fixed(outcome.result))
        except ValueError:
            return fixed(outcome.result)
    told = dict(outcome.error)
    if "trace" in told:
        told["trace"] = users(told["trace"], folder)
    if isinstance(told.get("errorMessage"), str):
        told["errorMessage"] = "\n".join(users(told["errorMessage"].split("\n"), folder))
    return json.loads(fixed(json.dumps(told)))


def users(trace: list[str], folder: Path) -> list[str]:
    """Return the lines of a trace or message that are no frames of Node.js, the client or the worker."""
    return [line for line in trace if not re.match(r" +at |- /", line) or str(folder) in line]


def fixed(text: str) -> str:
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    return text


def lines(log: str, folder: Path) -> list[str]:
    """Return the lines that the client logs, without frames that are not the user's."""
    found = []
    for line in re.split("[\r\n]+", log):
        head, tab, told = line.partition("\t{")
        if not re.match(r"\d{4}-|\{", line) or "\t(node:" in head:
            continue
        if tab:
            line = f"{head}\t{_error('{' + told, folder)}"
        found.append(fixed(re.sub(r'(\\n|",") {4}at (?:(?!\\n|",?).)*', "", line)))
    return found


def _error(text: str, folder: Path) -> str:
    """Return the text of an error in a log."""
    try:
        error = json.loads(text)
    except ValueError:
        return text
    if isinstance(error.get("stack"), list):
        error["stack"] = users(error["stack"], folder)
    error["errorMessage"] = "\n".join(users(str(error.get("errorMessage")).split("\n"), folder))
    if isinstance(reason := error.get("reason"), dict):
        reason["stack"] = users(reason["stack"], folder)
    for name in ("requireStack", "name"):
        error.pop(name, None)
    return json.dumps(error)
