"""What references to resources give where a template alone tells it: names, ARNs and queue URLs.

Documentation: "Return values" of each type in the resource reference.
"""

from __future__ import annotations

from collections.abc import Mapping

FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")
LAYER_TYPES = ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")

ACCOUNT, REGION = "123456789012", "us-east-1"
_ARN = f"arn:aws:{{service}}:{REGION}:{ACCOUNT}:{{name}}"


class Kind:
    """A type of resource: the property that names it, and what Ref and GetAtt give.

    In these, `{arn}` and `{name}` are the resource's own, and `words` says from which properties others come.
    `others` are attributes that GetAtt has, too, and that only a deployment tells.
    """

    def __init__(
        self,
        name: str,
        arn: str,
        words: Mapping[str, str] | None = None,
        others: tuple[str, ...] = (),
        **attributes: str,
    ) -> None:
        self.name = name
        self.others = others
        self.words = words or {}
        known = {"Arn": arn, **attributes} if arn else attributes
        self.attributes = {key: value.replace("{arn}", arn) for key, value in known.items()}

    @property
    def gettable(self) -> list[str]:
        """The attributes that GetAtt has."""
        return [*(name for name in self.attributes if name != "Ref"), *self.others]


def _arn(service: str, name: str = "{name}") -> str:
    return _ARN.format(service=service, name=name)


def function_arn(name: str) -> str:
    """Return the ARN of a Lambda function; a name that is one already is itself."""
    return name if name.startswith("arn:") else _arn("lambda", f"function:{name}")


_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}"
_TABLE = Kind("TableName", _arn("dynamodb", "table/{name}"), None, ("StreamArn",), Ref="{name}")
_STATE_MACHINE = _arn("states", "stateMachine:{name}")
_OF_FUNCTIONS = (
    "SnapStartResponse", "SnapStartResponse.ApplyOn", "SnapStartResponse.OptimizationStatus",
)  # fmt: skip
_OF_BUCKETS = (
    "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL",
    "MetadataTableConfiguration.S3TablesDestination.TableArn",
    "MetadataTableConfiguration.S3TablesDestination.TableNamespace",
)  # fmt: skip
_OF_MACHINES = ("StateMachineRevisionId",)

KINDS: Mapping[str, Kind] = {
    "AWS::Batch::JobDefinition": Kind(
        "JobDefinitionName",
        "",
        Ref=_arn("batch", "job-definition/{name}:1"),
    ),
    "AWS::Batch::JobQueue": Kind(
        "JobQueueName",
        "",
        Ref=_arn("batch", "job-queue/{name}"),
        JobQueueArn=_arn("batch", "job-queue/{name}"),
    ),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::ECS::Cluster": Kind("ClusterName", _arn("ecs", "cluster/{name}"), Ref="{name}"),
    "AWS::Events::EventBus": Kind(
        "Name", _arn("events", "event-bus/{name}"), None, ("Policy",), Ref="{name}", Name="{name}"
    ),
    "AWS::Events::Rule": Kind("Name", _arn("events", "rule/{name}"), Ref="{name}"),
    "AWS::Glue::Job": Kind("Name", "", Ref="{name}"),
    "AWS::IAM::Role": Kind(
        "RoleName", f"arn:aws:iam::{ACCOUNT}:role/{{name}}", None, ("RoleId",), Ref="{name}"
    ),
    "AWS::Kinesis::Stream": Kind("Name", _arn("kinesis", "stream/{name}"), Ref="{name}"),
    "AWS::Lambda::Alias": Kind(
        "Name", "", {"function": "FunctionName"}, Ref="{function}:{name}", AliasArn="{function}:{name}"
    ),
    "AWS::Lambda::Function": Kind(
        "FunctionName", _arn("lambda", "function:{name}"), None, _OF_FUNCTIONS, Ref="{name}"
    ),
    "AWS::Lambda::Version": Kind("", "", {"function": "FunctionName"}, Ref="{function}:1", Version="1"),
    "AWS::Logs::LogGroup": Kind("LogGroupName", _arn("logs", "log-group:{name}:*"), Ref="{name}"),
    "AWS::S3::Bucket": Kind("BucketName", "arn:aws:s3:::{name}", None, _OF_BUCKETS, Ref="{name}"),
    "AWS::SNS::Topic": Kind("TopicName", _arn("sns"), Ref="{arn}", TopicArn="{arn}", TopicName="{name}"),
    "AWS::SQS::Queue": Kind(
        "QueueName", _arn("sqs"), Ref=_QUEUE_URL, QueueUrl=_QUEUE_URL, QueueName="{name}"
    ),
    "AWS::SSM::Parameter": Kind("Name", "", None, ("Type", "Value"), Ref="{name}"),
    "AWS::SecretsManager::Secret": Kind(
        "Name", "", None, ("Id",), Ref=_arn("secretsmanager", "secret:{name}")
    ),
    "AWS::Serverless::Function": Kind(
        "FunctionName",
        _arn("lambda", "function:{name}"),
        {"alias": "AutoPublishAlias"},
        _OF_FUNCTIONS,
        Ref="{name}",
        Alias="{arn}:{alias}",
        Version="{arn}:1",
    ),
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Serverless::StateMachine": Kind(
        "Name", _STATE_MACHINE, None, _OF_MACHINES, Ref="{arn}", Name="{name}"
    ),
    "AWS::StepFunctions::Activity": Kind(
        "Name", _arn("states", "activity:{name}"), Ref="{arn}", Name="{name}"
    ),
    "AWS::StepFunctions::StateMachine": Kind(
        "StateMachineName", _STATE_MACHINE, None, _OF_MACHINES, Ref="{arn}", Name="{name}"
    ),
}
"""The types whose references can be told from a template alone."""
