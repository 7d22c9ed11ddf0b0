"""A request to AWS and its answer, as they go over the wire, and errors in each of its protocols.

Documentation: "Signature Version 4 for API requests"; Smithy: "AWS Protocols".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

_SCOPE = re.compile(r"Credential=[^/,]*/\d{8}/(?P<region>[\w-]+)/(?P<service>[\w.-]+)/aws4_request")
_FORM = "application/x-www-form-urlencoded"


class Request(NamedTuple):
    """A request to a service of AWS.

    `service` is its signing name (`dynamodb`, `states`), `operation` the API's word for what is asked for,
    which is empty where neither a header nor the body tells it. `target` is the path with the query; names
    of `headers` are in lower case. `host` is the one at AWS, where a client was about to ask that.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    service: str
    region: str
    operation: str = ""
    host: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Response(NamedTuple):
    """What is answered."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


Answer: TypeAlias = Callable[[Request], Response]
"""What answers the requests to a service."""


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes, region: str) -> Request:
    """Return a request as it is sent over HTTP; its service is told by what it is signed for.

    One that is not signed, with nothing else that tells, is taken for S3's, which anonymous clients use.
    `region` is that of a request that names none.
    """
    query = _parsed(target.partition("?")[2])
    scope = _SCOPE.search(headers.get("authorization", ""))
    if scope is None and "X-Amz-Credential" in query:
        scope = _SCOPE.search("Credential=" + query["X-Amz-Credential"][0])
    aimed = headers.get("x-amz-target", "")
    service = scope["service"] if scope else _unsigned(aimed)
    region = scope["region"] if scope else region
    operation = aimed.rpartition(".")[2] or _action(headers, body, query)
    return Request(method, target, headers, body, service, region, operation)


def _parsed(text: str) -> dict[str, list[str]]:
    from urllib.parse import parse_qs

    return parse_qs(text, keep_blank_values=True) if text else {}


def _unsigned(aimed: str) -> str:
    prefixes = {"DynamoDB": "dynamodb", "AmazonSQS": "sqs", "AWSStepFunctions": "states",
                "AWSCognitoIdentityProviderService": "cognito-idp"}  # fmt: skip
    return next((name for prefix, name in prefixes.items() if aimed.startswith(prefix)), "s3")


def _action(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> str:
    if headers.get("content-type", "").startswith(_FORM):
        query = _parsed(body.decode("utf-8", "replace"))
    return query.get("Action", [""])[0]


def error_response(request: Request, code: str, message: str, status: int = 400) -> Response:
    """Return an error as the protocol of a request has it.

    400 is no status that clients send the request again for.
    """
    from html import escape

    kind = request.headers.get("content-type", "")
    if kind.startswith(_FORM):
        told = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<ErrorResponse>{told}</Error><RequestId>local</RequestId></ErrorResponse>"
        return Response(status, {"content-type": "text/xml"}, text.encode())
    if request.service == "s3":
        told = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<Error>{told}<RequestId>local</RequestId></Error>"
        return Response(status, {"content-type": "application/xml"}, text.encode())
    body = json.dumps({"__type": code, "message": message}).encode()
    json_kind = kind if "json" in kind else "application/json"
    return Response(status, {"content-type": json_kind, "x-amzn-errortype": code}, body)
