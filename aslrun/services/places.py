"""Where calls to AWS go: to the local AWS, an endpoint, the real AWS, or nowhere.

Nothing is imported, started or asked before the first call, or before a handler is told where AWS is.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from aslrun.document.cloudformation.resources import ACCOUNT, REGION
from aslrun.errors import UsageError
from aslrun.services.environment import settings_of, without_credentials
from aslrun.services.local.http import Endpoint
from aslrun.services.wire import Answer, Request, Response, error_response

QUEUE_URLS = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/"
"""How the URL of a queue in a template begins."""
OURS = ("lambda", "states")
"""Services that are aslrun's own on the local AWS, by their signing names."""
EXTRA = "pip install 'aslrun[aws]'"
"""What brings boto3 and moto."""


class Stock(Protocol):
    """What is in the local AWS at the start."""

    def ready(
        self,
        service: str,
        call: Callable[[str, str, Mapping[str, Any]], dict[str, Any]],
        localized: Callable[[str], str],
    ) -> None:
        """Put there what belongs to a service, if that has not been done, by calls."""

    @property
    def services(self) -> list[str]:
        """The services that something is put into."""


def aws_at(at: str | None = None, stock: Callable[[], Stock | None] | None = None) -> Aws:
    """Return the place that `at` says: `local`, `off`, `real`, or the URL of an endpoint.

    None is `local` where what it takes is installed, else `off`. `stock` makes what is in the local AWS at
    the start, and is called for no other place. Raises UsageError for anything else, and for `local` where
    what it takes is not installed.
    """
    if at is None:
        if not _is_installed("boto3", "moto"):
            return Aws("off", missing=True)
        at = "local"
    if at not in ("local", "off", "real"):
        check_url(at)
    if at == "local" and not _is_installed("boto3", "moto"):
        raise UsageError(f"--aws local needs boto3 and moto, which are not installed: {EXTRA}")
    is_missing = at != "off" and not _is_installed("boto3")
    return Aws(at, missing=is_missing, stock=stock() if stock and at == "local" else None)


def check_url(at: str) -> None:
    """Raise UsageError for what is no place that calls may go to."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(at)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_url = False
    if not is_url:
        raise UsageError(f"--aws {at}: write local, off, real, or a URL, for example http://127.0.0.1:8000")


@cache
def _is_installed(*modules: str) -> bool:
    return all(find_spec(module) is not None for module in modules)


class Aws:
    """A place that calls to AWS go to. Made by `aws_at`; may be used from any thread.

    As a context it is closed at the end.

    Attributes:
        at: `local`, `off`, `real`, or a URL.
        handlers: what answers requests to a service on the local AWS before moto is asked, by its signing
            name. Lambda and Step Functions have no answer but these.
        takes: is given what the local AWS would deliver to functions and to the targets of rules (one of
            `aslrun.services.local.handed`), with the request that led to it.
        listeners: are told of each request that the local AWS has answered.
        served_at: the URL at which somebody else hands requests to `answer`; with it the local AWS listens
            nowhere itself.
        dump: a folder that what is in the local AWS is written to when this is closed.
    """

    def __init__(self, at: str, *, missing: bool = False, stock: Stock | None = None) -> None:
        self.at = at.rstrip("/")
        self.account = ACCOUNT
        self.handlers: dict[str, Answer] = {}
        self.takes: Callable[[Any, Request], None] | None = None
        self.listeners: list[Callable[[Request, Response], None]] = []
        self._handed: deque[Any] = deque()
        self.served_at: str | None = None
        self.dump: Path | None = None
        self._missing = missing
        self._stock = stock
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}
        self._pending: dict[str, list[Callable[[], None]]] = {}
        self._endpoint = Endpoint(self.answer, REGION) if at == "local" else None

    @property
    def reason(self) -> str | None:
        """Why no call can be made here; None where calls go somewhere."""
        if self._missing:
            return f"calls to AWS need boto3 and moto, which are not installed: {EXTRA}"
        if self.at == "off":
            return "calls to AWS are off (--aws off)"
        return None

    @property
    def is_on(self) -> bool:
        """Whether calls go somewhere, or else `reason` says why not."""
        return self.at != "off"

    @cached_property
    def region(self) -> str:
        """The region that clients are in; UsageError where the real one is not known."""
        if self.at == "local":
            return REGION
        if self.at != "real":
            return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
        from aslrun.services.failures import explained

        with explained(self):
            region = self._session.region_name
        if region is None:
            raise UsageError(
                "--aws real: there is no region: set AWS_REGION, or region in ~/.aws/config (aws configure)"
            )
        return str(region)

    @property
    def url(self) -> str | None:
        """Where clients outside of this process find it; None where they use their own way to AWS.

        The local AWS listens there from now on.
        """
        if self.served_at is not None:
            return self.served_at
        if self._endpoint is not None:
            return self._endpoint.url
        return None if self.at in ("off", "real") else self.at

    @property
    def session(self) -> Any:
        """A boto3 session on this place. Raises UsageError where there is none; as `client` under `real`."""
        if self.at == "real":
            self.client("sts")
        with self._lock:
            return self._session

    @cached_property
    def _session(self) -> Any:
        if self.reason is not None:
            raise UsageError(self.reason)
        from aslrun.services.failures import explained
        from aslrun.services.sessions import endpoint_session, local_session, real_session

        if self.at == "local":
            return local_session(self._answer, REGION)
        with explained(self):
            return real_session() if self.at == "real" else endpoint_session(self.at, self.region)

    def client(self, service: str) -> Any:
        """Return boto3's client for a service, by botocore's name of it: the same one each time.

        Under `real` the account is told on stderr before the first one is given. Raises UsageError where no
        call can be made.
        """
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def resource(self, service: str) -> Any:
        """Return boto3's resource for a service, as `client`; a new one each time, for one thread."""
        self.client(service)
        return self.session.resource(service, region_name=self.region)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its output, as botocore has both.

        Raises botocore's ClientError for what the service answers, and its ParamValidationError; all else as
        `explained`.
        """
        from aslrun.services.failures import explained

        client = self.client(service)
        with explained(self):
            output: dict[str, Any] = client._make_api_call(operation, dict(parameters))
        return output

    def _new_client(self, service: str) -> Any:
        session = self._session
        if self.at == "real" and not self._clients:
            self._tell_account()
        return session.client(service, region_name=self.region)

    def _tell_account(self) -> None:
        from aslrun.services.failures import explained

        with explained(self):
            identity = self._session.client("sts", region_name=self.region).get_caller_identity()
        self.account = identity["Account"]
        told = f"aslrun: calls go to AWS: account {self.account} ({identity['Arn']}), region {self.region}"
        print(told, file=sys.stderr)

    def localized(self, text: str) -> str:
        """Return a text with the QueueUrls of the template's queues led to this place.

        The JavaScript SDK follows a QueueUrl to its host, whatever the environment says.
        """
        if QUEUE_URLS not in text or self.at in ("off", "real"):
            return text
        return text.replace(QUEUE_URLS, f"{self._queue_host()}/{ACCOUNT}/")

    @property
    def resolves(self) -> bool:
        """Whether dynamic references of templates are looked up here."""
        return self.reason is None

    def resolved(self, text: str) -> str:
        """Return a text with the values of the dynamic references in it; see `aslrun.services.dynamic`."""
        if "{{resolve:" not in text or not self.resolves:
            return text
        from aslrun.services.dynamic import resolve

        return resolve(text, self.call)

    def _queue_host(self) -> str:
        if self.served_at is not None:
            return self.served_at
        return self.at if self._endpoint is None else self._endpoint.name

    def environment(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a process that is to reach this place: that of this one, with what it
        takes. Only under `real` does it have the user's credentials.
        """
        inherited = os.environ if inherited is None else inherited
        if self.at == "real":
            self.client("sts")
            return {**inherited, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        url = self.url
        if url is None:
            return without_credentials(inherited)
        return {**without_credentials(inherited), **settings_of(url, self.region)}

    def answer(self, request: Request) -> Response:
        """Answer a client outside of this process: whatever cannot be answered is an error to it."""
        from aslrun.services.local.state import NotHere

        try:
            return self._answer(request)
        except NotHere as told:
            return error_response(request, told.code, str(told))
        except UsageError as told:
            return error_response(request, "InternalFailure", str(told))
        except Exception as wrong:  # a client is answered whatever happens
            return error_response(request, "InternalFailure", f"{type(wrong).__name__}: {wrong}")

    def _answer(self, request: Request) -> Response:
        """Answer a request on the local AWS. Raises UsageError for what nothing here answers."""
        from aslrun.services.local.state import not_implemented

        if (handler := self.handlers.get(request.service)) is not None:
            return handler(request)
        if request.service in OURS:
            raise not_implemented(request)
        if self._stock is not None:
            self._stock.ready(request.service, self.call, self.localized)
        for put in self._pending.pop(request.service, ()):
            put()
        response: Response = self._state.answer(request, self._queue_host)
        while self.takes is not None and self._handed:
            self.takes(self._handed.popleft(), request)
        for tell in self.listeners:
            tell(request, response)
        return response

    @cached_property
    def _state(self) -> Any:
        from aslrun.services.local.state import State

        if self.reason is not None:
            raise UsageError(self.reason)
        return State(None if self.takes is None else self._handed)

    def put_before(self, service: str, put: Callable[[], None]) -> None:
        """Have `put` called once, before the local AWS is next asked for a service, by its signing name."""
        self._pending.setdefault(service, []).append(put)

    def has_begun(self, service: str) -> bool:
        """Whether the local AWS has been asked for a service, by its signing name: what is there may then
        differ from what it was given at the start."""
        return "_state" in vars(self) and service in self._state.services

    def close(self) -> None:
        """Stop listening. What is in the local AWS can still be looked at, and be used by another execution.

        It is written to the folder `dump`, if there is one; UsageError where that cannot be done.
        """
        try:
            if self.dump is not None:
                self._write_dump(self.dump)
        finally:
            if self._endpoint is not None:
                self._endpoint.close()

    def _write_dump(self, folder: Path) -> None:
        from aslrun.services.local.dump import write_dump

        services = {*self._state.services, *(self._stock.services if self._stock else ())}
        if "sqs" in services:
            self.call("sqs", "ListQueues", {})  # those of the template are there now
        write_dump(folder, sorted(services), self.client, self._state.messages)

    def __enter__(self) -> Aws:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<AWS at {self.at}>"
