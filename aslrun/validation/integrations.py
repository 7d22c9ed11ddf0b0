"""The service integrations that are optimized: their actions, the patterns these have, and what they require.

Documentation: "Integrating optimized services with Step Functions". An action is `(patterns, parameters)`;
`sync` and `sync:2` wait for a job, `token` for a callback. Parameters are those without which no call works,
where `states/parameters.py` does not name them already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Action: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Integration:
    """What `arn:aws:states:::SERVICE:ACTION.PATTERN` says; `is_sdk` for `aws-sdk:SERVICE`."""

    service: str
    action: str
    suffix: str
    is_sdk: bool


SUFFIXES: Mapping[str, str] = {"sync": ".sync", "sync:2": ".sync:2", "token": ".waitForTaskToken"}
"""Pattern → how a Resource ends that asks for it."""

OPTIMIZED: Mapping[str, Mapping[str, Action]] = {
    "apigateway": {"invoke": ("token", "")},
    "athena": {
        "startQueryExecution": ("sync", "QueryString"),
        "stopQueryExecution": ("", ""),
        "getQueryExecution": ("", "QueryExecutionId"),
        "getQueryResults": ("", "QueryExecutionId"),
    },
    "batch": {"submitJob": ("sync", "JobName JobQueue JobDefinition")},
    "bedrock": {
        "invokeModel": ("token", "ModelId"),
        "createModelCustomizationJob": ("sync", "JobName CustomModelName RoleArn BaseModelIdentifier"),
    },
    "bedrockagentcore": {"invokeHarness": ("sync token", "")},
    "codebuild": {
        "startBuild": ("sync", "ProjectName"),
        "stopBuild": ("", "Id"),
        "batchDeleteBuilds": ("", "Ids"),
        "batchGetReports": ("", "ReportArns"),
        "startBuildBatch": ("sync", "ProjectName"),
        "stopBuildBatch": ("", "Id"),
        "retryBuildBatch": ("sync", ""),
        "deleteBuildBatch": ("", "Id"),
    },
    "databrew": {"startJobRun": ("sync", "Name")},
    "dynamodb": {
        "getItem": ("", ""),
        "putItem": ("", ""),
        "deleteItem": ("", ""),
        "updateItem": ("", ""),
    },
    "ecs": {"runTask": ("sync token", "TaskDefinition")},
    "eks": {
        "call": ("token", ""),
        "runJob": ("sync token", ""),
        "createCluster": ("sync token", ""),
        "deleteCluster": ("sync token", ""),
        "createNodegroup": ("sync token", ""),
        "deleteNodegroup": ("sync token", ""),
        "createFargateProfile": ("sync token", ""),
        "deleteFargateProfile": ("sync token", ""),
    },
    "elasticmapreduce": {
        "createCluster": ("sync", "Name Instances"),
        "setClusterTerminationProtection": ("", "ClusterId TerminationProtected"),
        "terminateCluster": ("sync", "ClusterId"),
        "addStep": ("sync", "ClusterId Step"),
        "cancelStep": ("", "ClusterId StepId"),
        "modifyInstanceFleetByName": ("", "ClusterId InstanceFleetName InstanceFleet"),
        "modifyInstanceGroupByName": ("", "ClusterId InstanceGroupName InstanceGroup"),
    },
    "emr-containers": {
        "createVirtualCluster": ("", "Name ContainerProvider"),
        "deleteVirtualCluster": ("sync", "Id"),
        "startJobRun": ("sync", "VirtualClusterId ExecutionRoleArn"),
    },
    "emr-serverless": {
        "createApplication": ("sync", "ReleaseLabel Type"),
        "startApplication": ("sync", "ApplicationId"),
        "stopApplication": ("sync", "ApplicationId"),
        "deleteApplication": ("sync", "ApplicationId"),
        "startJobRun": ("sync", "ApplicationId ExecutionRoleArn"),
        "cancelJobRun": ("sync", "ApplicationId JobRunId"),
    },
    "events": {"putEvents": ("token", "")},
    "glue": {"startJobRun": ("sync", "JobName")},
    "http": {"invoke": ("", "ApiEndpoint Method")},
    "lambda": {"invoke": ("token", "")},
    "mediaconvert": {"createJob": ("sync", "Role Settings")},
    "sagemaker": {
        "createEndpoint": ("", "EndpointName EndpointConfigName"),
        "createEndpointConfig": ("", "EndpointConfigName ProductionVariants"),
        "createHyperParameterTuningJob": (
            "sync",
            "HyperParameterTuningJobName HyperParameterTuningJobConfig",
        ),
        "createLabelingJob": ("sync", "LabelingJobName"),
        "createModel": ("", "ModelName"),
        "createProcessingJob": ("sync", "ProcessingJobName"),
        "createTrainingJob": ("sync", "TrainingJobName"),
        "createTransformJob": ("sync", "TransformJobName ModelName"),
        "updateEndpoint": ("", "EndpointName EndpointConfigName"),
    },
    "sns": {"publish": ("token", "")},
    "sqs": {"sendMessage": ("token", "")},
    "states": {"startExecution": ("sync sync:2 token", "")},
}
"""Service → its actions."""
