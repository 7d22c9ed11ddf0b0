"""The icons on states' cards, as paths of lines in a square of 16 pixels: our own drawings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aslrun.graph.drawing import Attributes

_CIRCLE = "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4z"

ICONS: Mapping[str, str] = {
    "lambda": "M3.6 2.2h2.2l5.4 11.6h2M7.6 6.2L3.6 13.8",
    "service": "M8 1.8l5.6 3.1v6.2L8 14.2l-5.6-3.1V4.9zM2.6 5L8 8l5.4-3M8 8v6",
    "activity": "M8 2.2a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 1 1 0-5.4zM2.8 14c.2-3 2.2-4.4 5.2-4.4s5 1.4 5.2 4.4",
    "http": _CIRCLE + "M1.8 8h12.4M8 1.8c3.4 3.4 3.4 9 0 12.4M8 1.8c-3.4 3.4-3.4 9 0 12.4",
    "execution": "M2 2.4h8.6v7H2zM5.4 12v1.6H14V6.6h-1.4",
    "pass": "M2.2 8h11.2M9.2 3.8L13.4 8l-4.2 4.2",
    "choice": "M8 1.6L14.4 8L8 14.4L1.6 8zM6.4 6.6a1.7 1.7 0 1 1 2.4 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.1",
    "wait": _CIRCLE + "M8 4.6V8l2.4 1.8",
    "succeed": _CIRCLE + "M5.2 8.2l2 2l3.8-4",
    "fail": _CIRCLE + "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    "parallel": "M8 1.6v3.2M2.8 14.2V9.4c0-2.8 1.4-4 5.2-4.6c3.8.6 5.2 1.8 5.2 4.6v4.8M8 4.8v9.4",
    "map": "M8 1.8l6.2 3.2L8 8.2L1.8 5zM1.8 8L8 11.2L14.2 8M1.8 11L8 14.2l6.2-3.2",
    "bucket": "M2.4 3.6c0-1.9 11.2-1.9 11.2 0L12 13.2c-.4 1.4-7.6 1.4-8 0zM2.4 3.6c0 1.9 11.2 1.9 11.2 0",
    "table": "M2.2 3h11.6v10.4H2.2zM2.2 6.4h11.6M2.2 9.9h11.6M6 6.4v7",
    "database": "M3 3.8c0-2.4 10-2.4 10 0v8.4c0 2.4-10 2.4-10 0zM3 3.8c0 2.4 10 2.4 10 0"
    "M3 8c0 2.4 10 2.4 10 0",
    "queue": "M1.6 4.4h12.8v7.2H1.6zM5.2 4.4v7.2M8.6 4.4v7.2M12 4.4v7.2",
    "topic": "M2.4 6.4v3.2h2.4L10.4 13V3L4.8 6.4zM12.4 5.4c1.6 1.6 1.6 3.6 0 5.2",
    "bus": "M1.8 8h12.4M4.4 8V4M8 8v4M11.6 8V4M4.4 2.4v1M8 12.6v1M11.6 2.4v1",
    "stream": "M1.8 4.4c4-3 8 3 12.4 0M1.8 8c4-3 8 3 12.4 0M1.8 11.6c4-3 8 3 12.4 0",
    "mail": "M1.8 3.6h12.4v8.8H1.8zM1.8 4.2L8 9l6.2-4.8",
    "container": "M1.8 5h12.4v7.4H1.8zM4.6 5v7.4M8 5v7.4M11.4 5v7.4M3.4 2.8h9.2",
    "cluster": "M8 1.6l5.6 3.2v6.4L8 14.4l-5.6-3.2V4.8zM8 5.6a2.4 2.4 0 1 1 0 4.8a2.4 2.4 0 1 1 0-4.8z",
    "batch": "M2 2.6h6v4H2zM8 9.4h6v4H8zM11 6.6L8.6 4.6M11 6.6V4.6H8.6M5 9.4v2h1.8",
    "server": "M2.4 2.4h11.2v4.4H2.4zM2.4 9.2h11.2v4.4H2.4zM5 4.6v.1M5 11.4v.1M8 4.6h3M8 11.4h3",
    "etl": "M2 3h12L9.6 8.6v4.8l-3.2-1.6V8.6z",
    "query": "M7 2a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM10.6 10.6l3.6 3.6M5 7h4",
    "spark": "M8 1.6l1.6 4.8L14.4 8L9.6 9.6L8 14.4L6.4 9.6L1.6 8l4.8-1.6z",
    "model": "M8 1.8a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z"
    "M3.6 10.4a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z"
    "M12.4 10.4a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6zM7.2 5.4l-2.8 5.2M8.8 5.4l2.8 5.2M5.4 12.2h5.2",
    "text": "M3 1.8h7l3 3v9.4H3zM5.4 6.4h5.2M5.4 9h5.2M5.4 11.6h3",
    "build": "M2.2 13.8l6-6M6.6 4.4L9 2l5 5l-2.4 2.4zM4.6 8.4l3 3",
    "parameter": "M2 4h5M10.4 4H14M2 8h1.6M7 8h7M2 12h7M12.4 12H14"
    "M7 4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0"
    "M3.6 8a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M9 12a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0",
    "secret": "M3.4 7h9.2v6.8H3.4zM5.2 7V4.8c0-3.6 5.6-3.6 5.6 0V7M8 9.8v1.6",
    "metric": "M2 2v12h12M4.4 10.6l2.8-3.4l2.6 2L13.6 4",
    "schedule": "M2.2 3.4h11.6v10.4H2.2zM2.2 6.6h11.6M5.2 1.8v3M10.8 1.8v3M8 8.6v2l1.6 1",
    "missing": _CIRCLE + "M6 6.4a2 2 0 1 1 2.8 1.8c-.6.3-.8.6-.8 1.2M8 11.4v.1",
}
"""Name → path. The names are also classes of the drawing, which have the colours."""

TYPES = frozenset({"pass", "choice", "wait", "succeed", "fail", "parallel", "map"})
"""Types of states with an icon of their own."""

RETRY = "M9.6 3.2A4.4 4.4 0 1 0 10.4 6M9.9.8v2.7H7.2"
"""The mark of a state that has retriers, in a square of 12 pixels."""

BADGES: Mapping[str, str] = {
    "succeeded": "M-3 .2L-.8 2.4L3.2-2.4",
    "caught": "M-2.6-2.6v3c0 1.4.8 2 2 2h3.4M1-.2L3.4 2.4L1 4.6",
    "failed": "M-2.4-2.4L2.4 2.4M2.4-2.4L-2.4 2.4",
    "aborted": "M-2.2-2.2h4.4v4.4h-4.4z",
    "in_progress": "M0-3.2V0l2.2 1.6",
    "missed": "M0-3.4V1M0 3.2v.1",
}
"""Status → the sign on its badge, around (0, 0): colour alone would not tell everybody."""

_RESOURCES: Mapping[str, str] = {
    r"arn:[^:]*:lambda:.*": "lambda",
    r"arn:[^:]*:states:[^:]*:[^:]*:activity:.*": "activity",
}
_SERVICE = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?([^:.]+)[:.].*", re.DOTALL)

SERVICES: Mapping[str, str] = {
    "lambda": "lambda",
    **dict.fromkeys(("http", "apigateway"), "http"),
    **dict.fromkeys(("states", "sfn"), "execution"),
    "s3": "bucket",
    "dynamodb": "table",
    **dict.fromkeys(("rds", "rdsdata", "redshiftdata", "redshift"), "database"),
    "sqs": "queue",
    "sns": "topic",
    **dict.fromkeys(("events", "eventbridge"), "bus"),
    **dict.fromkeys(("kinesis", "firehose"), "stream"),
    **dict.fromkeys(("ses", "sesv2"), "mail"),
    "ecs": "container",
    "eks": "cluster",
    "batch": "batch",
    "ec2": "server",
    **dict.fromkeys(("glue", "databrew"), "etl"),
    "athena": "query",
    **dict.fromkeys(
        ("elasticmapreduce", "emr", "emrcontainers", "emr-containers", "emr-serverless"), "cluster"
    ),
    **dict.fromkeys(("bedrock", "bedrockruntime"), "spark"),
    **dict.fromkeys(("sagemaker", "sagemakerruntime", "rekognition"), "model"),
    **dict.fromkeys(("textract", "comprehend", "translate", "transcribe", "polly"), "text"),
    "codebuild": "build",
    "ssm": "parameter",
    "secretsmanager": "secret",
    **dict.fromkeys(("cloudwatch", "cloudwatchlogs", "xray"), "metric"),
    "scheduler": "schedule",
}
"""Service in a Task's Resource → its icon; others have that of `service`."""

COLOURS_OF: Mapping[str, str] = {
    **dict.fromkeys(("container", "cluster", "batch", "server"), "lambda"),
    **dict.fromkeys(("bucket", "metric"), "succeed"),
    **dict.fromkeys(("table", "database", "build"), "parallel"),
    **dict.fromkeys(("queue", "topic", "bus", "mail", "schedule"), "execution"),
    **dict.fromkeys(("stream", "etl", "query"), "activity"),
    **dict.fromkeys(("parameter", "secret"), "map"),
    **dict.fromkeys(("spark", "model", "text"), "service"),
}
"""Icon → the icon whose colour it shares; others have one of their own."""


def icon_of(node: Attributes) -> str:
    """Return the name of a state's icon: that of its Type, of a Task that of its service."""
    if node["kind"] == "missing":
        return "missing"
    if node["type"] == "Task":
        return _task_icon(node.get("resource", ""))
    name = str(node["type"]).lower()
    return name if name in TYPES else "missing"


def _task_icon(resource: str) -> str:
    for pattern, name in _RESOURCES.items():
        if re.fullmatch(pattern, resource, re.DOTALL):
            return name
    service = _SERVICE.fullmatch(resource)
    return SERVICES.get(service[1].lower(), "service") if service else "service"
