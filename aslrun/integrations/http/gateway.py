"""`apigateway:invoke`: a request to an API of API Gateway. Documentation: "Create API Gateway REST APIs with
Step Functions"; results and errors as recorded."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from aslrun.drivers.calls import Call, Submitted
from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.integrations.http.client import TIME_LIMIT, NoAnswer, Request
from aslrun.integrations.http.forms import text_of
from aslrun.integrations.http.outcome import result_of
from aslrun.integrations.http.request import (
    body_text,
    endpoint_of,
    fields_of,
    headers_of,
    method_of,
    query_of,
    with_query,
)
from aslrun.integrations.http.settings import HttpSettings
from aslrun.integrations.http.tasks import LONGEST_BODY, send_request
from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.states.resource import DEFAULT_REGION, parse_resource
from aslrun.values import JSON

ANSWERED = (("apigateway", "invoke"), ("apigateway", "invoke.waitForTaskToken"))
"""(service, action)."""
AUTH_TYPES = ("NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY")
FORBIDDEN = frozenset({
    "authorization", "connection", "content-md5", "expect", "host", "max-forwards", "proxy-authenticate",
    "server", "te", "transfer-encoding", "trailer", "upgrade", "via", "www-authenticate",
})  # fmt: skip
_AWS = re.compile(r"[a-z0-9]+\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
FORBIDDEN_PREFIXES = ("x-forwarded", "x-amz", "x-amzn")


class ApiGateway:
    """Answers Tasks that call `apigateway:invoke`.

    Without `real`, requests go only to the servers that stand in for an API, or to an address of one's own
    network; with it also to AWS, signed with the user's own credentials where AuthType says so.
    """

    def __init__(self, settings: HttpSettings, *, quota: bool = True, real: bool = False) -> None:
        self.settings = settings
        self.most = PAYLOAD_LIMIT if quota else LONGEST_BODY
        self.real = real

    def matches(self, call: Call) -> bool:
        found = parse_resource(call.resource)
        return found.kind == "service" and (found.service, found.action) in ANSWERED

    def invoke(self, call: Call) -> JSON | Submitted:
        """Send the request and return the response; StateError `ApiGateway.403` for one of that status,
        UsageError for an API that nothing here stands in for."""
        request = api_request(call.arguments)
        host = urlsplit(request.url).netloc
        settings = self.settings
        is_here = settings.stand_in(request.url) is not None or settings.is_private(request.url)
        if not is_here and not self.real:
            raise UsageError(
                f"state '{call.state}': nothing here answers the API at {host}; mock the state, or name a"
                f' server that stands in: [endpoints] "{host}" = "http://127.0.0.1:3000" in aslrun.toml'
            )
        if not is_here and _AWS.fullmatch(host) and auth_type(call.arguments) != "NO_AUTH":
            request = signed(request)
        try:
            deadline = time.monotonic() + TIME_LIMIT
            response = send_request(self.settings, request, call, deadline, self.most)
        except NoAnswer as none:
            raise StateError("ApiGateway.SdkClientException", str(none)) from None
        result = result_of(response, "ApiGateway.", "apigateway")
        return Submitted(result) if parse_resource(call.resource).pattern else result

    def close(self) -> None:
        """There is nothing to let go of: each request has a connection of its own."""


def api_request(arguments: JSON) -> Request:
    """Return the request of an `apigateway:invoke` Task; States.Runtime for what cannot be sent."""
    fields = fields_of(arguments)
    endpoint = text_of(fields.get("ApiEndpoint"))
    url = endpoint_of(endpoint if "://" in endpoint else f"https://{endpoint}").rstrip("/")
    for name in ("Stage", "Path"):
        if part := text_of(fields.get(name)).strip("/"):
            url += "/" + quote(part, safe="%/?!$&'()*+,;=:@-._~")
    auth_type(arguments)
    headers = headers_of(fields.get("Headers"), FORBIDDEN, FORBIDDEN_PREFIXES)
    return Request(
        method_of(fields),
        with_query(url, query_of(fields.get("QueryParameters"))),
        tuple(headers),
        _body(fields),
    )


def auth_type(arguments: JSON) -> str:
    """Return how the request is authorised: one of `AUTH_TYPES`."""
    found = fields_of(arguments).get("AuthType", "NO_AUTH")
    if found not in AUTH_TYPES:
        raise FatalStateError(f"The value of the field 'AuthType' must be one of {', '.join(AUTH_TYPES)}")
    return str(found)


def _body(fields: Mapping[str, JSON]) -> bytes | None:
    body = fields.get("RequestBody")
    if fields.get("AllowNullValues") is not True:
        body = without_nulls(body)
    return None if body is None else body_text(body).encode("utf-8", "surrogatepass")


def without_nulls(value: JSON) -> JSON:
    """Return a value without the members that are null (documentation: AllowNullValues)."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def signed(request: Request) -> Request:
    """Return a request with Signature Version 4, by the user's own credentials; UsageError without any."""
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.session import get_session
    except ImportError:
        raise UsageError(
            "an API with AuthType IAM_ROLE is signed for by botocore: install aslrun[aws]"
        ) from None
    credentials = get_session().get_credentials()
    if credentials is None:
        raise UsageError(
            "an API with AuthType IAM_ROLE is signed for with your credentials, and there are none"
        )
    host = _AWS.fullmatch(urlsplit(request.url).netloc)
    region = host["region"] if host else DEFAULT_REGION
    unsigned = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    SigV4Auth(credentials, "execute-api", region).add_auth(unsigned)
    return Request(request.method, request.url, tuple(unsigned.headers.items()), request.body)
