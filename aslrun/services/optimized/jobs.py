"""Jobs that `.sync` waits for: how they are looked at, when they have ended, and what the Task's result is.

Documentation: "Run a Job (.sync)" and the pages of the services; how often they are looked at: "Create and
manage Amazon EMR clusters". A failed job is States.TaskFailed with its description as the cause (recorded for
executions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.values import JSON

Members: TypeAlias = "dict[str, JSON]"
Path: TypeAlias = tuple["str | int", ...]


@dataclass(frozen=True, slots=True)
class Job:
    """How a job is followed.

    `look` is the API's action that describes it, with the arguments that `which` makes of (the Task's
    arguments, what was answered when it was submitted). `job` is the way to it in that description, `ended`
    tells of a job whether it succeeded (True), failed (False) or goes on (None). The result is what `result`
    makes of (submitted, description, job). `gone` says that a job which is not found has succeeded.
    """

    look: str
    which: Callable[[Members, Members], Members]
    job: Path
    ended: Callable[[Members], bool | None]
    result: Callable[[Members, Members, Members], JSON]
    gone: bool = False


NOTIFIED = frozenset({"batch", "codebuild", "ecs", "mediaconvert", "sagemaker"})
"""Services that tell Step Functions through EventBridge when a job has ended (their IAM policies have the
rules), so that it hardly waits after that."""


def seconds_between_looks(service: str) -> Iterator[float]:
    """Yield how long to wait before the first look at a job, and then for the next: a minute in the first
    ten, then five; where the service would be notified, 1 s at first and twice as long each time, up to a
    minute."""
    if service in NOTIFIED:
        for doubled in range(6):
            yield 2**doubled
        while True:
            yield 60
    for _ in range(10):
        yield 60
    while True:
        yield 300


def at(value: JSON, path: Path) -> JSON:
    """Return what lies at a path in a value; None where there is nothing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _by(*path: str, good: str, bad: str) -> Callable[[Members], bool | None]:
    """Tell the end by a state that lies at `path`; `good` and `bad` are its values, with spaces between."""
    ends = dict.fromkeys(good.split(), True) | dict.fromkeys(bad.split(), False)
    return lambda job: ends.get(str(at(job, path)))


def _given(**names: str) -> Callable[[Members, Members], Members]:
    """Make arguments of the Task's own: name → theirs."""
    return lambda arguments, submitted: {name: arguments.get(one) for name, one in names.items()}


def _submitted(**names: Path) -> Callable[[Members, Members], Members]:
    """Make arguments of what was submitted: name → the way to it."""
    return lambda arguments, submitted: {name: at(submitted, path) for name, path in names.items()}


def _both(
    one: Callable[[Members, Members], Members], other: Callable[[Members, Members], Members]
) -> Callable[[Members, Members], Members]:
    return lambda arguments, submitted: one(arguments, submitted) | other(arguments, submitted)


def _each(name: str, *path: str | int) -> Callable[[Members, Members], Members]:
    return lambda arguments, submitted: {name: [at(submitted, path)]}


def _itself(submitted: Members, described: Members, job: Members) -> JSON:
    return job


def _whole(submitted: Members, described: Members, job: Members) -> JSON:
    return described


def _as(name: str) -> Callable[[Members, Members, Members], JSON]:
    return lambda submitted, described, job: {name: job}


def _with_submitted(name: str, *kept: str) -> Callable[[Members, Members, Members], JSON]:
    return lambda submitted, described, job: {**{key: submitted.get(key) for key in kept}, name: job}


def _only_submitted(submitted: Members, described: Members, job: Members) -> JSON:
    return {name: value for name, value in submitted.items() if not name.startswith("Sdk")}


def _task_ended(task: Members) -> bool | None:
    """A task of ECS has ended when it is stopped, and well if all its containers left with 0."""
    if task.get("LastStatus") != "STOPPED":
        return None
    containers = task.get("Containers")
    return all(at(one, ("ExitCode",)) == 0 for one in (containers if isinstance(containers, list) else []))


def _which_task(arguments: Members, submitted: Members) -> Members:
    cluster = {"Cluster": arguments["Cluster"]} if "Cluster" in arguments else {}
    return {**cluster, "Tasks": [at(submitted, ("Tasks", 0, "TaskArn"))]}


def _training(kind: str) -> Job:
    ended = _by(f"{kind}Status", good="Completed", bad="Failed Stopped")
    name = f"{kind}Name"
    return Job(f"describe{kind}", _given(**{name: name}), (), ended, _itself)


def _application(good: str, bad: str = "TERMINATED") -> Job:
    which = _both(_given(ApplicationId="ApplicationId"), _application_made)
    return Job("getApplication", which, ("Application",), _by("State", good=good, bad=bad), _only_submitted)


def _application_made(arguments: Members, submitted: Members) -> Members:
    return {"ApplicationId": submitted["ApplicationId"]} if submitted.get("ApplicationId") else {}


def _build(kind: str, look: str, job: str) -> Job:
    ended = _by(f"{kind}Status", good="SUCCEEDED", bad="FAILED FAULT TIMED_OUT STOPPED")
    return Job(look, _each("Ids", kind, "Id"), (job, 0), ended, _as(kind))


def _run_of_serverless(good: str, bad: str) -> Job:
    which = _both(_given(ApplicationId="ApplicationId"), _run_id)
    return Job("getJobRun", which, ("JobRun",), _by("State", good=good, bad=bad), _whole)


def _run_id(arguments: Members, submitted: Members) -> Members:
    return {"JobRunId": submitted.get("JobRunId") or arguments.get("JobRunId")}


def _part_of_cluster(look: str, name: str, job: str, good: str, bad: str, gone: bool) -> Job:
    which = _given(ClusterName="ClusterName", **{name: name})
    return Job(
        look, which, (job,), _by("Status", good=good, bad=bad), _only_submitted if gone else _whole, gone
    )


def _eks_cluster(good: str, bad: str, gone: bool) -> Job:
    result = _only_submitted if gone else _whole
    return Job(
        "describeCluster", _given(Name="Name"), ("Cluster",), _by("Status", good=good, bad=bad), result, gone
    )


JOBS: Mapping[tuple[str, str], Job] = {
    ("athena", "startQueryExecution"): Job(
        "getQueryExecution",
        _submitted(QueryExecutionId=("QueryExecutionId",)),
        ("QueryExecution",),
        _by("Status", "State", good="SUCCEEDED", bad="FAILED CANCELLED"),
        _whole,
    ),
    ("batch", "submitJob"): Job(
        "describeJobs",
        _each("Jobs", "JobId"),
        ("Jobs", 0),
        _by("Status", good="SUCCEEDED", bad="FAILED"),
        _itself,
    ),
    ("bedrock", "createModelCustomizationJob"): Job(
        "getModelCustomizationJob",
        _given(JobIdentifier="JobName"),
        (),
        _by("Status", good="Completed", bad="Failed Stopped"),
        _itself,
    ),
    ("codebuild", "retryBuildBatch"): _build("BuildBatch", "batchGetBuildBatches", "BuildBatches"),
    ("codebuild", "startBuild"): _build("Build", "batchGetBuilds", "Builds"),
    ("codebuild", "startBuildBatch"): _build("BuildBatch", "batchGetBuildBatches", "BuildBatches"),
    ("databrew", "startJobRun"): Job(
        "describeJobRun",
        _both(_given(Name="Name"), _submitted(RunId=("RunId",))),
        (),
        _by("State", good="SUCCEEDED", bad="FAILED STOPPED TIMEOUT"),
        _itself,
    ),
    ("ecs", "runTask"): Job("describeTasks", _which_task, ("Tasks", 0), _task_ended, _itself),
    ("eks", "createCluster"): _eks_cluster("ACTIVE", "FAILED", False),
    ("eks", "createFargateProfile"): _part_of_cluster(
        "describeFargateProfile", "FargateProfileName", "FargateProfile", "ACTIVE", "CREATE_FAILED", False
    ),
    ("eks", "createNodegroup"): _part_of_cluster(
        "describeNodegroup", "NodegroupName", "Nodegroup", "ACTIVE", "CREATE_FAILED", False
    ),
    ("eks", "deleteCluster"): _eks_cluster("", "FAILED", True),
    ("eks", "deleteFargateProfile"): _part_of_cluster(
        "describeFargateProfile", "FargateProfileName", "FargateProfile", "", "DELETE_FAILED", True
    ),
    ("eks", "deleteNodegroup"): _part_of_cluster(
        "describeNodegroup", "NodegroupName", "Nodegroup", "", "DELETE_FAILED", True
    ),
    ("elasticmapreduce", "addStep"): Job(
        "describeStep",
        _both(_given(ClusterId="ClusterId"), _submitted(StepId=("StepId",))),
        ("Step",),
        _by("Status", "State", good="COMPLETED", bad="CANCELLED FAILED INTERRUPTED"),
        _with_submitted("Step", "StepId"),
    ),
    ("elasticmapreduce", "createCluster"): Job(
        "describeCluster",
        _submitted(ClusterId=("ClusterId",)),
        ("Cluster",),
        _by("Status", "State", good="WAITING", bad="TERMINATING TERMINATED TERMINATED_WITH_ERRORS"),
        _with_submitted("Cluster", "ClusterId"),
    ),
    ("elasticmapreduce", "terminateCluster"): Job(
        "describeCluster",
        _given(ClusterId="ClusterId"),
        ("Cluster",),
        _by("Status", "State", good="TERMINATED", bad="TERMINATED_WITH_ERRORS"),
        _as("Cluster"),
    ),
    ("emr-containers", "deleteVirtualCluster"): Job(
        "describeVirtualCluster",
        _given(Id="Id"),
        ("VirtualCluster",),
        _by("State", good="TERMINATED", bad="ARRESTED"),
        _whole,
    ),
    ("emr-containers", "startJobRun"): Job(
        "describeJobRun",
        _both(_given(VirtualClusterId="VirtualClusterId"), _submitted(Id=("Id",))),
        ("JobRun",),
        _by("State", good="COMPLETED", bad="FAILED CANCELLED"),
        _whole,
    ),
    ("emr-serverless", "cancelJobRun"): _run_of_serverless("CANCELLED SUCCESS", "FAILED"),
    ("emr-serverless", "createApplication"): _application("CREATED STARTED"),
    ("emr-serverless", "deleteApplication"): _application("TERMINATED", ""),
    ("emr-serverless", "startApplication"): _application("STARTED"),
    ("emr-serverless", "startJobRun"): _run_of_serverless("SUCCESS", "FAILED CANCELLED"),
    ("emr-serverless", "stopApplication"): _application("STOPPED"),
    ("glue", "startJobRun"): Job(
        "getJobRun",
        _both(_given(JobName="JobName"), _submitted(RunId=("JobRunId",))),
        ("JobRun",),
        _by("JobRunState", good="SUCCEEDED", bad="FAILED TIMEOUT STOPPED ERROR EXPIRED"),
        _itself,
    ),
    ("mediaconvert", "createJob"): Job(
        "getJob",
        _submitted(Id=("Job", "Id")),
        ("Job",),
        _by("Status", good="COMPLETE", bad="CANCELED ERROR"),
        _whole,
    ),
    ("sagemaker", "createHyperParameterTuningJob"): _training("HyperParameterTuningJob"),
    ("sagemaker", "createLabelingJob"): _training("LabelingJob"),
    ("sagemaker", "createProcessingJob"): _training("ProcessingJob"),
    ("sagemaker", "createTrainingJob"): _training("TrainingJob"),
    ("sagemaker", "createTransformJob"): _training("TransformJob"),
}
"""(service, action) → how its `.sync` is followed."""
