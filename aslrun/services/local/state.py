"""moto's services: one lock around every call, and a state of one's own for each place.

moto keeps its state in this process's modules and is not made for threads: two that add to one counter lose
counts. It has the templates' account here, whoever else uses moto in this process; so the state is put in
its place for the length of a call, and taken out again.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aslrun.document.cloudformation.resources import ACCOUNT
from aslrun.errors import UsageError
from aslrun.services.local.handed import Handed, handing_over
from aslrun.services.local.logs import later_events
from aslrun.services.local.queues import flat_queues
from aslrun.services.wire import Request, Response

_LOCK = threading.RLock()
POLL_PAUSE = 0.05
"""Seconds between looks into a queue that a long poll waits for."""
_QUEUE_HOST = re.compile(rb"https?://(?:sqs\.[\w-]+|(?:[\w-]+\.)?queue)\.amazonaws\.com")
_GIVES_QUEUE_URLS = {"CreateQueue", "GetQueueUrl", "ListQueues", "ListDeadLetterSourceQueues"}
_HOSTS = {
    "aidevops": "aidevops.{region}.api.aws",
    "bedrock-runtime": "bedrock-runtime.{region}.amazonaws.com",
    "budgets": "budgets.amazonaws.com",
    "cloudfront": "cloudfront.amazonaws.com",
    "dsql": "dsql.{region}.api.aws",
    "ecr": "api.ecr.{region}.amazonaws.com",
    "eventbridge": "events.{region}.amazonaws.com",
    "iotdata": "data.iot.{region}.amazonaws.com",
    "memorydb": "memory-db.{region}.amazonaws.com",
    "mobiletargeting": "pinpoint.{region}.amazonaws.com",
    "s3vectors": "s3vectors.{region}.api.aws",
    "sagemaker": "api.sagemaker.{region}.amazonaws.com",
    "ses": "email.{region}.amazonaws.com",
}
"""Signing name → host, where the host is not of that name."""


class NotHere(UsageError):
    """What the local AWS cannot answer; `code` is the error that a client gets."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(told)
        self.code = code


class State:
    """All that is in one local AWS. Calls may come from any thread.

    `handed` takes what moto would deliver to functions and to the targets of rules, if somebody takes it.
    """

    def __init__(self, handed: deque[Handed] | None = None) -> None:
        self._give = None if handed is None else handed.append
        self._mine: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._buckets: dict[int, dict[str, Any]] = {}
        self._stub: Any = None
        self._models: dict[type, list[Any]] = {}
        weakref.finalize(self, _let_go, self._models)

    def answer(self, request: Request, queue_host: Callable[[], str]) -> Response:
        """Return moto's answer. `queue_host` tells what QueueUrls are to name, as `http://127.0.0.1:PORT`.

        Raises NotHere for what moto does not implement, and where it breaks down.
        """
        if (request.service, request.operation) == ("sqs", "ReceiveMessage"):
            response = self._receive(request)
        else:
            response = self._answer(request)
        if request.service == "sqs" and request.operation in _GIVES_QUEUE_URLS:
            body = _QUEUE_HOST.sub(queue_host().encode(), response.body)
            return response._replace(body=body)
        return response

    @property
    def services(self) -> list[str]:
        """The services that have been called, or that another one has called."""
        return [one.service_name for one, entries in self._mine.values() if entries]

    def messages(self) -> dict[str, list[dict[str, Any]]]:
        """Return what is in each queue, also what somebody has received and not deleted."""
        with _LOCK:
            return {
                name: [_message(one) for one in queue._messages if one.id not in queue.deleted_messages]
                for one, entries in self._mine.values()
                if one.service_name == "sqs"
                for regions in entries.values()
                for backend in regions.values()
                for name, queue in backend.queues.items()
            }

    def _receive(self, request: Request) -> Response:
        """Wait for messages without the lock: somebody has to be able to send them."""
        try:
            asked = json.loads(request.body)
            seconds = min(float(asked.get("WaitTimeSeconds", 0)), 20)
        except (ValueError, TypeError, AttributeError):
            return self._answer(request)  # of a client that speaks XML, or makes no sense
        end = time.monotonic() + seconds
        if seconds > 0:
            request = request._replace(body=json.dumps({**asked, "WaitTimeSeconds": 0}).encode())
        while True:
            response = self._answer(request)
            remaining = end - time.monotonic()
            if remaining <= 0 or response.status != 200 or b'"Messages"' in response.body:
                return response
            time.sleep(min(POLL_PAUSE, remaining))

    def _answer(self, request: Request) -> Response:
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict

        # botocore asks streams at a host of the account's, which moto does not know.
        is_unknown = ".streams-ddb." in request.host
        host = _host(request) if is_unknown or not request.host else request.host
        own = {"host": host, "content-length": str(len(request.body)), "x-moto-account-id": ACCOUNT}
        headers = HeadersDict({**request.headers, **own})
        url = f"https://{host}{request.target}"
        of_tags = any(one.startswith("tagging") for one in request.target.partition("?")[2].split("&"))
        with (
            _LOCK,
            _without_profile(),
            self._in_place(),
            _as_ours(),
            handing_over(self._give, of_tags=of_tags),
        ):
            try:
                answered = self._moto().process_request(
                    AWSPreparedRequest(request.method, url, headers, request.body, False)
                )
            except NotImplementedError as missing:
                raise not_implemented(request, str(missing)) from None
            except Exception as wrong:  # whatever moto did not foresee, in whatever way it shows
                raise _broken(request, wrong) from None
        if answered is None or answered[:1] + answered[2:] == (404, "Not yet implemented"):
            raise not_implemented(request)
        status, told, body = answered
        return Response(
            int(status),
            {str(name).lower(): str(value) for name, value in told.items()},
            body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body or b""),
        )

    def _moto(self) -> Any:
        if self._stub is None:
            from moto.core.botocore_stubber import BotocoreStubber

            self._stub = BotocoreStubber()
        return self._stub

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Put this state where moto looks for it, in place of what others in this process have there."""
        from moto.core.base_backend import BackendDict
        from moto.core.config import default_user_config
        from moto.core.model_instances import model_data

        instances: list[Any] = BackendDict._instances  # type: ignore[misc]
        others = {id(one): (one, dict(one.items()), _buckets_of(one)) for one in instances}
        for key, (one, entries) in self._mine.items():
            if key not in others:
                instances.append(one)
                others[key] = (one, {}, None if (there := _buckets_of(one)) is None else dict(there))
            _fill(one, entries, self._buckets.get(key))
        for key, (one, _, _) in others.items():
            if key not in self._mine:
                _fill(one, {}, {})
        tracked = {model: model.instances_tracked for model in _models(model_data)}
        for model in tracked:
            model.instances_tracked = self._models.get(model, [])
        theirs = default_user_config.get("batch")
        default_user_config["batch"] = {"use_docker": False}
        try:
            yield
        finally:
            default_user_config["batch"] = theirs or {"use_docker": True}
            for model in _models(model_data):
                # Of others than S3's nobody asks again, and they would be kept for good.
                if model.__module__ == "moto.s3.models":
                    self._models[model] = model.instances_tracked
                model.instances_tracked = tracked.get(model, [])
            for one in [*instances]:
                self._mine[id(one)] = (one, dict(one.items()))
                if (buckets := _buckets_of(one)) is not None:
                    self._buckets[id(one)] = buckets
                _, entries, buckets = others.get(id(one), (one, {}, {}))
                _fill(one, entries, buckets)


def _message(message: Any) -> dict[str, Any]:
    told = {"MessageBody": message.body}
    if message.message_attributes:
        told["MessageAttributes"] = {
            name: {
                key.replace("_", "").replace("stringvalue", "StringValue"): value
                for key, value in attribute.items()
                if isinstance(value, str)
            }
            for name, attribute in message.message_attributes.items()
        }
    if message.group_id is not None:
        told |= {"MessageGroupId": message.group_id, "MessageDeduplicationId": message.deduplication_id}
    return told


@contextmanager
def _as_ours() -> Iterator[None]:
    """Put what is changed of moto in its place."""
    with flat_queues(), later_events():
        yield


@contextmanager
def _without_profile() -> Iterator[None]:
    """moto asks botocore for its regions, which fails under a profile that only the real AWS is for."""
    names = [name for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if name in os.environ]
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)


def _buckets_of(backends: Any) -> dict[str, Any] | None:
    """Return whose each bucket is: the names of S3 are those of all accounts."""
    return getattr(backends, "bucket_accounts", None)


def _models(model_data: Any) -> list[Any]:
    """Return the classes of moto's that keep all their instances."""
    return [model for models in model_data.values() for model in models.values()]


def _let_go(models: dict[type, list[Any]]) -> None:
    """Close the files that moto keeps objects in; it warns of those that nobody has closed."""
    for model, instances in models.items():
        if hasattr(model, "dispose"):
            for instance in instances:
                instance.dispose()


def _fill(backends: Any, entries: dict[str, Any], buckets: dict[str, Any] | None) -> None:
    backends.clear()
    backends.update(entries)
    if _buckets_of(backends) is not None:
        backends.bucket_accounts = {} if buckets is None else buckets


def _host(request: Request) -> str:
    """Return the host at AWS that moto knows a service by."""
    service, host = request.service, ""
    if service == "dynamodb" and request.headers.get("x-amz-target", "").startswith("DynamoDBStreams"):
        host = "streams.dynamodb.{region}.amazonaws.com"
    elif service == "s3" and request.path.startswith("/v20180820/"):
        host = "s3-control.{region}.amazonaws.com"
    elif service == "sagemaker" and request.path.endswith("/invocations"):
        host = "runtime.sagemaker.{region}.amazonaws.com"
    elif service == "bedrock" and request.path.startswith("/model/"):
        host = "bedrock-runtime.{region}.amazonaws.com"
    host = host or _HOSTS.get(service, f"{service}.{{region}}.amazonaws.com")
    return host.format(region=request.region)


def what(request: Request) -> str:
    """Return what is asked for, as a Resource names it: `dynamodb:PutItem`."""
    return f"{request.service}:{request.operation or f'{request.method} {request.path}'}"


def not_implemented(request: Request, told: str = "") -> NotHere:
    """Return the error for what moto has no code for."""
    return NotHere(
        "NotImplemented",
        f"the local AWS (moto) does not implement {what(request)}{f': {told}' if told else ''}; a mock can"
        " answer it, or another endpoint (--aws URL)",
    )


def _broken(request: Request, wrong: Exception) -> NotHere:
    return NotHere(
        "InternalFailure",
        f"the local AWS (moto) broke down in {what(request)}: {type(wrong).__name__}: {wrong}; a mock can"
        " answer it, or another endpoint (--aws URL)",
    )
