"""Who answers the Tasks that call services: AWS SDK integrations and optimized ones, through botocore.

Where the calls go is said by whoever makes it (`Clients`); the client of a service is made when it is first
called.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from aslrun.drivers.calls import Call
from aslrun.errors import UsageError
from aslrun.services.api import Answer, Api, Clients
from aslrun.services.forms import OPTIMIZED_FORMS
from aslrun.services.optimized.actions import RUNS, Members
from aslrun.services.optimized.table import NOT_CALLED, SERVICES, Service
from aslrun.services.sdk import call, call_action
from aslrun.states.resource import Resource, parse_resource
from aslrun.validation.api_models import api_of, folder_of, services
from aslrun.validation.findings import closest
from aslrun.values import JSON

SDK = "aws-sdk:"
"""How the service of an AWS SDK integration begins."""


class AwsServices:
    """Answers Tasks that call a service of AWS."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._apis: dict[str, Api] = {}
        self._lock = Lock()

    def matches(self, call: Call) -> bool:
        return is_called(parse_resource(call.resource))

    def invoke(self, call: Call) -> JSON:
        """Call the service that the Task names; StateError with the service's error when it fails."""
        resource = parse_resource(call.resource)
        action, _, pattern = resource.action.partition(".")
        if resource.service.startswith(SDK):
            return self._call_sdk(resource.service.removeprefix(SDK), action, call.arguments)
        return self._call_optimized(resource.service, action, pattern, call.arguments)

    def close(self) -> None:
        """Let go of the clients."""
        self._apis.clear()

    def _call_sdk(self, service: str, action: str, arguments: JSON) -> JSON:
        folder = folder_of(service)
        if folder is None:
            raise UsageError(unknown_service(service))
        api = self._api(folder.name)
        if action.lower() not in api.actions:
            raise UsageError(unknown_action(service, action))
        return call_action(api, action, arguments)

    def _call_optimized(self, service: str, action: str, pattern: str, arguments: JSON) -> JSON:
        if (service, action) in NOT_CALLED:
            why = NOT_CALLED[service, action]
            raise UsageError(f"{service}:{action} cannot be called: {why}; mock the Task")
        sender = _Sender(SERVICES[service], self._api(_home(service, action)))
        given: Members = dict(arguments) if isinstance(arguments, dict) else {}
        run = RUNS.get((service, action))
        result = sender.send(action, given) if run is None else run(sender.send, given, pattern)
        return sender.told(result)

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


_CALLED = frozenset(SERVICES) | {service for service, _ in NOT_CALLED}


def _home(service: str, action: str) -> str:
    known = SERVICES[service]
    return known.others.get(action, known.name)


def unknown_service(service: str) -> str:
    """Return the message that there is no such service, and which one may be meant."""
    near = closest(service, services())
    meant = f"did you mean '{near}'?" if near else "write it as the AWS SDK for Java does"
    return f"the AWS SDK has no service '{service}'; {meant}"


def unknown_action(service: str, action: str) -> str:
    """Return the message that a service has no such action, and which one may be meant."""
    api = api_of(service)
    near = None if api is None else closest(action, api.actions.values())
    meant = f"; did you mean '{near}'?" if near else ""
    return f"{service} has no action '{action}'{meant}"
