"""The services of the optimized integrations: how they are called, and how their errors are told.

Documentation: "Integrating optimized services with Step Functions" and the page of each service; prefixes of
errors as recorded, and as users report them. The actions, and the patterns these have, are the validator's
(`validation/integrations.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aslrun.services.faults import ErrorNames, optimized_errors


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its optimized integration calls it.

    `name` is botocore's, `others` the names of the services that have the actions it does not have itself;
    `tells_metadata` whether results have SdkHttpMetadata and SdkResponseMetadata.
    """

    name: str
    errors: ErrorNames
    tells_metadata: bool = True
    others: Mapping[str, str] = field(default_factory=dict)


def _service(name: str, prefix: str, sdk: str, metadata: bool = True, **others: str) -> Service:
    return Service(
        name, optimized_errors(prefix, sdk, f"{sdk.removesuffix('v2')}Exception"), metadata, others
    )


SERVICES: Mapping[str, Service] = {
    "athena": _service("athena", "Athena", "AmazonAthena"),
    "batch": _service("batch", "Batch", "AWSBatch"),
    "bedrock": _service("bedrock", "Bedrock", "Bedrock", False, invokeModel="bedrock-runtime"),
    "codebuild": _service("codebuild", "CodeBuild", "AWSCodeBuild"),
    "databrew": _service("databrew", "DataBrew", "AWSGlueDataBrew"),
    "dynamodb": _service("dynamodb", "DynamoDB", "AmazonDynamoDBv2"),
    "ecs": _service("ecs", "ECS", "AmazonECS"),
    "eks": _service("eks", "EKS", "AmazonEKS"),
    "elasticmapreduce": _service("emr", "ElasticMapReduce", "AmazonElasticMapReduce"),
    "emr-containers": _service("emr-containers", "EMRContainers", "AmazonEMRContainers"),
    "emr-serverless": _service("emr-serverless", "EMRServerless", "EmrServerless", False),
    "events": _service("events", "EventBridge", "AmazonEventBridge", False),
    "glue": _service("glue", "Glue", "AWSGlue"),
    "mediaconvert": _service("mediaconvert", "MediaConvert", "AWSMediaConvert"),
    "sagemaker": _service("sagemaker", "SageMaker", "AmazonSageMaker"),
    "sns": _service("sns", "SNS", "AmazonSNS"),
    "sqs": _service("sqs", "SQS", "AmazonSQS"),
}
"""Service, as a Resource names it → how it is called."""

NOT_CALLED: Mapping[tuple[str, str], str] = {
    ("bedrockagentcore", "invokeHarness"): "its answer is a stream, which is not read here",
    ("eks", "call"): "there is no Kubernetes API here",
    ("eks", "runJob"): "there is no Kubernetes API here",
}
"""(service, action) that only a mock can answer → why."""
