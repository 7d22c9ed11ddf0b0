"""`http:invoke`: a request to an HTTPS API, with the credentials of a connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import urlsplit

from aslrun.drivers.calls import Call
from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.integrations.http.addresses import Refused
from aslrun.integrations.http.client import TIME_LIMIT, NoAnswer, Request, Response, send
from aslrun.integrations.http.connections import Connection, OAuth, basic, find_connection, key_of
from aslrun.integrations.http.forms import encode_form
from aslrun.integrations.http.outcome import result_of
from aslrun.integrations.http.request import (
    JSON_TYPE,
    connection_arn,
    endpoint_of,
    header,
    http_request,
    with_query,
    written_arn,
)
from aslrun.integrations.http.settings import HttpSettings
from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.states.resource import parse_resource
from aslrun.values import JSON

LONGEST_BODY = 16 * PAYLOAD_LIMIT
"""Bytes that are read of a body where the service's limit is lifted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An exchange, as TestState shows it: the request as the definition alone makes it, and as sent."""

    open: Request
    sent: Request
    response: Response


class HttpTasks:
    """Answers Tasks that call `http:invoke`. `see` is given each exchange."""

    def __init__(
        self, settings: HttpSettings, *, quota: bool = True, see: Callable[[Seen], None] | None = None
    ) -> None:
        self.settings = settings
        self.most = PAYLOAD_LIMIT if quota else LONGEST_BODY
        self.see = see
        self._connections: dict[str, Connection] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = Lock()

    def matches(self, call: Call) -> bool:
        found = parse_resource(call.resource)
        return (found.kind, found.service, found.action) == ("service", "http", "invoke")

    def knows(self, call: Call) -> bool:
        """Tell whether the connection of a Task is there, where the definition names it."""
        if not self.matches(call):
            return False
        arn = written_arn(call.arguments)
        return arn is None or key_of(arn, self.settings.connections) is not None

    def invoke(self, call: Call) -> JSON:
        """Send the request and return the response; StateError where it tells of an error, UsageError for a
        connection that is not there and for an address that may not be asked."""
        deadline = time.monotonic() + TIME_LIMIT
        connection = self.connection(connection_arn(call.arguments))
        connection = self._authorized(connection, call, deadline)
        request = http_request(call.arguments, connection)
        response = self.exchange(request, call, deadline)
        if self.see is not None:
            self.see(Seen(http_request(call.arguments, None), request, response))
        if response.status in (401, 407):
            self._tokens.pop(connection.name, None)
        return result_of(response, "States.Http.StatusCode.", "http")

    def connection(self, arn: str) -> Connection:
        """Return the connection of an ARN, read once; UsageError where there is none."""
        with self._lock:
            if arn not in self._connections:
                self._connections[arn] = find_connection(arn, self.settings.connections, self.settings.where)
            return self._connections[arn]

    def exchange(self, request: Request, call: Call, deadline: float) -> Response:
        """Send a request until a deadline (of the monotonic clock) and return the response."""
        try:
            return send_request(self.settings, request, call, deadline, self.most)
        except NoAnswer as none:
            raise StateError("States.Http.Socket", str(none)) from None

    def _authorized(self, connection: Connection, call: Call, deadline: float) -> Connection:
        """Return a connection whose authorization is known: of OAuth a token, which is kept until it ends."""
        if connection.oauth is None:
            return connection
        token, until = self._tokens.get(connection.name, ("", 0.0))
        if time.monotonic() >= until:
            token, until = self._tokens[connection.name] = self._token(connection.oauth, call, deadline)
        return replace(connection, authorization=("Authorization", f"Bearer {token}"))

    def _token(self, oauth: OAuth, call: Call, deadline: float) -> tuple[str, float]:
        response = self.exchange(token_request(oauth), call, deadline)
        try:
            answer = json.loads(response.body)
            token, lasts = answer["access_token"], float(answer.get("expires_in", 0))
            if not 200 <= response.status < 300 or not isinstance(token, str):
                raise ValueError
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            host = urlsplit(oauth.endpoint).netloc
            raise StateError(
                "Events.ConnectionResource.InvalidConnectionState",
                f"{host} answers the request for a token with {response.status}, and no access_token",
            ) from None
        return token, time.monotonic() + lasts

    def close(self) -> None:
        """There is nothing to let go of: each request has a connection of its own."""


def send_request(
    settings: HttpSettings, request: Request, call: Call, deadline: float, most: int
) -> Response:
    """Send a request, to the server that stands in for its host where there is one.

    Raises NoAnswer, and UsageError for an address that may not be asked.
    """
    parts = urlsplit(request.url)
    headers = [("Host", parts.netloc), *request.headers]
    if request.body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON_TYPE))
    target = settings.stand_in(request.url) or request.url
    sent = Request(request.method, target, tuple(header(*one) for one in headers), request.body)
    seconds = max(0.0, deadline - time.monotonic())
    try:
        return send(sent, settings.addresses, most=most, seconds=seconds, on_cancel=call.on_cancel)
    except Refused as refused:
        raise refusal(call.state, parts.scheme, parts.netloc, str(refused)) from None


def refusal(state: str, scheme: str, host: str, address: str) -> Exception:
    """Return the error of a host that is not asked: for `http` in the internet the one of a wrong endpoint,
    else one that says how to allow it."""
    if address == "http:":
        return FatalStateError(
            f"The value of the field 'ApiEndpoint' must begin with https: {scheme}://{host}"
        )
    leads = "is" if address in host else f"leads to {address},"
    return UsageError(
        f"state '{state}': {host} {leads} an address that is not public, which a definition may not ask"
        f' unless you say so: --http-private for all, or [http] private = ["{host}"] in aslrun.toml'
    )


def token_request(oauth: OAuth) -> Request:
    """Return the request for a token: client credentials in a header, a form for its body (RFC 6749)."""
    url = with_query(endpoint_of(oauth.endpoint), oauth.query.items())
    headers = [basic(oauth.client_id, oauth.client_secret), *oauth.headers.items()]
    if oauth.method == "GET":
        return Request("GET", with_query(url, oauth.body.items()), tuple(headers))
    headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    form: JSON = {"grant_type": "client_credentials", **oauth.body}
    return Request(oauth.method, url, tuple(headers), encode_form(form, "REPEAT").encode())
