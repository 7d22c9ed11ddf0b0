"""The request that a Task's arguments ask for. Documentation: "Call HTTPS APIs in Step Functions workflows",
"Create API Gateway REST APIs with Step Functions"; what cannot be sent is States.Runtime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from aslrun.errors import FatalStateError
from aslrun.expressions import is_query
from aslrun.integrations.http.client import Request
from aslrun.integrations.http.connections import Connection
from aslrun.integrations.http.forms import ARRAY_FORMATS, encode, encode_form, text_of
from aslrun.states.resource import DEFAULT_REGION
from aslrun.values import JSON, to_json_text

Fields = Mapping[str, JSON]
Pairs = list[tuple[str, str]]

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
JSON_TYPE = "application/json; charset=UTF-8"
SET_BY_THE_SERVICE = frozenset({"user-agent", "range"})
FORBIDDEN = frozenset({
    "a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization", "cache-control",
    "connection", "content-encoding", "content-md5", "date", "expect", "forwarded", "from", "host",
    "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "max-forwards", "origin", "pragma", "proxy-authorization", "referer", "server", "te", "trailer",
    "transfer-encoding", "upgrade", "via", "warning",
})  # fmt: skip
"""Headers that a definition may not set."""
FORBIDDEN_PREFIXES = ("x-forwarded-", "x-amz-", "x-amzn-")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\r\n\0]*")


def http_request(arguments: JSON, connection: Connection | None) -> Request:
    """Return the request of an `http:invoke` Task; without its connection: what the definition alone makes.

    What the connection adds goes over what the definition has under the same name.
    """
    fields = fields_of(arguments)
    url = endpoint_of(fields.get("ApiEndpoint"))
    added = connection or Connection("")
    query = _replaced(query_of(fields.get("QueryParameters")), added.query.items())
    headers = headers_of(fields.get("Headers"), FORBIDDEN, FORBIDDEN_PREFIXES)
    headers = [one for one in headers if one[0].lower() not in SET_BY_THE_SERVICE]
    # The order is that of the request that the documentation of TestState shows.
    headers = _replaced(
        headers, [*([added.authorization] if added.authorization else []), *added.headers.items()]
    )
    body = _body(fields, added)
    headers += [
        ("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{DEFAULT_REGION}"),
        ("Range", "bytes=0-262144"),
    ]
    return Request(method_of(fields), with_query(url, query), tuple(headers), body)


def connection_arn(arguments: JSON) -> str:
    """Return the ARN of the connection that a Task names; it must name one."""
    arn = _arn_in(fields_of(arguments))
    if arn is None:
        raise refused(arguments, "The field 'ConnectionArn' is required but was missing")
    return arn


def written_arn(arguments: JSON) -> str | None:
    """Return the ARN of the connection that a definition names, None for one known only at run time."""
    arn = _arn_in(arguments) if isinstance(arguments, dict) else None
    return None if arn is None or is_query(arn) else arn


def _arn_in(fields: Fields) -> str | None:
    for field in ("Authentication", "InvocationConfig"):
        config = fields.get(field)
        if isinstance(config, dict) and isinstance(arn := config.get("ConnectionArn"), str):
            return arn
    return None


def fields_of(arguments: JSON) -> Fields:
    """Return the arguments of a Task, which must be an object."""
    if not isinstance(arguments, dict):
        raise refused(arguments, "They must be an object")
    return arguments


def refused(arguments: JSON, why: str) -> FatalStateError:
    """Return the error of arguments that no request can be made of (the wording is that of other Tasks)."""
    told = to_json_text(arguments)
    return FatalStateError(f"The Parameters '{told}' could not be used to start the Task: [{why}]")


def method_of(fields: Fields) -> str:
    """Return the request's method."""
    method = fields.get("Method")
    if method not in METHODS:
        raise refused(dict(fields), f"The value of the field 'Method' must be one of {', '.join(METHODS)}")
    return str(method)


def endpoint_of(url: JSON) -> str:
    """Return the URL of an endpoint, percent-encoded, without a fragment."""
    wrong = f"The value of the field 'ApiEndpoint' is no URL of an HTTPS API: {text_of(url)}"
    if not isinstance(url, str):
        raise FatalStateError(wrong)
    try:
        parts = urlsplit(url.strip())
        host = (
            (parts.hostname or "")
            .encode("idna" if not (parts.hostname or "").isascii() else "ascii")
            .decode()
        )
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise FatalStateError(wrong) from None
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or re.search(r"[\s%]", host):
        raise FatalStateError(wrong)
    host = f"[{host}]" if ":" in host else host
    path, query = (quote(one, safe="%/?!$&'()*+,;=:@-._~") for one in (parts.path, parts.query))
    return f"{parts.scheme}://{host}{port}{path or '/'}" + (f"?{query}" if query else "")


def with_query(url: str, query: Iterable[tuple[str, str]]) -> str:
    """Return a URL with further parameters in its query."""
    text = "&".join(f"{encode(name)}={encode(value)}" if name else value for name, value in query)
    if not text:
        return url
    return f"{url}{'&' if '?' in url else '?'}{text}"


def query_of(given: JSON) -> Pairs:
    """Return the parameters of a query: of an object, each item of a list by itself; of a text or a list of
    texts, which are taken as parts of a query that are still to be encoded."""
    if isinstance(given, dict):
        return [(name, text_of(one)) for name, value in given.items() for one in _each(value)]
    pairs = []
    for part in _each(given):
        for one in filter(None, text_of(part).removeprefix("?").split("&")):
            name, _, value = one.partition("=")
            pairs.append((name, value))
    return pairs


def headers_of(given: JSON, forbidden: Iterable[str], prefixes: tuple[str, ...]) -> Pairs:
    """Return headers, each item of a list by itself; States.Runtime for one that may not be set."""
    if given is None:
        return []
    if not isinstance(given, dict):
        raise FatalStateError("The value of the field 'Headers' has an invalid format")
    for name in given:
        if name.lower() in forbidden or name.lower().startswith(prefixes):
            raise FatalStateError(f"The header '{name}' is not allowed in the field 'Headers'")
    return [header(name, text_of(one)) for name, value in given.items() for one in _each(value)]


def header(name: str, value: str) -> tuple[str, str]:
    """Return a header; States.Runtime for one that would not be one header on the wire (RFC 9110)."""
    if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise FatalStateError(f"The header '{name}' has a name or a value that no header can have")
    return name, value


def _each(value: JSON) -> Iterator[JSON]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _replaced(pairs: Pairs, others: Iterable[tuple[str, str]]) -> Pairs:
    """Return pairs with others in the place of those of the same name, whatever its case."""
    others = list(others)
    names = {name.lower() for name, _ in others}
    return [*(one for one in pairs if one[0].lower() not in names), *others]


def _body(fields: Fields, connection: Connection) -> bytes | None:
    body = fields.get("RequestBody")
    if connection.body:
        if not isinstance(body, dict | None):
            raise FatalStateError(
                "The RequestBody is no object, so that the body parameters of the connection cannot be merged"
                " into it"
            )
        body = {**(body or {}), **connection.body}
    transform = fields.get("Transform")
    encoding, options = "NONE", {}
    if isinstance(transform, dict):
        encoding = str(transform.get("RequestBodyEncoding", "NONE"))
        given = transform.get("RequestEncodingOptions")
        options = given if isinstance(given, dict) else {}
    if body is None:
        return None
    if encoding == "URL_ENCODED":
        array_format = str(options.get("ArrayFormat", "INDICES"))
        if array_format not in ARRAY_FORMATS:
            raise FatalStateError(
                f"The value of the field 'ArrayFormat' must be one of {', '.join(ARRAY_FORMATS)}"
            )
        return encode_form(body, array_format).encode()
    if encoding != "NONE":
        raise FatalStateError("The value of the field 'RequestBodyEncoding' must be one of NONE, URL_ENCODED")
    return body_text(body).encode("utf-8", "surrogatepass")


def body_text(body: JSON) -> str:
    """Return a body as it is sent: a text as it is, all else as JSON."""
    return body if isinstance(body, str) else to_json_text(body)
