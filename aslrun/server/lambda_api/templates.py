"""What templates set of their functions besides code and configuration: tags, URLs, how they are invoked when
nobody waits. Told by the API as its own operations keep it, by qualifiers.

Documentation: SAM, "FunctionUrlConfig", "EventInvokeConfiguration"; CloudFormation, AWS::Lambda::Url,
AWS::Lambda::EventInvokeConfig.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.resources import FUNCTION_TYPES
from aslrun.functions.function import function_name
from aslrun.server.lambda_api.deployed import LATEST
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.values import JSON

ToldSettings: TypeAlias = dict[str, dict[str, dict[str, JSON]]]
"""Function → what is set (`Tags`, `Url`, `Invoke`) → values: of tags by their keys, else by qualifiers."""
_URL = ("AuthType", "Cors", "InvokeMode")
_INVOKE = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_MADE: Mapping[str, tuple[str, str]] = {"SQS": ("sqs", "Queue"), "SNS": ("sns", "Topic")}


def settings_in(templates: Iterable[Template]) -> ToldSettings:
    """Return what templates set of their functions. Raises nothing: what makes no sense is left out."""
    told: ToldSettings = defaultdict(lambda: defaultdict(dict))
    for template in templates:
        for id in template.resources_of(*FUNCTION_TYPES):
            if template.is_made(id):
                _of_function(template, id, told[template.name(id)])
        for type, key, names, named in (
            ("AWS::Lambda::Url", "Url", _URL, "TargetFunctionArn"),
            ("AWS::Lambda::EventInvokeConfig", "Invoke", _INVOKE, "FunctionName"),
        ):
            for id in template.resources_of(type):
                properties = _resolved(template, id) if template.is_made(id) else {}
                if isinstance(properties.get(named), str):
                    qualifier = str(properties.get("Qualifier") or LATEST)
                    told[function_name(properties[named])][key][qualifier] = _kept(properties, names)
    return told


def _of_function(template: Template, id: str, told: dict[str, dict[str, JSON]]) -> None:
    properties = _resolved(template, id)
    told["Tags"] = _tags(properties.get("Tags"))
    alias = properties.get("AutoPublishAlias")
    qualifier = alias if isinstance(alias, str) else LATEST  # SAM sets them for the alias
    url, config = properties.get("FunctionUrlConfig"), properties.get("EventInvokeConfig")
    if isinstance(url, dict):
        told["Url"][qualifier] = _kept(url, _URL)
    if isinstance(config, dict):
        destinations = config.get("DestinationConfig")
        made: dict[str, JSON] = {
            when: {"Destination": _destination(id, when, one)}
            for when, one in (destinations if isinstance(destinations, dict) else {}).items()
            if isinstance(one, dict)
        }
        told["Invoke"][qualifier] = {**_kept(config, _INVOKE), "DestinationConfig": made}


def _destination(id: str, when: str, told: Mapping[str, Any]) -> str:
    """Return a destination's ARN. SAM makes a queue or a topic where only a type is said."""
    if told.get("Destination"):
        return str(told["Destination"])
    service, kind = _MADE.get(str(told.get("Type")), ("sqs", "Queue"))
    return f"arn:aws:{service}:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:{id}{when}{kind}"


def _resolved(template: Template, id: str) -> dict[str, Any]:
    resolved = template.resolve(template.properties(id))
    return resolved if isinstance(resolved, dict) else {}


def _kept(properties: Mapping[str, Any], names: Iterable[str]) -> dict[str, JSON]:
    return {name: properties[name] for name in names if properties.get(name) is not None}


def _tags(written: Any) -> dict[str, JSON]:
    """Return tags: SAM has them in an object, CloudFormation in a list."""
    if isinstance(written, dict):
        return {name: str(value) for name, value in written.items()}
    listed = [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []
    return {str(one["Key"]): str(one.get("Value", "")) for one in listed if "Key" in one}
