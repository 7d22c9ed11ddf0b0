"""What state machines and functions of a template refer to, and the template does not have.

Documentation: "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If"; SAM: "Generated AWS CloudFormation resources".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aslrun.document.cloudformation.evaluation import PSEUDO_PARAMETERS, Template
from aslrun.document.cloudformation.functions import VARIABLE, function_call, mapping_at
from aslrun.document.cloudformation.resources import FUNCTION_TYPES, KINDS, LAYER_TYPES
from aslrun.document.spans import Pointer, value_at
from aslrun.document.templates import STATE_MACHINES
from aslrun.validation.findings import Finding, closest
from aslrun.validation.text import everything_in
from aslrun.values import JSON

_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")
"""Transforms that make no resources whose names cannot be told."""

_MADE_BY_SAM = (
    *("Alias", "BasePathMapping", "Deployment", "DomainName", "EventInvokeConfig", "Events", "Role", "Stage"),
    *("Url", "Version", "ApiKey", "UsagePlan", "Authorizer", "Permission", "Destination"),
)
"""How the names of resources go on that SAM makes of a resource."""

_HASH = re.compile("[0-9a-f]{10}")
"""What SAM appends to a layer's name."""


def check_references(template: Template) -> Iterator[Finding]:
    """Yield what state machines and functions refer to that the template does not have."""
    if _has_other_transforms(template):
        return
    places: list[Pointer] = [
        ("Resources", id) for id in template.resources_of(*STATE_MACHINES, *FUNCTION_TYPES, *LAYER_TYPES)
    ]
    places += [("Globals", section) for section in ("Function", "StateMachine")]
    for place in places:
        yield from _references_in(template, place, value_at(template.document.value, place), frozenset())


def _has_other_transforms(template: Template) -> bool:
    written = mapping_at({"": template.document.value}, "").get("Transform", [])
    transforms = written if isinstance(written, list) else [written]
    return any(one not in _TRANSFORMS for one in transforms) or "Fn::Transform" in template.resources


def _references_in(
    template: Template, at: Pointer, value: JSON, variables: frozenset[str]
) -> Iterator[Finding]:
    for place, inner in everything_in(at, value):
        call = function_call(inner)
        if call is None:
            continue
        name, argument = call
        here = (*place, name)
        if name == "Ref" and isinstance(argument, str):
            yield from _unknown_name(template, argument, here, None)
        elif name == "Fn::GetAtt":
            yield from _unknown_attribute(template, argument, here)
        elif name == "Fn::Sub":
            yield from _unknown_variables(template, argument, here)
        elif name == "Fn::If" and isinstance(argument, list) and argument and isinstance(argument[0], str):
            conditions = mapping_at(template.document.value, "Conditions")
            if argument[0] not in conditions:
                message = f"The template has no condition '{argument[0]}'"
                yield _unknown(message, (*here, 0), argument[0], list(conditions))


def _unknown(
    message: str, at: Pointer, name: str, known: list[str], stretch: tuple[int, int] | None = None
) -> Finding:
    return Finding("UNKNOWN_REFERENCE", message, at, stretch=stretch, written=name, known=known)


def _unknown_name(
    template: Template, name: str, at: Pointer, stretch: tuple[int, int] | None
) -> Iterator[Finding]:
    if not _is_known(template, name) and _is_certain(template, name):
        message = f"The template has no parameter and no resource '{name}'"
        yield _unknown(message, at, name, [*template.resources, *template.parameters], stretch)


def _is_known(template: Template, name: str) -> bool:
    known = (*template.parameters, *template.resources, *template.aliases, *PSEUDO_PARAMETERS, "AWS::NoValue")
    return name in known or name in template.substitutions or _is_made_by_sam(template, name)


def _is_certain(template: Template, name: str) -> bool:
    """Tell whether a name that is not known is wrong: a service makes more resources than its file has."""
    known = [*template.resources, *template.parameters]
    return not template.aliases or closest(name, known) is not None


def _is_made_by_sam(template: Template, name: str) -> bool:
    """Tell whether a name may be that of a resource which SAM makes of others: PayRole, ServerlessRestApi.

    One that is like a name of the template (Payy) is a slip, unless it goes on as SAM's names do.
    """
    types = {id: str(one.get("Type")) for id, one in template.resources.items()}
    of_sam = [id for id, type in types.items() if type.startswith("AWS::Serverless")]
    if of_sam and name.startswith("Serverless"):
        return True
    makers = [id for id in of_sam if name.startswith(id)]
    if any(_ends_as_sam_does(template, id, name[len(id) :]) for id in makers):
        return True
    return bool(makers) and closest(name, [*template.resources, *template.parameters], 0.75) is None


def _ends_as_sam_does(template: Template, id: str, end: str) -> bool:
    """Tell whether SAM makes a resource of this name's end: a word of its own, an event's name, a hash."""
    events = mapping_at(template.resources[id], "Properties").get("Events")
    named = tuple(events) if isinstance(events, dict) else ()
    return end.startswith((*_MADE_BY_SAM, *named)) or _HASH.fullmatch(end) is not None


def _unknown_attribute(
    template: Template, argument: JSON, at: Pointer, stretch: tuple[int, int] | None = None
) -> Iterator[Finding]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not all(isinstance(part, str) for part in parts):
        return
    id, attribute = template.aliases.get(str(parts[0]), str(parts[0])), ".".join(map(str, parts[1:]))
    if id not in template.resources:
        if (not _is_known(template, id) or id in template.parameters) and _is_certain(template, id):
            message = f"The template has no resource '{id}'"
            yield _unknown(message, at, id, list(template.resources), stretch)
        return
    kind = KINDS.get(str(template.resources[id].get("Type")))
    # AWS adds attributes: one that is like none that is known may be new.
    if kind and attribute not in kind.gettable and closest(attribute, kind.gettable) is not None:
        message = f"{id} has no attribute '{attribute}'"
        yield _unknown(message, at, attribute, kind.gettable, stretch)


def _unknown_variables(template: Template, argument: JSON, at: Pointer) -> Iterator[Finding]:
    is_list = isinstance(argument, list)
    text = argument[0] if isinstance(argument, list) and argument else argument
    own = argument[1] if isinstance(argument, list) and len(argument) == 2 else None
    if not isinstance(text, str):
        return
    at = (*at, 0) if is_list else at
    for match in VARIABLE.finditer(text):
        name = match[2].strip()
        if match[1] or not name or (isinstance(own, dict) and name in own) or name in template.substitutions:
            continue
        if "." in name:
            if name.split(".", 1)[1] not in ("Alias", "Version"):
                yield from _unknown_attribute(template, name, at, match.span(2))
        else:
            yield from _unknown_name(template, name, at, match.span(2))
