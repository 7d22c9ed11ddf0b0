"""EventBridge Pipes: from a queue or a stream, by an enrichment if there is one, to a target.

Documentation: "Amazon EventBridge Pipes", its "Batching and concurrency" and "Input transformation". Filters
and the source's settings are those of an event source mapping, of which a pipe stands for the function.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aslrun.server.events.inputs import at_path, parsed
from aslrun.server.events.targets import Ran, Targets, stamp
from aslrun.values import JSON, to_json_text

_PATH = re.compile(r"<(\$[^<>]*|aws\.pipes\.[\w.-]+)>")
_PARAMETERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "events": ("EventBridgeEventBusParameters", ("DetailType", "Source")),
    "kinesis": ("KinesisStreamParameters", ("PartitionKey",)),
    "sqs": ("SqsQueueParameters", ("MessageGroupId", "MessageDeduplicationId")),
}
"""Service of a target → its parameters, and those of them that are the call's."""
_AT_ONCE = ("lambda", "states")
"""Targets that are given all items in one list."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe of a template: `enrichment` and `target` are ARNs; the parameters are as CloudFormation has
    them."""

    name: str
    target: str
    enrichment: str | None = None
    enrichment_parameters: Mapping[str, Any] = field(default_factory=dict)
    target_parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """What the mapping of its source calls."""
        return f"arn:aws:pipes:us-east-1:123456789012:pipe/{self.name}"


def pipe_of(name: str, properties: Mapping[str, Any]) -> Pipe:
    """Return the pipe that a template's properties describe."""
    return Pipe(
        name,
        str(properties["Target"]),
        str(properties["Enrichment"]) if properties.get("Enrichment") else None,
        properties.get("EnrichmentParameters") or {},
        properties.get("TargetParameters") or {},
    )


def source_settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an event source mapping that a pipe's SourceParameters are."""
    own: dict[str, Any] = next((one for name, one in parameters.items() if name.endswith("Parameters")), {})
    settings = {name: one for name, one in own.items() if name != "DeadLetterConfig"}
    if dead := (own.get("DeadLetterConfig") or {}).get("Arn"):
        settings["DestinationConfig"] = {"OnFailure": {"Destination": dead}}
    if "OnPartialBatchItemFailure" in settings:
        settings["BisectBatchOnFunctionError"] = (
            settings.pop("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT"
        )
    if "FilterCriteria" in parameters:
        settings["FilterCriteria"] = parameters["FilterCriteria"]
    return {**settings, "FunctionResponseTypes": ["ReportBatchItemFailures"]}


class Pipes:
    """Runs pipes by their ARNs. `run_function` invokes a function and waits for its answer."""

    def __init__(self, targets: Targets, run_function: Callable[[str, JSON], Ran]) -> None:
        self.targets = targets
        self.run_function = run_function
        self._all: dict[str, Pipe] = {}

    def put(self, pipe: Pipe) -> None:
        """Add a pipe."""
        self._all[pipe.arn] = pipe

    def run(self, arn: str, event: JSON) -> Ran | None:
        """Send a batch of records through the pipe of an ARN; None if there is none."""
        pipe = self._all.get(arn)
        if pipe is None:
            return None
        records = event.get("Records") if isinstance(event, dict) else None
        items = [_flat(one) for one in records] if isinstance(records, list) else []
        reserved = self._reserved(pipe, items)
        if pipe.enrichment is not None:
            template = pipe.enrichment_parameters.get("InputTemplate")
            asked = [filled(template, item, reserved) for item in items]
            enriched = self._enriched(pipe.enrichment, [*asked])
            if enriched.failed:
                return enriched
            items = enriched.body if isinstance(enriched.body, list) else [enriched.body]
            if not items:
                return Ran([], False)
        template = pipe.target_parameters.get("InputTemplate")
        return self._delivered(pipe, [filled(template, item, reserved) for item in items], reserved)

    def _reserved(self, pipe: Pipe, items: list[JSON]) -> dict[str, JSON]:
        """Return the variables of templates that are none of an item."""
        first = items[0] if items and isinstance(items[0], dict) else {}
        return {
            "aws.pipes.pipe-arn": pipe.arn,
            "aws.pipes.pipe-name": pipe.name,
            "aws.pipes.source-arn": first.get("eventSourceARN"),
            "aws.pipes.source": first.get("eventSource"),
            "aws.pipes.enrichment-arn": pipe.enrichment,
            "aws.pipes.target-arn": pipe.target,
            "aws.pipes.event.ingestion-time": stamp(self.targets.work.now),
        }

    def _enriched(self, arn: str, items: list[JSON]) -> Ran:
        if arn.split(":")[2] == "lambda":
            return self.run_function(arn, items)
        if arn.split(":")[2] != "states":
            return _failed(f"aslrun has no local form of the enrichment {arn}")
        given = {"stateMachineArn": arn, "input": to_json_text(items)}
        try:
            told = self.targets.call("stepfunctions", "StartSyncExecution", given)
        except Exception as wrong:  # whatever the service answers
            return _failed(str(wrong))
        if told["status"] != "SUCCEEDED":
            return _failed(str(told.get("cause") or told.get("error") or told["status"]))
        return Ran(parsed(told["output"]), False)

    def _delivered(self, pipe: Pipe, items: list[JSON], reserved: Mapping[str, JSON]) -> Ran:
        service = pipe.target.split(":")[2]
        parameters = pipe.target_parameters.get("LambdaFunctionParameters") or {}
        if service == "lambda" and parameters.get("InvocationType") != "FIRE_AND_FORGET":
            return self.run_function(pipe.target, items)
        try:
            for payload in [items] if service in _AT_ONCE else items:
                self.targets.put(pipe.target, payload, more_of(pipe, payload, reserved))
        except Exception as wrong:  # whatever the service answers
            return _failed(str(wrong))
        return Ran(None, False)


def more_of(pipe: Pipe, payload: JSON, reserved: Mapping[str, JSON]) -> dict[str, Any]:
    """Return what a target's parameters add to its call."""
    service = pipe.target.split(":")[2]
    if service not in _PARAMETERS:
        return {}
    name, names = _PARAMETERS[service]
    given = pipe.target_parameters.get(name) or {}
    more: dict[str, Any] = {}
    if service == "events":
        source = reserved["aws.pipes.source"]
        more = {"Source": f"Pipe {pipe.name}", "DetailType": f"Event from {source}"}
    for key in names:
        if key in given:
            written = str(given[key])
            value = filled(f"<{written}>" if written.startswith("$.") else written, payload)
            more[key] = value if isinstance(value, str) else to_json_text(value)
    return more


def filled(template: Any, item: JSON, reserved: Mapping[str, JSON] = {}) -> JSON:
    """Return an item by an InputTemplate, in which `<$.body.id>` stands for parts of it, and
    `<aws.pipes.pipe-name>` for what is `reserved`; without one as it is.

    Texts that are JSON, such as a message's body, are looked into.
    """
    if not isinstance(template, str):
        return item
    read = _looked_into(item)
    own = {**reserved, "aws.pipes.event": item, "aws.pipes.event.json": read}
    in_text = {match.start(): _is_in_text(template[: match.start()]) for match in _PATH.finditer(template)}
    is_json = template.lstrip()[:1] in ("{", "[", "<")

    def value(match: re.Match[str]) -> str:
        if match[1].startswith("$"):
            found = at_path(read, match[1]) if isinstance(read, dict) else None
        else:
            found = own.get(match[1])
        if in_text[match.start()] or not is_json:
            text = found if isinstance(found, str) else to_json_text(found)
            return to_json_text(text)[1:-1] if is_json else text
        return to_json_text(found)

    return parsed(_PATH.sub(value, template))


def _is_in_text(before: str) -> bool:
    return len(re.findall(r'(?<!\\)"', before)) % 2 == 1


def _looked_into(value: JSON) -> JSON:
    if not isinstance(value, dict):
        return value
    read = {**value}
    if isinstance(body := value.get("body"), str):
        read["body"] = parsed(body)
    if isinstance(data := value.get("data"), str):
        # Of a stream it is base64; of an enrichment's answer it is what that says.
        is_encoded = value.get("eventSource") == "aws:kinesis"
        read["data"] = parsed(base64.b64decode(data).decode("utf-8", "replace") if is_encoded else data)
    return read


def _flat(record: JSON) -> JSON:
    """Return a record as pipes have it: what Kinesis tells of it is not in an object of its own."""
    told = record.get("kinesis") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(told, dict):
        return record
    return {**told, **{name: one for name, one in record.items() if name != "kinesis"}}


def _failed(why: str) -> Ran:
    return Ran({"errorType": "PipeFailed", "errorMessage": why}, True)
