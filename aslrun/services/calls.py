"""Who answers the Tasks that call services: AWS SDK integrations and optimized ones, through botocore.

Where the calls go is said by whoever makes it (`Clients`); the client of a service is made when it is first
called.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from aslrun.drivers.calls import STILL_RUNNING, Call, Poll, StillRunning, Submitted
from aslrun.errors import StateError, UsageError
from aslrun.services.api import Answer, Api, Clients
from aslrun.services.forms import OPTIMIZED_FORMS
from aslrun.services.optimized.actions import RUNS, Caller, Members
from aslrun.services.optimized.jobs import JOBS, Job, at, seconds_between_looks
from aslrun.services.optimized.table import NOT_CALLED, SERVICES, Service
from aslrun.services.sdk import call, call_action
from aslrun.states.resource import Resource, parse_resource
from aslrun.validation.api_models import folder_of
from aslrun.validation.integrations import OPTIMIZED
from aslrun.validation.unknown import unknown_action
from aslrun.values import JSON, to_json_text

SDK = "aws-sdk:"
"""How the service of an AWS SDK integration begins."""

MOST_ALIKE = 10
"""Looks at a job of the local AWS that show it unchanged: it does not go on there. A Task that has a time
limit waits for that."""


class AwsServices:
    """Answers Tasks that call a service of AWS.

    `at_once` says that all that answers lies in this process, and takes no time that counts: calls are then
    made one after the other, and runs are equal.
    """

    def __init__(self, clients: Clients, *, at_once: bool = False) -> None:
        self._clients = clients
        self._at_once = at_once
        self._apis: dict[str, Api] = {}
        self._lock = Lock()

    def matches(self, call: Call) -> bool:
        return is_called(parse_resource(call.resource))

    def knows(self, call: Call) -> bool:
        """Tell whether there is an action that a call names, and whether it can be called here."""
        resource = parse_resource(call.resource)
        action = resource.action.partition(".")[0]
        if not is_called(resource) or (resource.service, action) in NOT_CALLED:
            return False
        if resource.service.startswith(SDK):
            return unknown_action(resource.service.removeprefix(SDK), action) is None
        return action in OPTIMIZED[resource.service]

    def seconds(self, call: Call) -> float | None:
        """Return 0 for what is answered at once; None for what takes its time, as an execution does that this
        process runs."""
        return 0 if self._at_once and parse_resource(call.resource).service not in OWN else None

    def invoke(self, call: Call) -> JSON | Submitted:
        """Call the service that the Task names; StateError with the service's error when it fails."""
        resource = parse_resource(call.resource)
        action, _, pattern = resource.action.partition(".")
        if resource.service.startswith(SDK):
            result = self._call_sdk(resource.service.removeprefix(SDK), action, call.arguments)
        else:
            result = self._call_optimized(resource.service, action, pattern, call)
        return Submitted(result) if pattern else result

    def follow(self, call: Call, output: JSON) -> Poll:
        """Return how a job is looked at until it has ended; `output` is what it was submitted with."""
        resource = parse_resource(call.resource)
        action = resource.action.partition(".")[0]
        job = JOBS[resource.service, action]
        sender = self._sender(resource.service, action)
        arguments, submitted = _members(call.arguments), _members(output)
        is_limitless = self._at_once and call.timeout is None
        alike, last = 0, submitted

        def ask() -> JSON | StillRunning:
            nonlocal alike, last
            result, described = _look(sender, job, arguments, submitted)
            alike, last = alike + 1 if described == last else 0, described
            if result is STILL_RUNNING and is_limitless and alike == MOST_ALIKE:
                what = f"the job that {resource.service}:{action} started"
                raise UsageError(f"the local AWS never ends {what}; mock the Task '{call.state}'")
            return result

        return Poll(ask, seconds_between_looks(resource.service))

    def close(self) -> None:
        """Let go of the clients."""
        self._apis.clear()

    def _call_sdk(self, service: str, action: str, arguments: JSON) -> JSON:
        unknown, folder = unknown_action(service, action), folder_of(service)
        if unknown is not None or folder is None:
            raise UsageError(unknown or f"botocore has no models of '{service}'")
        return call_action(self._api(folder.name), action, arguments)

    def _call_optimized(self, service: str, action: str, pattern: str, call: Call) -> JSON:
        if (service, action) in NOT_CALLED:
            why = NOT_CALLED[service, action]
            raise UsageError(f"{service}:{action} cannot be called: {why}; mock the Task '{call.state}'")
        sender, given, run = (
            self._sender(service, action),
            _members(call.arguments),
            RUNS.get((service, action)),
        )
        if run is None:
            return sender.told(sender.send(action, given))
        return sender.told(run(sender.send, given, Caller(pattern, call.execution)))

    def _sender(self, service: str, action: str) -> _Sender:
        known = SERVICES[service]
        return _Sender(known, self._api(known.others.get(action, known.name)))

    def _api(self, name: str) -> Api:
        """Return a service by botocore's name, with a client that is made once."""
        with self._lock:
            found = self._apis.get(name)
            if found is None:
                found = self._apis[name] = Api(self._clients.client(name))
        return found


class _Sender:
    """Sends the calls of one optimized Task, and keeps the last answer."""

    def __init__(self, service: Service, api: Api) -> None:
        self._service = service
        self._api = api
        self._last: Answer | None = None

    def send(self, action: str, arguments: Mapping[str, JSON]) -> Members:
        """Call an action of the API and return its result in PascalCase."""
        operation = self._api.operation(action)
        answer = call(self._api, operation, dict(arguments), OPTIMIZED_FORMS, self._service.errors)
        self._last = answer
        result = OPTIMIZED_FORMS.result(operation.output_shape, answer.result)
        return result if isinstance(result, dict) else {}

    def told(self, result: Members) -> JSON:
        """Return the Task's result: with what its integration tells of the answer."""
        if self._last is None or not self._service.tells_metadata:
            return result
        return dict(sorted((result | metadata_of(self._last)).items()))


def metadata_of(answer: Answer) -> Members:
    """Return SdkHttpMetadata and SdkResponseMetadata. Made up from the request's id, for a local AWS answers
    with headers that no SDK would show."""
    headers: dict[str, JSON] = {"x-amzn-RequestId": answer.request_id}
    lists: dict[str, JSON] = {name: [value] for name, value in headers.items()}
    http: JSON = {"AllHttpHeaders": lists, "HttpHeaders": headers, "HttpStatusCode": answer.status}
    return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": answer.request_id}}


def is_called(resource: Resource) -> bool:
    """Tell whether a Resource names what is called through botocore: the others have integrations of their
    own."""
    if resource.kind != "service":
        return False
    return resource.service.startswith(SDK) or resource.service in _CALLED


OWN = frozenset({"aws-sdk:lambda", "aws-sdk:sfn"})
"""Services whose calls this process answers itself, with functions and executions that take their time."""

_CALLED = frozenset(SERVICES) | {service for service, _ in NOT_CALLED}


def _members(arguments: JSON) -> Members:
    return dict(arguments) if isinstance(arguments, dict) else {}


def _look(
    sender: _Sender, job: Job, arguments: Members, submitted: Members
) -> tuple[JSON | StillRunning, Members]:
    """Look at a job: return its result, or that it goes on, and its description; StateError if it failed."""
    try:
        described = sender.send(job.look, job.which(arguments, submitted))
    except StateError as failed:
        if job.gone and str(failed.error).endswith(".ResourceNotFoundException"):
            return job.result(submitted, {}, {}), {}
        raise
    found = _members(at(described, job.job))
    has_succeeded = job.ended(found)
    if has_succeeded is None:
        return STILL_RUNNING, described
    result = job.result(submitted, described, found)
    if not has_succeeded:
        raise StateError("States.TaskFailed", to_json_text(result))
    return result, described
