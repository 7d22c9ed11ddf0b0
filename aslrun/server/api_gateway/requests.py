"""A request to an API, and what it is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from aslrun.values import JSON


@dataclass(frozen=True)
class ApiRequest:
    """A request as it came: `path` and `query` as they are written, names of headers in lower case, each as
    often as it was sent. `time` is in seconds since the epoch."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    id: str
    time: float
    source: str = "127.0.0.1"

    def header(self, name: str) -> str:
        """Return the last value of a header, "" where it was not sent."""
        return self._last.get(name.lower(), "")

    @cached_property
    def _last(self) -> dict[str, str]:
        return dict(self.headers)

    @cached_property
    def host(self) -> str:
        """The name of the host that was asked, without a port."""
        return self.header("host").rpartition(":")[0] or self.header("host")

    @property
    def queries(self) -> list[tuple[str, str]]:
        """The parameters of the query, decoded."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What is answered; a header may be there more than once."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def message(status: int, text: str, **headers: str) -> ApiResponse:
    """Return an answer of API Gateway's own: JSON with a message."""
    more = [(name.replace("_", "-"), value) for name, value in headers.items()]
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return ApiResponse(status, body, [("content-type", "application/json"), *more])


def as_json(status: int, body: JSON) -> ApiResponse:
    """Return an answer that is JSON."""
    text = json.dumps(body, separators=(",", ":"))
    return ApiResponse(status, text.encode(), [("content-type", "application/json")])


def grouped(pairs: list[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return all values of each name."""
    told: dict[str, list[str]] = {}
    for name, value in pairs:
        told.setdefault(name, []).append(value)
    return told
