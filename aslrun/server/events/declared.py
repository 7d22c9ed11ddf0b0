"""What a template says of event sources, made in the local AWS and on this server.

SAM: "EventSource object types"; CloudFormation: AWS::Lambda::EventSourceMapping, AWS::Scheduler::Schedule and
their like. What has no local form is told once.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.resources import FUNCTION_TYPES, KINDS, LAYER_TYPES
from aslrun.server.events.hub import Events
from aslrun.server.events.mapping import MappingError
from aslrun.server.events.pipes import pipe_of, source_settings
from aslrun.server.events.targets import Asynchronous, asynchronous_of
from aslrun.server.events.telling import short
from aslrun.services.local.resources.creation import MAKERS as STOCK
from aslrun.values import JSON, to_json_text

_STREAM = re.compile(r"\$\{(?P<id>\w+)\.StreamArn\}")
_MAPPING_NAMES = (
    "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "FilterCriteria",
    "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts", "ScalingConfig", "StartingPosition", "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)  # fmt: skip
QUIET = (
    "AWS::IAM::", "AWS::ApiGateway", "AWS::Lambda::", "AWS::Logs::", "AWS::CloudWatch::", "AWS::Scheduler::",
    "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
    "AWS::S3::BucketPolicy", "AWS::Events::", "AWS::CDK::", "AWS::KMS::", "Custom::", "AWS::CloudFormation::",
    "AWS::StepFunctions::StateMachine",
)  # fmt: skip
"""How types begin that are made elsewhere, or that nothing here depends on."""
OF_AN_API = ("Api", "HttpApi")


class Declared:
    """Makes the event sources of a template."""

    def __init__(self, template: Template, events: Events) -> None:
        self.template = template
        self.events = events
        self.call = events.aws.call
        self.asynchronous: dict[str, Asynchronous] = {}
        self._notified: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._without: list[str] = []

    def make(self) -> None:
        """Make them all; what cannot be made is told, and the rest is there."""
        for id, resource in self.template.resources.items():
            if not self.template.is_made(id):
                continue
            kind = str(resource.get("Type"))
            if kind in FUNCTION_TYPES:
                self._function(id)
            elif kind == "AWS::Serverless::StateMachine":
                self._events(id, "states", f"stateMachine:{self.template.name(id)}")
            elif kind in MAKERS:
                self._try(id, MAKERS[kind], self, id, self._resolved(id))
            elif not (kind in KINDS or kind in LAYER_TYPES or kind in STOCK or kind.startswith(QUIET)):
                self._without.append(f"{id} ({kind})")
        for bucket, configurations in self._notified.items():
            self._try(bucket, self._notify, bucket, configurations)
        self._begin_rules()
        if self._without:
            told = ", ".join(self._without)
            self.events.telling.say(f"{self.template.file}: without a local form, and left out: {told}")

    def _begin_rules(self) -> None:
        """Rules are made by the stock of the local AWS when it is first asked for events."""
        if self.template.resources_of("AWS::Events::Rule"):
            self._try("rules", self.call, "events", "ListRules", {})

    def _try(self, what: str, make: Callable[..., Any], *given: Any) -> None:
        try:
            make(*given)
        except MappingError as wrong:
            self.events.telling.say(f"{self.template.file}, {what}: {wrong}")
        except KeyError as missing:
            self.events.telling.say(f"{self.template.file}, {what} could not be made: it has no {missing}")
        except Exception as wrong:  # the service's, or of properties that make no sense
            self.events.telling.say(f"{self.template.file}, {what} could not be made: {wrong}")

    def _resolved(self, id: str) -> dict[str, Any]:
        resolved = self.template.resolve(self.template.properties(id))
        return resolved if isinstance(resolved, dict) else {}

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:us-east-1:123456789012:{rest}"

    # ------------------------------------------------------------------ functions and machines

    def _function(self, id: str) -> None:
        properties = self.template.properties(id)
        config: Any = self.template.resolve(properties.get("EventInvokeConfig"))
        dead: Any = self.template.resolve(
            properties.get("DeadLetterQueue") or properties.get("DeadLetterConfig")
        )
        name = self.template.name(id)
        if config or dead:
            given = config if isinstance(config, dict) else {}
            self.asynchronous[name] = asynchronous_of(
                {**given, "DestinationConfig": self._destinations(id, given)},
                dead if isinstance(dead, dict) else {},
            )
        alias = self.template.resolve(properties.get("AutoPublishAlias"))
        qualified = f"function:{name}:{alias}" if isinstance(alias, str) else f"function:{name}"
        self._events(id, "lambda", qualified)

    def _destinations(self, id: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the destinations of a function. SAM makes a queue or a topic where only a type is said."""
        told = config.get("DestinationConfig")
        made: dict[str, Any] = {}
        for when, one in told.items() if isinstance(told, dict) else ():
            made[when] = one
            if not isinstance(one, dict) or one.get("Destination"):
                continue
            if one.get("Type") == "SQS":
                self._try(f"{id}, {when}", self.call, "sqs", "CreateQueue", {"QueueName": f"{id}{when}Queue"})
                made[when] = {"Destination": self._arn("sqs", f"{id}{when}Queue")}
            elif one.get("Type") == "SNS":
                self._try(f"{id}, {when}", self.call, "sns", "CreateTopic", {"Name": f"{id}{when}Topic"})
                made[when] = {"Destination": self._arn("sns", f"{id}{when}Topic")}
        return made

    def _events(self, id: str, service: str, rest: str) -> None:
        declared: Any = self.template.properties(id).get("Events")
        for name, one in declared.items() if isinstance(declared, dict) else ():
            if not isinstance(one, dict):
                continue
            kind = str(one.get("Type"))
            make = EVENTS.get(kind)
            properties: Any = self.template.resolve(one.get("Properties") or {})
            if make is not None and isinstance(properties, dict):
                arn = self._arn(service, rest)
                self._try(f"{id}, {name}", make, self, f"{id}{name}", arn, properties)
            elif kind not in OF_AN_API:
                self._without.append(f"{id}, event {name} ({kind})")

    def mapping(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """A queue or a stream: SQS, DynamoDB, Kinesis."""
        source = properties.get("Queue") or properties.get("Stream") or properties.get("EventSourceArn")
        settings = {key: properties[key] for key in _MAPPING_NAMES if key in properties}
        if settings.get("TumblingWindowInSeconds"):
            self._without.append(f"{name}, its TumblingWindowInSeconds")
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.template.file}:{name}"))
        self.events.mappings.put(self._source(str(source)), arn, settings, id)

    def _source(self, written: str) -> str:
        """Return the ARN of a source; a table stands for its stream, whose ARN only a deployment tells."""
        match = _STREAM.search(written)
        if match and match["id"] in self.template.resources:
            return self._arn("dynamodb", f"table/{self.template.name(match['id'])}")
        if written.startswith("https://") and "sqs" in written:
            return self._arn("sqs", written.rpartition("/")[2])
        return written

    def schedule(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """Schedule: a rule of EventBridge."""
        rule = str(properties.get("Name") or name)
        state = properties.get("State") or ("ENABLED" if _is_on(properties) else "DISABLED")
        given = {"Name": rule, "ScheduleExpression": str(properties.get("Schedule")), "State": state}
        self.call("events", "PutRule", given)
        self._target(rule, arn, properties, None)

    def rule(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """EventBridgeRule and CloudWatchEvent."""
        rule = str(properties.get("RuleName") or name)
        bus = properties.get("EventBusName")
        given: dict[str, Any] = {"Name": rule, "State": properties.get("State") or "ENABLED"}
        pattern = properties.get("Pattern") or properties.get("EventPattern")
        given["EventPattern"] = pattern if isinstance(pattern, str) else to_json_text(pattern)
        if bus:
            given["EventBusName"] = str(bus)
        self.call("events", "PutRule", given)
        self._target(rule, arn, properties, bus)

    def _target(self, rule: str, arn: str, properties: Mapping[str, Any], bus: object) -> None:
        target: dict[str, Any] = {"Id": str((properties.get("Target") or {}).get("Id", "target")), "Arn": arn}
        for key in ("Input", "InputPath", "InputTransformer"):
            if key in properties:
                value = properties[key]
                target[key] = value if key != "Input" or isinstance(value, str) else to_json_text(value)
        target |= self._delivery(rule, properties)
        if arn.split(":")[2] == "states":
            target["RoleArn"] = "arn:aws:iam::123456789012:role/aslrun"
        more = {"EventBusName": str(bus)} if bus else {}
        self.call("events", "PutTargets", {"Rule": rule, "Targets": [target], **more})

    def _delivery(self, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a target that say what becomes of what cannot be delivered. SAM makes a dead
        letter queue where one only says that there is any."""
        told = {key: properties[key] for key in ("RetryPolicy",) if properties.get(key)}
        dead = properties.get("DeadLetterConfig")
        if isinstance(dead, dict):
            arn = dead.get("Arn")
            if not arn:
                queue = str(dead.get("QueueLogicalId") or f"{name}Queue")
                self.call("sqs", "CreateQueue", {"QueueName": queue})
                arn = self._arn("sqs", queue)
            told["DeadLetterConfig"] = {"Arn": str(arn)}
        return told

    def schedule_v2(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """ScheduleV2: a schedule of EventBridge Scheduler."""
        target: dict[str, Any] = {"Arn": arn}
        if "Input" in properties:
            value = properties["Input"]
            target["Input"] = value if isinstance(value, str) else to_json_text(value)
        target |= self._delivery(name, properties)
        self._create_schedule(name, {**properties, "Target": target})

    def _create_schedule(self, name: str, properties: Mapping[str, Any]) -> None:
        names = ("ScheduleExpression", "ScheduleExpressionTimezone", "State", "StartDate", "EndDate",
                 "GroupName")  # fmt: skip
        given = {key: str(properties[key]) for key in names if key in properties}
        target = {"RoleArn": "arn:aws:iam::123456789012:role/aslrun", **(properties.get("Target") or {})}
        window = properties.get("FlexibleTimeWindow") or {"Mode": "OFF"}
        if "GroupName" in given:
            with suppress(Exception):  # it is there already
                self.call("scheduler", "CreateScheduleGroup", {"Name": given["GroupName"]})
        self.call(
            "scheduler",
            "CreateSchedule",
            {
                "Name": str(properties.get("Name") or name),
                "Target": target,
                "FlexibleTimeWindow": window,
                **given,
            },
        )

    def bucket(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """S3: a notification of a bucket."""
        kinds = properties.get("Events")
        one: dict[str, Any] = {
            "Id": name,
            "LambdaFunctionArn": arn,
            "Events": kinds if isinstance(kinds, list) else [str(kinds)],
        }
        if rules := _rules_of(properties.get("Filter")):
            one["Filter"] = {"Key": {"FilterRules": rules}}
        self._notified[str(properties.get("Bucket"))].append(one)

    def _notify(self, bucket: str, configurations: list[dict[str, Any]]) -> None:
        known = self.call("s3", "GetBucketNotificationConfiguration", {"Bucket": bucket})
        told = {key: value for key, value in known.items() if key != "ResponseMetadata"}
        mine = [*told.pop("LambdaFunctionConfigurations", []), *configurations]
        told["LambdaFunctionConfigurations"] = mine
        self.call(
            "s3", "PutBucketNotificationConfiguration", {"Bucket": bucket, "NotificationConfiguration": told}
        )

    def topic(self, name: str, arn: str, properties: Mapping[str, Any]) -> None:
        """SNS: a subscription, or with SqsSubscription a queue between."""
        attributes = {
            key: value if isinstance(value, str) else to_json_text(value)
            for key, value in properties.items()
            if key in ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
        }
        given: dict[str, Any] = {"TopicArn": str(properties.get("Topic")), "Attributes": attributes}
        through: JSON = properties.get("SqsSubscription")
        if not through or through == "false":
            self.call("sns", "Subscribe", {**given, "Protocol": "lambda", "Endpoint": arn})
            return
        told: dict[str, Any] = through if isinstance(through, dict) else {}
        queue = self._source(str(told.get("QueueArn") or self._arn("sqs", f"{name}Queue")))
        if "QueueArn" not in told:
            self.call("sqs", "CreateQueue", {"QueueName": queue.rpartition(":")[2]})
        self.call("sns", "Subscribe", {**given, "Protocol": "sqs", "Endpoint": queue})
        self.mapping(name, arn, {**told, "Queue": queue})

    # ------------------------------------------------------------------ resources of CloudFormation

    def _of_mapping(self, id: str, properties: dict[str, Any]) -> None:
        name = str(properties.get("FunctionName"))
        self.mapping(
            id, name if name.startswith("arn:") else self._arn("lambda", f"function:{name}"), properties
        )

    def _of_pipe(self, id: str, properties: dict[str, Any]) -> None:
        pipe = pipe_of(str(properties.get("Name") or self.template.name(id)), properties)
        self.events.pipes.put(pipe)
        if properties.get("DesiredState") != "STOPPED":
            settings = source_settings(properties.get("SourceParameters") or {})
            source = self._source(str(properties["Source"]))
            own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.template.file}:{id}"))
            self.events.mappings.put(source, pipe.arn, settings, own)

    def _of_schedule(self, id: str, properties: dict[str, Any]) -> None:
        self._create_schedule(id, properties)

    def _of_bucket(self, id: str, properties: dict[str, Any]) -> None:
        told = properties.get("NotificationConfiguration")
        if not isinstance(told, dict):
            return
        bucket = self.template.name(id)
        configurations: dict[str, Any] = {}
        for key, arn in (
            ("LambdaConfigurations", "Function"),
            ("QueueConfigurations", "Queue"),
            ("TopicConfigurations", "Topic"),
        ):
            target = {"Function": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}[arn]
            name = "LambdaFunctionConfigurations" if arn == "Function" else key
            for one in told.get(key) or []:
                made: dict[str, Any] = {target: one[arn], "Events": [one["Event"]]}
                if rules := _rules_of(one.get("Filter")):
                    made["Filter"] = {"Key": {"FilterRules": rules}}
                configurations.setdefault(name, []).append(made)
        if "EventBridgeConfiguration" in told:
            configurations["EventBridgeConfiguration"] = {}
        if configurations:
            given = {"Bucket": bucket, "NotificationConfiguration": configurations}
            self.call("s3", "PutBucketNotificationConfiguration", given)

    def _of_invoke_config(self, id: str, properties: dict[str, Any]) -> None:
        self.asynchronous[short(str(properties.get("FunctionName"))).removeprefix("function ")] = (
            asynchronous_of(properties, {})
        )


MAKERS: Mapping[str, Callable[[Declared, str, dict[str, Any]], None]] = {
    "AWS::Lambda::EventSourceMapping": Declared._of_mapping,
    "AWS::Lambda::EventInvokeConfig": Declared._of_invoke_config,
    "AWS::S3::Bucket": Declared._of_bucket,
    "AWS::Pipes::Pipe": Declared._of_pipe,
    "AWS::Scheduler::Schedule": Declared._of_schedule,
}
EVENTS: Mapping[str, Callable[[Declared, str, str, Mapping[str, Any]], None]] = {
    "CloudWatchEvent": Declared.rule,
    "DynamoDB": Declared.mapping,
    "EventBridgeRule": Declared.rule,
    "Kinesis": Declared.mapping,
    "S3": Declared.bucket,
    "SNS": Declared.topic,
    "SQS": Declared.mapping,
    "Schedule": Declared.schedule,
    "ScheduleV2": Declared.schedule_v2,
}
"""Type of an event of SAM's → what makes it: (name, ARN of what it starts, properties)."""


def _is_on(properties: Mapping[str, Any]) -> bool:
    return str(properties.get("Enabled", True)).lower() != "false"


def _rules_of(given: Any) -> list[dict[str, str]]:
    """Return the rules on keys of a notification's filter."""
    key = given.get("S3Key") if isinstance(given, dict) else None
    rules = key.get("Rules") if isinstance(key, dict) else None
    return [
        {"Name": str(one.get("Name")).lower(), "Value": str(one.get("Value"))}
        for one in rules or []
        if isinstance(one, dict)
    ]
