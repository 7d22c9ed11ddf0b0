"""What a rule's target is given of an event: Input, InputPath, InputTransformer.

Documentation: "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aslrun.values import JSON, from_json_text, to_json_text

_VARIABLE = re.compile(r"<([\w.-]+)>")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


def input_of(
    target: Mapping[str, Any], event: Mapping[str, JSON], rule_arn: str, rule: str, now: str
) -> JSON:
    """Return what a target is given of an event; a text that is not JSON is itself."""
    if isinstance(given := target.get("Input"), str):
        return parsed(given)
    if isinstance(path := target.get("InputPath"), str):
        return at_path(event, path)
    transformer = target.get("InputTransformer")
    if not isinstance(transformer, dict):
        return dict(event)
    paths = transformer.get("InputPathsMap") or {}
    own: dict[str, JSON] = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule,
        "aws.events.event.ingestion-time": now,
        "aws.events.event": {name: one for name, one in event.items() if name != "detail"},
        "aws.events.event.json": dict(event),
    }
    values = {**own, **{name: at_path(event, str(path)) for name, path in paths.items()}}
    return parsed(fill(str(transformer.get("InputTemplate", "")), values))


def fill(template: str, values: Mapping[str, JSON]) -> str:
    """Return a template with its variables: inside of a JSON text as text, elsewhere as JSON."""
    is_json = template.lstrip()[:1] in ("{", "[")
    filled: list[str] = []
    in_text, at = False, 0
    for match in _VARIABLE.finditer(template):
        before = template[at : match.start()]
        in_text ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        value = values.get(match[1], "" if match[1] in values or not match[1].startswith("aws.") else None)
        filled += [before, _written(value, in_text=in_text, is_json=is_json)]
        at = match.end()
    return "".join([*filled, template[at:]])


def _written(value: JSON, *, in_text: bool, is_json: bool) -> str:
    if in_text:
        text = value if isinstance(value, str) else to_json_text(value)
        return to_json_text(text)[1:-1] if isinstance(value, str) or is_json else text
    return to_json_text(value)


def parsed(text: str) -> JSON:
    """Return the value of a text, or the text if it is not JSON."""
    try:
        return from_json_text(text)
    except (ValueError, RecursionError):
        return text


def at_path(event: Mapping[str, JSON], path: str) -> JSON:
    """Return what is at `$.detail.x[0]`; null where nothing is."""
    value: JSON = dict(event)
    for name, index, single, double in _STEP.findall(path.removeprefix("$")):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name or single or double) if isinstance(value, dict) else None
    return value
