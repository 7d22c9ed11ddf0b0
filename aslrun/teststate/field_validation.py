"""Does a mocked result look like what the service answers? Checked against botocore's models of the APIs.

Without botocore (extra `aslrun[aws]`), and for what it has no model of (HTTP Tasks, `apigateway:invoke`,
`eks:call`, `eks:runJob.sync`), nothing is checked. API reference: MockInput, `fieldValidationMode`;
documentation: "Mock validation modes"; messages as recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aslrun.states.resource import Resource, parse_resource
from aslrun.validation.api_models import Api, Shape, api_of
from aslrun.values import JSON, is_number

SERVICES = {"states": "sfn", "elasticmapreduce": "emr"}
"""Optimized integrations that are called otherwise than those of the SDK."""

POLLED: Mapping[tuple[str, str], str] = {
    ("athena", "startQueryExecution"): "getQueryExecution",
    ("batch", "submitJob"): "describeJobs",
    ("bedrock", "createModelCustomizationJob"): "getModelCustomizationJob",
    ("codebuild", "startBuild"): "batchGetBuilds",
    ("codebuild", "startBuildBatch"): "batchGetBuildBatches",
    ("databrew", "startJobRun"): "describeJobRun",
    ("ecs", "runTask"): "describeTasks",
    ("elasticmapreduce", "addStep"): "describeStep",
    ("elasticmapreduce", "createCluster"): "describeCluster",
    ("elasticmapreduce", "terminateCluster"): "describeCluster",
    ("emr-containers", "createVirtualCluster"): "describeVirtualCluster",
    ("emr-containers", "deleteVirtualCluster"): "describeVirtualCluster",
    ("emr-containers", "startJobRun"): "describeJobRun",
    ("emr-serverless", "createApplication"): "getApplication",
    ("emr-serverless", "deleteApplication"): "getApplication",
    ("emr-serverless", "startApplication"): "getApplication",
    ("emr-serverless", "startJobRun"): "getJobRun",
    ("emr-serverless", "stopApplication"): "getApplication",
    ("glue", "startJobRun"): "getJobRun",
    ("mediaconvert", "createJob"): "getJob",
    ("sagemaker", "createHyperParameterTuningJob"): "describeHyperParameterTuningJob",
    ("sagemaker", "createLabelingJob"): "describeLabelingJob",
    ("sagemaker", "createProcessingJob"): "describeProcessingJob",
    ("sagemaker", "createTrainingJob"): "describeTrainingJob",
    ("sagemaker", "createTransformJob"): "describeTransformJob",
    ("states", "startExecution"): "describeExecution",
}
"""What a `.sync` integration asks until the work has ended: its result is what that action answers."""

AS_RECORDED: Mapping[str, Mapping[str, int]] = {"MemorySize": {"max": 10_240}}
"""Limits by shape that the service holds a mock to where botocore's are newer (recorded in December 2025)."""


def check_result(resource: str, result: JSON, is_strict: bool) -> str | None:
    """Return what is wrong with the result of an integration, or None.

    Fields that are required must be there if `is_strict`; fields that the API does not have may be.
    """
    found = answer_of(resource)
    if found is None:
        return None
    if not isinstance(result, dict):
        return "The result must be an object"
    api, shape = found
    return next(ResultCheck(api, is_strict).findings(shape, "", result), None)


def output_shape(resource: str) -> Any:
    """Return botocore's Shape of an integration's result; None where it may be anything."""
    found = answer_of(resource)
    if found is None:
        return None
    from botocore.model import ShapeResolver

    api, shape = found
    return ShapeResolver(api.shapes).get_shape_by_name(shape)


def answer_of(resource: str) -> tuple[Api, str] | None:
    """Return an API and the name of its shape that an integration's result has; None where it may be
    anything, or there are no models."""
    parsed = parse_resource(resource)
    service = parsed.service.removeprefix("aws-sdk:")
    action = answering_action(parsed, service)
    api = api_of(SERVICES.get(service, service)) if action else None
    shape = api.outputs.get(action.lower()) if api else None
    return None if api is None or shape is None else (api, shape)


def answering_action(resource: Resource, service: str) -> str:
    """Return the action whose answer is the integration's result; `` where it may be anything."""
    if resource.kind != "service" or resource.pattern == "waitForTaskToken":
        return ""
    action = resource.action.partition(".")[0]
    return POLLED.get((service, action), "") if resource.pattern else action


@dataclass(frozen=True, slots=True)
class ResultCheck:
    """Compares values with the shapes of an API."""

    api: Api
    is_strict: bool

    def findings(self, shape_name: str, field: str, value: JSON) -> Iterator[str]:
        """Yield what is wrong with `value`, that of the field `field`, as a value of a shape."""
        shape = self.api.shapes[shape_name]
        if shape.get("document"):
            return
        has_kind, called = KINDS.get(shape["type"], KINDS["integer"])
        if not has_kind(value):
            yield f"Field '{field}' must be {called}"
        elif isinstance(value, dict):
            yield from (self.in_map if shape["type"] == "map" else self.in_structure)(shape, field, value)
        elif isinstance(value, list):
            for item in value:
                yield from self.findings(shape["member"]["shape"], field, item)
        else:
            yield from _out_of_range({**shape, **AS_RECORDED.get(shape_name, {})}, field, value)

    def in_structure(self, shape: Shape, field: str, value: dict[str, JSON]) -> Iterator[str]:
        if self.is_strict:
            for name in map(as_field, shape.get("required", ())):
                if name not in value:
                    yield f"Required field '{name}' is missing"
        for member, told in shape["members"].items():
            name = as_field(member)
            if value.get(name) is not None:
                yield from self.findings(told["shape"], name, value[name])

    def in_map(self, shape: Shape, field: str, value: dict[str, JSON]) -> Iterator[str]:
        for name, item in value.items():
            yield from self.findings(shape["value"]["shape"], name, item)


def as_field(member: str) -> str:
    """Return a member's name as Step Functions writes it."""
    return member[:1].upper() + member[1:]


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _is_object(value: JSON) -> bool:
    return isinstance(value, dict)


KINDS: Mapping[str, tuple[Callable[[JSON], bool], str]] = {
    "string": (_is_text, "a string"),
    "blob": (_is_text, "a string"),
    "timestamp": (_is_text, "a string"),
    "boolean": (lambda value: isinstance(value, bool), "a boolean"),
    "integer": (is_number, "a number"),
    "list": (lambda value: isinstance(value, list), "an array"),
    "structure": (_is_object, "an object"),
    "map": (_is_object, "an object"),
}
"""Type of a shape → is a value one, and what it is called; types that are not here are numbers."""


def _out_of_range(limits: Shape, field: str, value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        if value not in limits.get("enum", [value]):
            yield f"Field '{field}' is not an expected value"
        if len(value) < limits.get("min", 0):
            yield f"Field '{field}' is smaller than the minimum length"
        if len(value) > limits.get("max", len(value)):
            yield f"Field '{field}' exceeds the maximum length"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < limits.get("min", value):
            yield f"Field '{field}' is less than the minimum value"
        if value > limits.get("max", value):
            yield f"Field '{field}' exceeds the maximum value"
