"""How each type of resource is made by its service's own calls.

Documentation: the template reference of each type, and the API reference of the calls that make them. moto's
CloudFormation is not used: it takes seconds, and knows none of SAM's types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aslrun.values import JSON, from_json_text, to_json_text

Properties: TypeAlias = "Mapping[str, Any]"
CallService: TypeAlias = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]
"""(service by botocore's name, operation, parameters) → output."""
Make: TypeAlias = Callable[[CallService, str, Properties], None]
"""(call, physical name, properties with their functions evaluated): makes the resource."""

SOURCES = ("sqs", "firehose", "lambda")
"""Protocols of subscriptions that can be delivered to without a world around it."""


def _picked(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def _text(value: JSON) -> str:
    """Return a value as the attributes of SQS and SNS have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else to_json_text(value)


def _tags(properties: Properties) -> dict[str, str]:
    tags = properties.get("Tags")
    if isinstance(tags, list):
        return {str(one.get("Key")): str(one.get("Value")) for one in tags if isinstance(one, dict)}
    return {}


# ---------------------------------------------------------------- DynamoDB


def _table(call: CallService, name: str, properties: Properties) -> None:
    given = _picked(properties, "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes")
    if indexes := properties.get("GlobalSecondaryIndexes"):
        kept = ("IndexName", "KeySchema", "Projection")
        given["GlobalSecondaryIndexes"] = [_picked(index, *kept) for index in indexes]
    if isinstance(stream := properties.get("StreamSpecification"), dict):
        given["StreamSpecification"] = {"StreamEnabled": True, **_picked(stream, "StreamViewType")}
    # No capacity is ever short here.
    call("dynamodb", "CreateTable", {"TableName": name, "BillingMode": "PAY_PER_REQUEST", **given})
    if isinstance(ttl := properties.get("TimeToLiveSpecification"), dict) and "AttributeName" in ttl:
        told = {"Enabled": _text(ttl.get("Enabled", True)) == "true", "AttributeName": ttl["AttributeName"]}
        call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": told})


def _simple_table(call: CallService, name: str, properties: Properties) -> None:
    """SAM: AWS::Serverless::SimpleTable; its key is `id`, a text, where nothing is said."""
    key = properties.get("PrimaryKey") or {}
    attribute, kind = key.get("Name", "id"), str(key.get("Type", "String"))
    _table(
        call,
        name,
        {
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": kind[:1]}],
        },
    )


# ---------------------------------------------------------------- SQS and SNS

_OF_QUEUES = (
    "ContentBasedDeduplication", "DeduplicationScope", "DelaySeconds", "FifoQueue", "FifoThroughputLimit",
    "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout",
)  # fmt: skip


def _queue(call: CallService, name: str, properties: Properties) -> None:
    attributes = {key: _text(value) for key, value in _picked(properties, *_OF_QUEUES).items()}
    if attributes.get("FifoQueue") == "false":  # only true is taken
        del attributes["FifoQueue"]
    call("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes})


def _redrive(call: CallService, name: str, properties: Properties) -> None:
    """Once all queues are there: it names another one."""
    if "RedrivePolicy" not in properties:
        return
    url = call("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
    attributes = {"RedrivePolicy": _text(properties["RedrivePolicy"])}
    call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})


def _topic(call: CallService, name: str, properties: Properties) -> None:
    names = ("ContentBasedDeduplication", "DisplayName", "FifoTopic")
    attributes = {key: _text(value) for key, value in _picked(properties, *names).items()}
    if attributes.get("FifoTopic") == "false":
        del attributes["FifoTopic"]
    call("sns", "CreateTopic", {"Name": name, "Attributes": attributes})


def _subscriptions(call: CallService, name: str, properties: Properties) -> None:
    arn = call("sns", "CreateTopic", {"Name": name})["TopicArn"]
    for one in properties.get("Subscription") or []:
        _subscription(call, "", {"TopicArn": arn, **one})


def _subscription(call: CallService, name: str, properties: Properties) -> None:
    if properties.get("Protocol") not in SOURCES:
        return
    names = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
    attributes = {key: _text(value) for key, value in _picked(properties, *names).items()}
    call(
        "sns",
        "Subscribe",
        {**_picked(properties, "TopicArn", "Protocol", "Endpoint"), "Attributes": attributes},
    )


# ---------------------------------------------------------------- others


def _bucket(call: CallService, name: str, properties: Properties) -> None:
    call("s3", "CreateBucket", {"Bucket": name})
    if isinstance(versioning := properties.get("VersioningConfiguration"), dict):
        told = _picked(versioning, "Status")
        call("s3", "PutBucketVersioning", {"Bucket": name, "VersioningConfiguration": told})


def _parameter(call: CallService, name: str, properties: Properties) -> None:
    given = _picked(properties, "Value", "Description", "AllowedPattern")
    kind = properties.get("Type", "String")
    call("ssm", "PutParameter", {"Name": name, "Type": kind, **given, "Value": _text(given.get("Value"))})


def _secret(call: CallService, name: str, properties: Properties) -> None:
    text = properties.get("SecretString")
    if text is None:
        text = generated(properties.get("GenerateSecretString") or {})
    call("secretsmanager", "CreateSecret", {"Name": name, "SecretString": text})


def generated(told: Mapping[str, Any]) -> str:
    """Return a text as GenerateSecretString asks for it."""
    import secrets
    import string

    letters = string.ascii_letters + string.digits
    length = int(told.get("PasswordLength", 32))
    password = "".join(secrets.choice(letters) for _ in range(length))
    if "GenerateStringKey" not in told:
        return password
    template = from_json_text(told.get("SecretStringTemplate") or "{}")
    own = template if isinstance(template, dict) else {}
    return to_json_text({**own, str(told["GenerateStringKey"]): password})


def _event_bus(call: CallService, name: str, properties: Properties) -> None:
    if name != "default":
        call("events", "CreateEventBus", {"Name": name})


def _rule(call: CallService, name: str, properties: Properties) -> None:
    given = _picked(properties, "Description", "EventBusName", "ScheduleExpression", "State")
    if "EventPattern" in properties:
        given["EventPattern"] = _text(properties["EventPattern"])
    call("events", "PutRule", {"Name": name, **given})
    kept = ("Id", "Arn", "Input", "InputPath", "InputTransformer", "SqsParameters", "KinesisParameters",
            "DeadLetterConfig", "RetryPolicy")  # fmt: skip
    targets = [_picked(one, *kept) for one in properties.get("Targets") or []]
    if targets:
        call("events", "PutTargets", {"Rule": name, **_picked(given, "EventBusName"), "Targets": targets})


def _stream(call: CallService, name: str, properties: Properties) -> None:
    call("kinesis", "CreateStream", {"StreamName": name, "ShardCount": int(properties.get("ShardCount", 1))})


def _log_group(call: CallService, name: str, properties: Properties) -> None:
    call("logs", "CreateLogGroup", {"logGroupName": name})


def _cluster(call: CallService, name: str, properties: Properties) -> None:
    call("ecs", "CreateCluster", {"clusterName": name})


MAKERS: Mapping[str, tuple[str, tuple[Make, ...]]] = {
    "AWS::DynamoDB::GlobalTable": ("dynamodb", (_table,)),
    "AWS::DynamoDB::Table": ("dynamodb", (_table,)),
    "AWS::ECS::Cluster": ("ecs", (_cluster,)),
    "AWS::Events::EventBus": ("events", (_event_bus,)),
    "AWS::Kinesis::Stream": ("kinesis", (_stream,)),
    "AWS::Logs::LogGroup": ("logs", (_log_group,)),
    "AWS::S3::Bucket": ("s3", (_bucket,)),
    "AWS::SNS::Topic": ("sns", (_topic, _subscriptions)),
    "AWS::SQS::Queue": ("sqs", (_queue, _redrive)),
    "AWS::SSM::Parameter": ("ssm", (_parameter,)),
    "AWS::SecretsManager::Secret": ("secretsmanager", (_secret,)),
    "AWS::Serverless::SimpleTable": ("dynamodb", (_simple_table,)),
    # After what they name:
    "AWS::SNS::Subscription": ("sns", (lambda call, name, properties: None, _subscription)),
    "AWS::Events::Rule": ("events", (lambda call, name, properties: None, _rule)),
}
"""Type → its service, and what makes it; the second step of each comes when the first of all is done."""
