"""What AWS answers, by botocore's models where it is installed: the fields there may be, their kinds, the
values of enumerations, and which fields are left out at times.

The models do not say which fields of an answer are always there. `LEFT_OUT` names some that the API
references say are not, `ALWAYS` some that are there although a machine asks whether they are; all others are
taken to be there where the machine reads them.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from aslrun.values import JSON

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "array", "object", "timestamp"]
"""What a value is."""

KINDS: dict[str, Kind] = {
    "string": "string",
    "char": "string",
    "blob": "string",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "list": "array",
    "structure": "object",
    "map": "object",
}

LEFT_OUT = {
    ("GetItemOutput", "Item"): "GetItem answers no Item where there is none with the key",
    ("PutItemOutput", "Attributes"): "PutItem answers no Attributes where there was no such item",
    ("DeleteItemOutput", "Attributes"): "DeleteItem answers no Attributes where there was no such item",
    ("ReceiveMessageResult", "Messages"): "ReceiveMessage answers no Messages where there are none",
    ("ListObjectsV2Output", "Contents"): "ListObjectsV2 answers no Contents where there are none",
    ("ListObjectsOutput", "Contents"): "ListObjects answers no Contents where there are none",
    ("QueryOutput", "LastEvaluatedKey"): "Query answers no LastEvaluatedKey with the last page",
    ("ScanOutput", "LastEvaluatedKey"): "Scan answers no LastEvaluatedKey with the last page",
    ("DescribeExecutionOutput", "Output"): "DescribeExecution answers an Output of those that succeeded",
}
"""(shape, field) → why the field may be missing. API references of the services."""

ALWAYS = {
    "Parameter": "Name Type Value Version ARN",
    "GetParameterResult": "Parameter",
    "GetSecretValueResponse": "ARN Name VersionId",
    "GetCallerIdentityResponse": "Account Arn UserId",
    "SendMessageResult": "MessageId",
    "PublishResponse": "MessageId",
    "PutEventsResponse": "Entries FailedEntryCount",
    "RunTaskResponse": "Tasks Failures",
    "StartExecutionOutput": "ExecutionArn StartDate",
    "DescribeExecutionOutput": "ExecutionArn StateMachineArn Name Status StartDate",
    "SubmitJobResponse": "JobName JobId",
    "StartJobRunResponse": "JobRunId",
    "GetJobRunResponse": "JobRun",
    "JobRun": "Id JobName JobRunState",
    "GetJobResponse": "Job",
    "Job": "Name",
    "StartQueryExecutionOutput": "QueryExecutionId",
    "GetQueryExecutionOutput": "QueryExecution",
    "QueryExecution": "QueryExecutionId Status",
    "QueryExecutionStatus": "State",
    "StartBuildOutput": "Build",
    "Build": "Arn Id BuildStatus ProjectName",
    "submitJob.sync": "JobArn JobDefinition JobId JobName JobQueue Status",
    "startJobRun.sync": "Id JobName JobRunState",
    "startQueryExecution.sync": "QueryExecution",
    "startBuild.sync": "Build",
    "createTrainingJob.sync": "TrainingJobName TrainingJobArn TrainingJobStatus",
    "createTransformJob.sync": "TransformJobName TransformJobArn TransformJobStatus",
    "createProcessingJob.sync": "ProcessingJobName ProcessingJobArn ProcessingJobStatus",
    "startExecution.sync": "ExecutionArn StateMachineArn Name Status StartDate",
    "startExecution.sync:2": "ExecutionArn StateMachineArn Name Status StartDate",
}
"""Shape, or action that waits for a job → fields that are there in each answer of a call that succeeded,
besides those that the models require. API references of the services."""

_TOKENS = ("nexttoken", "nextmarker", "nextcontinuationtoken", "paginationtoken")


def kind_of_shape(shape: Any) -> Kind | None:
    """Return the JSON kind of a shape of botocore's."""
    return None if shape is None else KINDS.get(shape.type_name)


def values_of(shape: Any) -> list[JSON]:
    """Return the values of an enumeration."""
    return [] if shape is None else list(getattr(shape, "enum", None) or ())


def member_of(shape: Any, name: str) -> tuple[bool, Any, str | None]:
    """Return whether an answer may have a field, the field's shape, and why it may be missing."""
    if shape is None:
        return True, None, None
    if shape.type_name == "map":
        return True, shape.value, None
    if shape.type_name != "structure" or getattr(shape, "document", False):
        return shape.type_name == "structure", None, None
    for member, inner in shape.members.items():
        # Names are compared in lower case: the SDKs differ in how they write acronyms.
        if member.lower() == name.lower():
            return True, inner, _why_missing(shape.name, _written(member))
    # Metadata of the HTTP response, which some integrations add.
    return name.startswith("Sdk"), None, None


def why_left_out(action: str, name: str) -> str | None:
    """Return why a field may be missing from the answer of an API's action, of which there is no model."""
    outputs = (f"{_written(action)}Output", f"{_written(action)}Result")
    return next(filter(None, (_why_missing(shape, _written(name)) for shape in outputs)), None)


def is_always_there(shape: Any, action: str, name: str) -> bool:
    """Tell whether a field is there in each answer, by the shape it is in or by the action that answers."""
    if shape is not None and shape.type_name == "structure":
        required = [member for member in shape.required_members if member.lower() == name.lower()]
        return bool(required) or _written(name) in ALWAYS.get(shape.name, "").split()
    answers = (action, *(f"{_written(action)}{end}" for end in ("Output", "Result", "Response")))
    return bool(action) and any(_written(name) in ALWAYS.get(answer, "").split() for answer in answers)


def _written(member: str) -> str:
    return member[:1].upper() + member[1:]


def _why_missing(shape: str, member: str) -> str | None:
    if member.lower() in _TOKENS:
        return f"there is no {member} with the last page"
    return LEFT_OUT.get((shape, member))
