"""The parameters of a Task's call: that those are given which the action requires, and no others.

For optimized integrations by our own tables, for AWS SDK integrations by botocore's models, where that is
installed. Parameters that are computed are known by name only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from aslrun.document.spans import Pointer
from aslrun.validation.api_models import Api, Shape, api_of
from aslrun.validation.findings import Finding, closest
from aslrun.validation.integrations import OPTIMIZED, Integration
from aslrun.validation.machines import StateNode
from aslrun.validation.placeholders import has_placeholder
from aslrun.values import JSON


def check_parameters(state: StateNode, integration: Integration) -> Iterator[Finding]:
    """Yield what is wrong with the parameters of a Task, where it is certain which are given."""
    at = (*state.at, "Arguments" if state.language == "JSONata" else "Parameters")
    given = state.fields.get(str(at[-1]))
    if integration.is_sdk:
        api = api_of(integration.service)
        if api is not None:
            yield from check_call(state, integration, api, at, given)
    elif isinstance(given, dict):
        yield from check_given(given, required_by(integration), at)


def required_by(integration: Integration) -> Sequence[str]:
    """Return the parameters that an optimized integration requires."""
    from aslrun.states.parameters import PARAMETERS

    known = PARAMETERS.get((integration.service, integration.action))
    if known is not None:
        return known.required
    return OPTIMIZED.get(integration.service, {}).get(integration.action, ("", ""))[1].split()


def check_given(given: Mapping[str, JSON], required: Sequence[str], at: Pointer) -> Iterator[Finding]:
    """Yield the required parameters that are not given, whatever case they are written in."""
    if any(map(has_placeholder, given)):
        return
    names = {name_of(key).lower() for key in given}
    for name in required:
        if name.lower() not in names:
            message = f"The field '{name}' is required but was missing"
            near = closest(name, [key for key in given if name_of(key) not in required])
            hint = f"'{near}' is given instead" if near else None
            yield Finding("MISSING_PARAMETER", message, at, hint, "warning", key=True)


def check_call(
    state: StateNode, integration: Integration, api: Api, at: Pointer, given: JSON
) -> Iterator[Finding]:
    """Yield what a service's model does not have, and what it requires."""
    action = integration.action
    if action.lower() not in api.actions:
        message = f"{integration.service} has no action '{action}'"
        unknown = Finding("UNKNOWN_ACTION", message, (*state.at, "Resource"), severity="warning")
        yield replace(unknown, written=action, known=tuple(api.actions.values()))
        return
    shape = api.input_of(action) or {"type": "structure", "members": {}}
    waiting: list[tuple[Pointer, JSON, Shape]] = [(at, given, shape)]
    while waiting:
        at, value, shape = waiting.pop()
        if is_plain(shape) and isinstance(value, dict):
            yield from check_members(value, shape, at)
        waiting.extend(inner_values(value, shape, api, at))


def is_plain(shape: Shape) -> bool:
    """Tell whether a shape is an object whose fields are all known."""
    return shape["type"] == "structure" and not shape.get("document") and not shape.get("eventstream")


def check_members(given: Mapping[str, JSON], shape: Shape, at: Pointer) -> Iterator[Finding]:
    """Yield the fields of an object that the API does not have, and those it requires."""
    members = {name.lower(): name for name in shape["members"]}
    for key in given:
        if name_of(key).lower() not in members and not has_placeholder(key):
            names = tuple(name[:1].upper() + name[1:] for name in shape["members"])
            message = f"The API has no parameter '{name_of(key)}' here"
            unknown = Finding("UNKNOWN_PARAMETER", message, (*at, key), severity="warning", key=True)
            yield replace(unknown, written=name_of(key), known=names)
    # A token that makes a call idempotent is filled in by the SDK.
    required = [
        name[:1].upper() + name[1:]
        for name in shape.get("required", ())
        if not shape["members"][name].get("idempotencyToken")
    ]
    yield from check_given(given, required, at)


def inner_values(value: JSON, shape: Shape, api: Api, at: Pointer) -> Iterator[tuple[Pointer, JSON, Shape]]:
    """The values in a parameter whose shapes are known."""
    if shape["type"] == "structure" and isinstance(value, dict):
        members = {name.lower(): member for name, member in shape["members"].items()}
        for key, inner in value.items():
            if key.lower() in members:
                yield (*at, key), inner, api.shape(members[key.lower()])
    elif shape["type"] == "list" and isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*at, index), inner, api.shape(shape["member"])
    elif shape["type"] == "map" and isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key), inner, api.shape(shape["value"])


def name_of(key: str) -> str:
    """Return the name of a parameter, without the mark of a computed one."""
    return key.removesuffix(".$")
