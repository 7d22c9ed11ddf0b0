"""What the console shows, as plain JSON: machines, executions, and an execution as the report page has it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aslrun.document import parse_document
from aslrun.execution import Execution
from aslrun.graph import build_graph, render
from aslrun.graph.icons import BADGES
from aslrun.interpreter.scope import Scope
from aslrun.machine import StateMachine
from aslrun.page import Recording, record_execution
from aslrun.page.html import read_story
from aslrun.server.errors import ApiError, no_execution
from aslrun.server.operations import operate
from aslrun.server.protocol import Request
from aslrun.server.service import MACHINE, Service
from aslrun.store import BadToken, ExecutionRecord
from aslrun.values import JSON

PAGE = 200
"""Executions of one part of the list."""
MOST_LOOKED_AT = 20_000
"""Executions that are looked at for one part, where few of them have the name that is asked for."""
FIRST_EVENT = 5.0
"""Seconds in which an execution that was started has its first event."""
ROOM = 100.0
"""Seconds that stand on each state of the drawing, so that there is room for what will."""


def list_machines(service: Service) -> JSON:
    """Return all machines by their names, with how many of their executions run."""
    machines = sorted(service.all(MACHINE), key=lambda one: (one.name, one.arn))
    return [
        {
            "arn": one.arn,
            "name": one.name,
            "type": one.data["type"],
            "status": one.data["status"],
            "created": one.created,
            "running": service.store.count(one.arn, "RUNNING"),
        }
        for one in machines
    ]


def list_executions(service: Service, asked: Mapping[str, str]) -> dict[str, JSON]:
    """Return a part of the executions, the last started first, and where the next part begins.

    `asked` may have `machine`, `status`, `name` (a part of it, in any case) and `after`. ApiError for an
    `after` that is none.
    """
    name, after = asked.get("name", "").lower(), asked.get("after") or None
    found: list[ExecutionRecord] = []
    looked_at = 0
    while len(found) < PAGE and looked_at < MOST_LOOKED_AT:
        try:
            page = service.store.executions(
                asked.get("machine") or None, status=asked.get("status") or None, limit=PAGE, after=after
            )
        except BadToken:
            raise ApiError("InvalidToken", "there is no such part of the list") from None
        looked_at += len(page.items)
        found += [one for one in page.items if name in one.name.lower()]
        after = page.next
        if after is None:
            break
    return {"executions": [_summary(one) for one in found], "next": after, "now": service.now()}


def _summary(record: ExecutionRecord) -> JSON:
    return {
        "arn": record.arn,
        "machine": record.machine,
        "name": record.name,
        "status": record.status,
        "started": record.started,
        "stopped": record.stopped,
        "error": record.error,
        "redrives": record.redrives,
    }


def find_execution(service: Service, arn: str) -> Execution:
    """Return an execution with its history so far; ApiError if there is none, or it does not begin."""
    execution = service.engine.running.history_of(arn)
    if execution is None:
        raise no_execution(arn)
    until = time.monotonic() + FIRST_EVENT
    while not execution.journal.rows:
        if time.monotonic() > until:
            raise ApiError("ExecutionNotBegun", f"the execution has not begun yet: '{arn}'")
        time.sleep(0.01)
    return execution


def tell_execution(service: Service, arn: str) -> dict[str, Any]:
    """Return all that the page shows of an execution: the report page's story, and what can be done."""
    execution = find_execution(service, arn)
    recording = _recording_of(execution)
    graph = build_graph(execution.definition)
    return {
        **read_story(graph, execution.definition, recording),
        "isLive": True,
        "leftOut": recording.left_out,
        "console": _state_of(service, arn, execution),
    }


def _recording_of(execution: Execution) -> Recording:
    """Return what is recorded; one that goes on meanwhile may have to be asked again."""
    for _ in range(10):
        try:
            return record_execution(execution)
        except (RuntimeError, ValueError):
            time.sleep(0.01)
    return record_execution(execution)


def _state_of(service: Service, arn: str, execution: Execution) -> dict[str, Any]:
    """Return what the API says of an execution, and the task tokens that are waited for."""
    state: dict[str, Any] = {
        "arn": arn,
        "name": execution.name,
        "machine": execution.machine_arn,
        "status": execution.status,
        "tokens": waiting_tokens(execution),
    }
    if service.engine.record(arn) is None:  # an EXPRESS one
        return {**state, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": None, "redriveCount": 0}
    told = operate(service, Request("DescribeExecution", {"executionArn": arn}))
    assert isinstance(told, Mapping)
    names = ("status", "stateMachineArn", "redriveStatus", "redriveStatusReason", "redriveCount")
    return state | {name: told[name] for name in names}


def waiting_tokens(execution: Execution) -> list[JSON]:
    """Return the task tokens that are waited for: the state, the iterations around it (`#3 #0`), the
    resource; in that order."""
    if execution.driver is None:
        return []
    waiting = [
        (one.call.state, iterations_around(one.fiber.scope), token, one.call.resource.text)
        for token, one in [*execution.driver.tokens.items()]
        if one.fiber.root is execution.root
    ]
    return [
        {"token": token, "state": state, "place": " ".join(f"#{at}" for at in around), "resource": resource}
        for state, around, token, resource in sorted(waiting)
    ]


def iterations_around(scope: Scope | None) -> list[int]:
    """Return the numbers of the iterations that a scope is in, from the outermost."""
    around: list[int] = []
    while scope is not None:
        if scope.iteration_of is not None:
            around.insert(0, scope.index)
        scope = scope.parent
    return around


def draw(definition: JSON, *, is_executed: bool = False) -> str:
    """Return the drawing of a machine as SVG; with `is_executed`, for the page's scripts to draw an
    execution on it."""
    graph = build_graph(definition)
    if is_executed:
        graph.graph["status"] = "RUNNING"
        for _, node in graph.nodes(data=True):
            if node["kind"] == "state":
                node["seconds"] = ROOM
    return render(graph, "svg")


def read_definition(text: str) -> JSON:
    """Return the definition that a text is."""
    return StateMachine(parse_document(text, "definition"), None, "STANDARD", name="").definition


def machine_definition(service: Service, arn: str) -> JSON:
    """Return the definition of a machine; ApiError if there is none."""
    return read_definition(service.definition(str(service.machine(arn).data["definition"])))


def signs() -> JSON:
    """Return the signs of statuses, as the report page has them."""
    return {**BADGES}


def glance_at_all(service: Service) -> JSON:
    """Return what is another value when the lists have changed: the machines, and the last executions."""
    machines: list[JSON] = [
        [one.arn, one.data["definition"], one.data["status"]] for one in service.all(MACHINE)
    ]
    page = service.store.executions(limit=PAGE)
    executions: list[JSON] = [[one.arn, one.status, one.redrives] for one in page.items]
    return [machines, executions, service.store.count(status="RUNNING")]


def glance_at(service: Service, arn: str) -> JSON:
    """Return what is another value when an execution has gone on; ApiError if there is none."""
    live = service.engine.running.live(arn)
    if live is not None:
        tokens: list[JSON] = [*live.tokens]
        lines = sum(map(len, [*live.journal.logs.values()]))
        return [live.status, live.journal.total_events(), lines, tokens]
    record = service.engine.record(arn)
    if record is None:
        return ["GONE"]
    return [record.status, record.events, record.redrives, []]
