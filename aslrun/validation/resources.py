"""The Resource of a Task, and what its pattern asks of the state beside it.

Spec: Task State; documentation: "Integrating services". Partitions and accounts may be anything: texts that
are filled in later look like neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from aslrun.states.resource import ARN_PART
from aslrun.validation.api_models import services
from aslrun.validation.findings import Finding, closest, schema_error
from aslrun.validation.integrations import OPTIMIZED, SUFFIXES, Integration
from aslrun.validation.machines import Definition, StateNode
from aslrun.validation.parameters import check_parameters
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.text import texts_in
from aslrun.values import JSON

_ARN = re.compile(
    rf"arn:{ARN_PART}*:(?P<service>{ARN_PART}*):(?P<region>{ARN_PART}*):(?P<account>{ARN_PART}*):(?P<rest>.+)",
    re.DOTALL,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_INTEGRATION = re.compile(r"(?P<api>aws-sdk:)?(?P<service>[^:]+):(?P<action>[^:.]+)(?P<suffix>[.:].*)?")
_SERVICE = re.compile(r"[a-z0-9-]+")
_DIGITS = re.compile(r"\d+")
_SDK_SERVICE = re.compile(r"[a-z][a-z0-9]*")
_SDK_ACTION = re.compile(r"[a-z][A-Za-z0-9]*")
_READERS = {"getObject", "listObjectsV2", "putObject"}
_TOKEN = re.compile(
    r"""\$\$(\.Task|\['Task'\])?\s*($|[,)])|\.Token|\['Token'\]|"Token"|\$states\.context\s*($|[^.\s])"""
)


VERY_LIKE = 0.8
"""How much alike, from 0 to 1, two names of services are of which one is likely the other, misspelt."""

CALLED = ("lambda", "states", "swf")
"""Services in whose ARNs a Task finds what to call; the specification has examples with swf."""


@lru_cache(maxsize=1024)
def integration_of(resource: str) -> Integration | None:
    """Return the service integration that a Resource names; None for all others."""
    arn = _ARN.fullmatch(resource)
    if arn is None or arn["service"] != "states" or arn["region"] or has_placeholder(arn["rest"]):
        return None
    found = _INTEGRATION.fullmatch(arn["rest"])
    if found is None:
        return Integration(arn["rest"], "", "", False)
    return Integration(found["service"], found["action"], found["suffix"] or "", bool(found["api"]))


def check_resources(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the Resource of each Task."""
    for state in definition.states:
        resource = state.fields.get("Resource") if state.type == "Task" else None
        if not isinstance(resource, str):
            continue
        for complaint in complaints(resource):
            yield replace(complaint, at=(*state.at, *complaint.at))
        if definition.machine_type == "EXPRESS":
            yield from check_express(state, resource)
        integration = integration_of(resource)
        if integration is not None:
            yield from check_service(state, integration)
            yield from check_parameters(state, integration)
            if integration.suffix == SUFFIXES["token"] and definition.machine_type == "STANDARD":
                yield from check_token(state)
                if "TimeoutSeconds" not in definition.fields:
                    yield from check_limit(state)


@lru_cache(maxsize=1024)
def complaints(resource: str) -> Sequence[Finding]:
    """Return what is wrong with a Resource by itself, at the place `Resource`."""
    at = ("Resource",)
    arn = _ARN.fullmatch(resource)
    if arn is None:
        if has_placeholder(resource) or (_URI.match(resource) and not resource.startswith("arn:")):
            return ()
        hint = "a function is arn:aws:lambda:REGION:ACCOUNT:function:NAME"
        return [Finding("INVALID_RESOURCE", "Value is not a valid resource ARN", at, hint)]
    if arn["service"] not in CALLED and _SERVICE.fullmatch(arn["service"]):
        message = f"The resource provided {resource} is not recognized: a Task does not call it by its ARN"
        near = closest(arn["service"], CALLED, VERY_LIKE)
        action = f"arn:aws:states:::aws-sdk:{arn['service'].replace('-', '')}:ACTION"
        hint = f"did you mean '{near}'?" if near else f"call an action, as in {action}"
        return [Finding("INVALID_RESOURCE", message, at, hint)]
    found = []
    if len(arn["account"]) != 12 and _DIGITS.fullmatch(arn["account"]):
        message = f"An account has 12 digits, not {len(arn['account'])}"
        stretch = (arn.start("account"), arn.end("account"))
        found.append(Finding("UNUSUAL_ACCOUNT", message, at, severity="warning", stretch=stretch))
    integration = integration_of(resource)
    wrong = integration and (check_sdk if integration.is_sdk else check_optimized)(integration)
    if wrong:
        message = f"The resource provided {resource} is not recognized"
        found.append(Finding("INVALID_RESOURCE", f"{message}: {wrong[0]}", at, wrong[1]))
    return found


def check_optimized(integration: Integration) -> tuple[str, str | None] | None:
    """Return what is wrong with an optimized integration, and what to write instead."""
    service, action, suffix = integration.service, integration.action, integration.suffix
    actions = OPTIMIZED.get(service)
    if actions is None:
        if service == "s3" and action in _READERS:
            return (
                "only an ItemReader or a ResultWriter has it",
                f"write arn:aws:states:::aws-sdk:s3:{action}",
            )
        near = closest(service, OPTIMIZED)
        hint = f"did you mean '{near}'?" if near else f"any API action is aws-sdk:{service.lower()}:ACTION"
        return f"there is no integration '{service}'", hint
    if action not in actions:
        near = closest(action, actions)
        hint = f"did you mean '{near}'?" if near else f"it has {', '.join(actions)}; others are aws-sdk:..."
        return f"{service} has no action '{action}'", hint
    return check_suffix(suffix, actions[action][0].split(), f"{service}:{action}")


def check_suffix(suffix: str, patterns: list[str], name: str) -> tuple[str, str | None] | None:
    """Return that an integration does not have the pattern it is asked for."""
    allowed = [SUFFIXES[pattern] for pattern in patterns]
    if not suffix or suffix in allowed:
        return None
    known = f"it may end with {' or '.join(allowed)}" if allowed else "nothing may follow the action"
    return f"{name} does not support '{suffix}'", known


def check_sdk(integration: Integration) -> tuple[str, str | None] | None:
    """Return what is wrong with an AWS SDK integration, as far as its form shows."""
    service, action = integration.service, integration.action
    if not _SDK_SERVICE.fullmatch(service):
        hint = "write it as the AWS SDK for Java does, such as cognitoidentityprovider"
        return "the service's name has lower-case letters and digits only", hint
    if not _SDK_ACTION.fullmatch(action):
        written = action[:1].lower() + action[1:]
        return "an action begins with a lower-case letter", f"write aws-sdk:{service}:{written}"
    return check_suffix(integration.suffix, ["token"], f"aws-sdk:{service}:{action}")


def check_service(state: StateNode, integration: Integration) -> Iterator[Finding]:
    """Yield a service of an AWS SDK integration that is likely one of those there are, misspelt.

    There are new ones all the time: one that is like none of those known passes.
    """
    service = integration.service
    if not integration.is_sdk or not _SDK_SERVICE.fullmatch(service) or service in services():
        return
    near = closest(service, services(), VERY_LIKE)
    if near is not None:
        message, at = f"The AWS SDK has no service '{service}'", (*state.at, "Resource")
        yield Finding("UNKNOWN_SERVICE", message, at, f"did you mean '{near}'?", "warning")


def check_express(state: StateNode, resource: str) -> Iterator[Finding]:
    """Yield resources that only Standard workflows can wait for."""
    integration = integration_of(resource)
    suffix = integration.suffix if integration else ""
    arn = _ARN.fullmatch(resource)
    if suffix.startswith(".sync") or suffix == SUFFIXES["token"]:
        what = f"'{suffix.split(':')[0]}' service integration"
    elif arn and arn["service"] == "states" and arn["rest"].startswith("activity:"):
        what = "Activity ARN"
    else:
        return
    yield schema_error(f"Express state machine does not support {what}", (*state.at, "Resource"))


def check_token(state: StateNode) -> Iterator[Finding]:
    """Yield a Task that waits for a token it never gives away."""
    at = (*state.at, "Resource")
    sent = [state.fields.get(field) for field in ("Parameters", "Arguments", "InputPath")]
    if not any(map(may_hold_token, sent)):
        token = "{% $states.context.Task.Token %}" if state.language == "JSONata" else "$$.Task.Token"
        message = "Nothing that is sent holds the task token, so nobody can answer"
        yield Finding("MISSING_TASK_TOKEN", message, at, f"send {token} along", "warning")


def check_limit(state: StateNode) -> Iterator[Finding]:
    """Yield a Task that waits for its token as long as an execution may last."""
    at = (*state.at, "Resource")
    limits = ("HeartbeatSeconds", "HeartbeatSecondsPath", "TimeoutSeconds", "TimeoutSecondsPath")
    if not any(limit in state.fields for limit in limits):
        message = "Without HeartbeatSeconds or TimeoutSeconds this Task waits for its token up to a year"
        yield Finding("NO_TIME_LIMIT", message, at, "add one of them", "warning")


def may_hold_token(sent: JSON) -> bool:
    """Tell whether a payload may hold the task token, as itself or as part of the context object."""
    return any(_TOKEN.search(text) or has_placeholder(text) for _, text in texts_in((), sent))
