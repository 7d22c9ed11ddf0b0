"""The table of docs/services.md: `python -m aslrun.services.table` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from aslrun.services.optimized.table import NOT_CALLED
from aslrun.validation.integrations import OPTIMIZED, SUFFIXES

OTHERS: Mapping[str, str] = {
    "apigateway": "called over HTTP, with `--aws real` only",
    "http": "called over HTTP: see [HTTP Tasks](http-task.md)",
    "lambda": "functions beside the definition: see [Lambda functions](functions.md)",
    "states": "other machines beside the definition, as child executions",
}
"""Services that are not called through botocore → what answers them."""

LOCALLY: Mapping[str, Mapping[str, str]] = {
    "athena": {"": "no query runs: a job succeeds at the first look, without rows"},
    "batch": {"": "no container runs: a job succeeds at the first look"},
    "bedrock": {
        "createModelCustomizationJob": "never ends",
        "invokeModel": "answers `{}`",
    },
    "codebuild": {
        "": "a build succeeds at the first look",
        **dict.fromkeys(
            (
                "batchDeleteBuilds", "batchGetReports", "startBuildBatch", "stopBuildBatch",
                "retryBuildBatch", "deleteBuildBatch",
            ),
            "-",
        ),
    },
    "databrew": {"": "-"},
    "dynamodb": {"": "works"},
    "ecs": {"": "no container runs: a task is one step nearer to STOPPED at each look, with exit code 0"},
    "eks": {"": "done at the first look"},
    "elasticmapreduce": {
        "": "done at the first look",
        "addStep": "a step never ends",
        "cancelStep": "-",
        "modifyInstanceFleetByName": "-",
    },
    "emr-containers": {"": "done at the first look", "startJobRun": "never ends"},
    "emr-serverless": {"": "done at the first look"},
    "events": {"": "works, for targets that are queues"},
    "glue": {"": "no script runs: a run succeeds at the first look"},
    "mediaconvert": {"": "-"},
    "sagemaker": {
        "": "nothing is trained: a job is completed at the first look",
        "createLabelingJob": "-",
        "updateEndpoint": "-",
    },
    "sns": {"": "works, for subscribers that are queues"},
    "sqs": {"": "works"},
}  # fmt: skip
"""Service → what the local AWS (moto 5.2) does with its actions; `-` where it has none of it, `""` for those
that are not named."""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield (service, actions, patterns, what the local AWS does), the actions of one kind together."""
    for service, actions in OPTIMIZED.items():
        groups: dict[tuple[str, str], list[str]] = {}
        for action, (patterns, _) in actions.items():
            shown = " ".join(f"`{SUFFIXES[pattern]}`" for pattern in patterns.split())
            groups.setdefault((shown, _locally(service, action)), []).append(action)
        for (patterns, does), names in groups.items():
            yield service, ", ".join(names), patterns, does


def _locally(service: str, action: str) -> str:
    if service in OTHERS:
        return OTHERS[service]
    if (service, action) in NOT_CALLED:
        return f"not called, wherever calls go: {NOT_CALLED[service, action]}"
    told = LOCALLY[service].get(action, LOCALLY[service].get("", "works"))
    return "not there: a mock can answer it" if told == "-" else told


def table() -> str:
    """Return the table as Markdown."""
    lines = [
        "| service | actions | patterns besides request and response | in the local AWS |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows())]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
