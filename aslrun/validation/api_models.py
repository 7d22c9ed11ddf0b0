"""AWS's APIs as botocore's models have them, where it is installed: which actions and parameters there are.

The files are read without importing botocore, which takes longer than all else that validation does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

Shape: TypeAlias = Mapping[str, Any]

FOLDERS: Mapping[str, str] = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "config": "config",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntime": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlement": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
"""Services as Step Functions calls them → botocore's folders, where these differ by more than hyphens."""


SERVICES = tuple(
    """
    acm apigateway apigatewayv2 appconfig appconfigdata applicationautoscaling appsync athena
    autoscaling backup batch bedrock bedrockagent bedrockagentruntime bedrockruntime cloudcontrol
    cloudformation cloudfront cloudtrail cloudwatch codebuild codecommit codedeploy codepipeline
    cognitoidentity comprehend databrew dax docdb dynamodb dynamodbstreams ebs ec2 ecr ecrpublic ecs efs
    eks elasticache elasticbeanstalk emr emrcontainers emrserverless firehose fsx glacier glue iam
    inspector inspector2 iot kinesis kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation
    lambda lightsail mediaconvert memorydb mq neptune opensearch opensearchserverless organizations
    personalize pinpoint pipes polly rds rdsdata redshift redshiftdata rekognition route53
    route53domains s3 s3control s3tables s3vectors sagemaker sagemakerruntime scheduler secretsmanager
    securityhub servicecatalog servicediscovery ses sesv2 sns sqs ssm sso sts textract timestreamquery
    timestreamwrite transcribe transfer translate waf wafv2 xray
    """.split()  # noqa: SIM905
)
"""Services that people call, as Step Functions calls them: those known where botocore is not installed."""


@cache
def services() -> frozenset[str]:
    """Return the names of the services that are known, in Step Functions' writing."""
    return frozenset({*SERVICES, *FOLDERS, *_folders()})


@dataclass(frozen=True, slots=True)
class Api:
    """A service's model. Names are compared in lower case: the SDKs differ in how they write acronyms.

    `inputs` and `outputs` are the names of the shapes that an action takes and answers.
    """

    actions: Mapping[str, str]
    shapes: Mapping[str, Shape]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    def input_of(self, action: str) -> Shape | None:
        """Return the shape of an action's parameters; None if it takes none or is unknown."""
        return self.shapes.get(self.inputs.get(action.lower(), ""))

    def shape(self, reference: Mapping[str, str]) -> Shape:
        """Return the shape that a member refers to."""
        return self.shapes[reference["shape"]]


@lru_cache(maxsize=32)
def api_of(service: str) -> Api | None:
    """Return the model of a service, None where botocore is not installed or has none."""
    folder = folder_of(service)
    versions = sorted(folder.iterdir(), reverse=True) if folder is not None else []
    for version in versions:
        model = _read_model(version)
        if model is not None:
            operations = model["operations"]
            return Api(
                {name.lower(): name[:1].lower() + name[1:] for name in operations},
                model["shapes"],
                _shape_names(operations, "input"),
                _shape_names(operations, "output"),
            )
    return None


def folder_of(service: str) -> Path | None:
    """Return the folder of a service's models, whose name is botocore's for it; None if there is none."""
    return _folders().get(FOLDERS.get(service, service).replace("-", ""))


def _shape_names(operations: Mapping[str, Any], side: str) -> dict[str, str]:
    return {name.lower(): each[side]["shape"] for name, each in operations.items() if side in each}


@cache
def _folders() -> Mapping[str, Path]:
    from importlib.util import find_spec

    found = find_spec("botocore")
    if found is None or found.origin is None:
        return {}
    data = Path(found.origin).parent / "data"
    return (
        {path.name.replace("-", ""): path for path in data.iterdir() if path.is_dir()}
        if data.is_dir()
        else {}
    )


def _read_model(version: Path) -> dict[str, Any] | None:
    packed, plain = version / "service-2.json.gz", version / "service-2.json"
    if not (packed.is_file() or plain.is_file()):
        return None
    import gzip

    text = gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
    model: dict[str, Any] = json.loads(text)
    return model
