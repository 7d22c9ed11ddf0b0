"""What APIs are made of, and which route a request is for.

Documentation: "Create routes for HTTP APIs" (priorities), "Set up a resource for REST APIs".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import unquote

from aslrun.values import JSON

Kind: TypeAlias = Literal["REST", "HTTP", "URL"]
"""A REST API, an HTTP API, or the URL of a function."""
ANY = "ANY"
DEFAULT = "$default"
"""The route of an HTTP API that takes what no other does, and the stage that has no name in paths."""


@dataclass(frozen=True, slots=True)
class Cors:
    """Which pages of other origins may ask. None where nothing is said of it."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An authorizer: `kind` is TOKEN or REQUEST for one that is a function, JWT for one that looks at tokens,
    IAM for one that looks at signatures; `headers` and `query` name what identifies a caller.

    `payload` is the version of its event, and with `is_simple` it answers `{"isAuthorized": …}`. A token must
    be of the `issuer`, if that is known, for one of the `audience`, and have one of the `scopes`.
    """

    name: str
    function: str
    kind: str = "TOKEN"
    headers: tuple[str, ...] = ("Authorization",)
    query: tuple[str, ...] = ()
    pattern: str | None = None
    payload: str = "1.0"
    is_simple: bool = False
    issuer: str | None = None
    audience: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallFunction:
    """A route that calls a function, by its ARN or its name."""

    function: str


@dataclass(frozen=True, slots=True)
class StartMachine:
    """A route that starts a state machine: `action` is StartExecution, StartSyncExecution or StopExecution.

    `parameters` are those of an HTTP API's integration; `template` is a REST API's mapping template. With
    neither the body is the input of the machine `arn`.
    """

    action: str
    arn: str = ""
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of an integration: for which statuses of the backend (`default` for the others), and what is
    answered then. Templates by content type."""

    pattern: str
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backend:
    """A route that is answered without a function: `kind` is mock, http or http_proxy."""

    kind: str
    uri: str = ""
    method: str = "ANY"
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    passthrough: str = "when_no_match"
    replies: tuple[Reply, ...] = ()


Target: TypeAlias = CallFunction | StartMachine | Backend


@dataclass(frozen=True, slots=True)
class Route:
    """A method (or ANY) of a path with `{variables}`, and what answers it.

    `payload` is the version of the events that a function is given; `timeout` is in seconds, None for the
    most that there is; `authorizer` is the name of one of the API's, and `scopes` are those of which a token
    must have one.
    """

    method: str
    path: str
    target: Target
    payload: str = "1.0"
    timeout: float | None = None
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The route key of HTTP APIs, and the way a route is shown."""
        return DEFAULT if self.path == DEFAULT else f"{self.method} {self.path}"

    @property
    def rank(self) -> tuple[list[int], bool]:
        """How it is preferred: what is written out before a variable, and that before a greedy one."""
        return [_rank(part) for part in self.path.split("/")[1:]] or [9], self.method == ANY


@dataclass(frozen=True, slots=True)
class Api:
    """An API of a template; `id` is its logical id."""

    id: str
    kind: Kind
    routes: tuple[Route, ...] = ()
    stage: str = DEFAULT
    variables: Mapping[str, str] = field(default_factory=dict)
    binary: tuple[str, ...] = ()
    cors: Cors | None = None
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route that a request is for, and what its variables are; None where there is none.

        A REST API chooses the path first, an HTTP API among the routes that have the method.
        """
        found = [(route, values) for route, values in self.at(path) if self._takes(route, method)]
        if self.kind == "REST" and found:
            best = min(route.rank[0] for route, _ in self.at(path))
            found = [(route, values) for route, values in found if route.rank[0] == best]
        return min(found, key=lambda one: one[0].rank, default=None)

    @staticmethod
    def _takes(route: Route, method: str) -> bool:
        return route.method in (method, ANY)

    def at(self, path: str) -> list[tuple[Route, dict[str, str]]]:
        """Return the routes whose path a request's is."""
        if self.kind == "REST" and len(path) > 1:
            path = path.rstrip("/") or "/"  # REST APIs do not mind a slash at the end
        found = []
        for route in self.routes:
            values = values_of(route.path, path)
            if values is not None:
                found.append((route, values))
        return found


def _rank(part: str) -> int:
    return 2 if part.endswith("+}") else 1 if part.startswith("{") else 0


def values_of(pattern: str, path: str) -> dict[str, str] | None:
    """Return the values of a route's variables in a path, decoded; None if it is not the route's."""
    if pattern == DEFAULT:
        return {}
    wanted, given = pattern.split("/")[1:], path.split("/")[1:]
    values: dict[str, str] = {}
    for place, part in enumerate(wanted):
        if part.startswith("{") and part.endswith("+}"):
            rest = "/".join(given[place:])
            return {**values, part[1:-2]: unquote(rest)} if rest else None
        if place >= len(given):
            return None
        if part.startswith("{") and part.endswith("}"):
            if not given[place]:
                return None
            values[part[1:-1]] = unquote(given[place])
        elif part not in (given[place], unquote(given[place])):
            return None
    return values if len(given) == len(wanted) else None


def find_route(apis: Iterable[Api], method: str, path: str) -> tuple[Api, Route, dict[str, str]] | None:
    """Return the route of several APIs at one port; the first that has one is taken, by rank."""
    found = []
    for api in apis:
        one = api.find(method, path)
        if one is not None:
            found.append((api, *one))
    return min(found, key=lambda one: one[1].rank, default=None)
