"""Routes that start a state machine themselves, without a function.

Documentation: "Creating a Step Functions API using API Gateway" (REST), "Integration subtype reference" (HTTP
APIs: `StepFunctions-StartExecution`, `-StartSyncExecution`, `-StopExecution`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from aslrun.errors import StateError
from aslrun.server.api_gateway.mapping import Mapped, member, render
from aslrun.server.api_gateway.requests import ApiRequest
from aslrun.server.api_gateway.routes import Api, StartMachine
from aslrun.values import JSON, to_json_text

MEMBERS: Mapping[str, str] = {
    "StateMachineArn": "stateMachineArn",
    "Input": "input",
    "Name": "name",
    "TraceHeader": "traceHeader",
    "ExecutionArn": "executionArn",
    "Error": "error",
    "Cause": "cause",
}
"""Parameters of an HTTP API's integration, and what Step Functions calls them."""
_SELECTED = re.compile(r"\$\{(?P<braced>[^{}]+)\}|^\$(?P<whole>(?:request|context|stageVariables)\b.*)$")


def members_of(target: StartMachine, request: ApiRequest, api: Api, values: Mapping[str, str]) -> JSON:
    """Return what Step Functions is asked; StateError for a mapping template that cannot be followed."""
    mapped = Mapped(request, values, api.variables)
    if target.template is not None:
        text = render(target.template, mapped)
        try:
            told: JSON = json.loads(text)
        except ValueError as wrong:
            reason = f"the mapping template makes no JSON ({wrong}): {text[:200]}"
            raise StateError("InvalidMappingTemplate", reason) from None
        return told
    if not target.parameters:
        return {"stateMachineArn": target.arn, "input": request.body.decode("utf-8", "replace") or "{}"}
    asked: dict[str, JSON] = {}
    for name, written in target.parameters.items():
        value = selected(written, mapped)
        if name in MEMBERS and value is not None:
            asked[MEMBERS[name]] = value
    return asked


def selected(written: JSON, mapped: Mapped) -> JSON:
    """Return the value of a parameter, in which `$request.body.id` and `${request.body.id}` are filled in."""
    if not isinstance(written, str):
        return to_json_text(written)
    whole = _SELECTED.fullmatch(written)
    if whole is not None and whole["whole"] is not None:
        return _as_text(_select(whole["whole"], mapped))
    return _SELECTED.sub(lambda match: _as_text(_select(match["braced"] or "", mapped)) or "", written)


def _as_text(value: JSON) -> str | None:
    return value if value is None or isinstance(value, str) else to_json_text(value)


def _select(path: str, mapped: Mapped) -> JSON:
    source, _, rest = path.partition(".")
    if source == "stageVariables":
        return mapped.variables.get(rest)
    if source == "context":
        return mapped.context.get(rest)
    source, _, rest = rest.partition(".")
    request = mapped.request
    if source == "body":
        return member(mapped.body, rest) if rest else request.body.decode("utf-8", "replace")
    if source == "header":
        return request.header(rest) or None
    if source == "querystring":
        return next((value for name, value in request.queries if name == rest), None)
    if source == "path":
        return mapped.values.get(rest) if rest else request.path
    return None
