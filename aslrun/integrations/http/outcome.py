"""What a Task makes of a response. Documentation: "Call HTTPS APIs in Step Functions workflows", "Unsupported
HTTP Task responses"; the shape of the result and the cause of an error as recorded of API Gateway."""

from __future__ import annotations

import re

from aslrun.errors import FatalStateError, StateError
from aslrun.integrations.http.client import Response
from aslrun.interpreter.quota import data_limit_exceeded
from aslrun.values import JSON, from_json_text

_BINARY = re.compile(r"application/octet-stream|(image|video|audio)/.*")
_JSON = re.compile(r"application/(.+\+)?json")
_CHARSET = re.compile(r'charset="?([^";\s]+)', re.IGNORECASE)


def result_of(response: Response, prefix: str, who: str) -> JSON:
    """Return the result of a response with a status of 2xx.

    Any other is StateError, with the status after `prefix` for its name, and the body for its cause. A body
    that is no text is States.Runtime, one that is too long States.DataLimitExceeded, in which `who` stands.
    """
    if response.is_cut:
        raise data_limit_exceeded(who)
    text = text_of_body(response)
    if not 200 <= response.status < 300:
        raise StateError(f"{prefix}{response.status}", text)
    headers: dict[str, JSON] = {}
    for name, value in response.headers:
        values = headers.setdefault(name, [])
        assert isinstance(values, list)
        values.append(value)
    return {
        "Headers": headers,
        "ResponseBody": _value(text, response),
        "StatusCode": response.status,
        "StatusText": response.reason,
    }


def text_of_body(response: Response) -> str:
    """Return the body as text; States.Runtime for one that is none."""
    kind = media_type(response)
    if _BINARY.fullmatch(kind):
        raise FatalStateError(f"The response has the content type '{kind}', which is not supported")
    charset = _CHARSET.search(response.header("content-type"))
    try:
        return response.body.decode(charset[1] if charset else "utf-8")
    except (ValueError, LookupError):
        raise FatalStateError("The response cannot be read as text") from None


def media_type(response: Response) -> str:
    """Return the media type of a response, without its parameters."""
    return response.header("content-type").partition(";")[0].strip().lower()


def _value(text: str, response: Response) -> JSON:
    if not _JSON.fullmatch(media_type(response)):
        return text
    try:
        return from_json_text(text)
    except (ValueError, RecursionError):
        return text
