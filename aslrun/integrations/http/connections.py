"""Connections of EventBridge, as `[connections."ARN"]` of aslrun.toml has them: how a request is authorised,
and what it is given besides. Documentation: "Connection authorization methods"; "Merging EventBridge
connection and HTTP Task definition data"."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aslrun.errors import UsageError

_ARN = re.compile(r"arn:[^:]+:events:[^:]*:[^:]*:connection/(?P<name>[^/]+)(/.*)?")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OAuth:
    """Client credentials, and the request that a token is asked for with (RFC 6749, section 4.4)."""

    endpoint: str
    client_id: str
    client_secret: str
    method: str = "POST"
    headers: Texts = field(default_factory=dict)
    query: Texts = field(default_factory=dict)
    body: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """What a connection adds to a request: `authorization` is a header (name, value), of OAuth still to be
    asked for."""

    name: str
    authorization: tuple[str, str] | None = None
    oauth: OAuth | None = None
    headers: Texts = field(default_factory=dict)
    query: Texts = field(default_factory=dict)
    body: Texts = field(default_factory=dict)


def basic(username: str, password: str) -> tuple[str, str]:
    """Return the header of basic authentication (RFC 7617)."""
    return "Authorization", "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def find_connection(arn: str, given: Mapping[str, Any], where: str) -> Connection:
    """Return the connection of an ARN: it is known by that, also without the UUID at its end, or by its name.

    Raises UsageError where it is not there, or where something of it is wrong; `where` is the file.
    """
    key = key_of(arn, given)
    if key is not None:
        return read_connection(key, given[key], f'{where}: [connections."{key}"]')
    match = _ARN.fullmatch(arn)
    name = match["name"] if match else arn
    there = f"there are {', '.join(sorted(given))}" if given else "there are none"
    raise UsageError(
        f'there is no connection {arn} in {where}; {there}. Write [connections."{name}"] with one of'
        ' api_key = { name = "X-Api-Key", value = { env = "NAME" } },'
        " basic = { username = ..., password = ... }"
        " and oauth = { endpoint = ..., client_id = ..., client_secret = ... }"
    )


def key_of(arn: str, given: Mapping[str, Any]) -> str | None:
    """Return what the connection of an ARN is called in the file, None where it is not there."""
    match = _ARN.fullmatch(arn)
    names = (arn, arn.removesuffix(match[2] or ""), match["name"]) if match else (arn,)
    return next((name for name in names if name in given), None)


def read_connection(name: str, given: Any, where: str) -> Connection:
    """Return a connection that a table tells of; UsageError, which begins with `where`, for what is wrong."""
    table = _table(given, where, ("api_key", "basic", "oauth", "headers", "query", "body"))
    ways = [way for way in ("api_key", "basic", "oauth") if way in table]
    if len(ways) > 1:
        raise UsageError(f"{where}: a connection has one of api_key, basic and oauth, and here are {ways}")
    added = {part: _texts(table.get(part, {}), f"{where} {part}") for part in ("headers", "query", "body")}
    authorization, oauth = None, None
    if "api_key" in table:
        key = _required(table["api_key"], f"{where} api_key", ("name", "value"))
        authorization = (key["name"], key["value"])
    elif "basic" in table:
        user = _required(table["basic"], f"{where} basic", ("username", "password"))
        authorization = basic(user["username"], user["password"])
    elif "oauth" in table:
        oauth = _oauth(table["oauth"], f"{where} oauth")
    return Connection(name, authorization, oauth, **added)


def _oauth(given: Any, where: str) -> OAuth:
    needed, more = ("endpoint", "client_id", "client_secret"), ("method", "headers", "query", "body")
    table = _table(given, where, (*needed, *more))
    plain = _required({name: table[name] for name in needed if name in table}, where, needed)
    added = {part: _texts(table.get(part, {}), f"{where} {part}") for part in ("headers", "query", "body")}
    method = _text(table.get("method", "POST"), f"{where} method")
    if method not in ("GET", "POST", "PUT"):
        raise UsageError(f"{where} method: a token is asked for with GET, POST or PUT")
    return OAuth(plain["endpoint"], plain["client_id"], plain["client_secret"], method, **added)


def _table(given: Any, where: str, options: Iterable[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise UsageError(f"{where}: a table is expected here, with {', '.join(options)}")
    for option in given:
        if option not in options:
            raise UsageError(f"{where}: there is no option '{option}'; there are {', '.join(options)}")
    return given


def _required(given: Any, where: str, names: tuple[str, ...]) -> Mapping[str, str]:
    table = _table(given, where, names)
    for name in names:
        if name not in table:
            raise UsageError(f"{where}: {name} is missing")
    return {name: _text(table[name], f"{where} {name}") for name in names}


def _texts(given: Any, where: str) -> Texts:
    if not isinstance(given, dict):
        raise UsageError(f'{where}: a table of texts is expected here, as in {{ "Name" = "value" }}')
    return {name: _text(value, f"{where} {name}") for name, value in given.items()}


def _text(given: Any, where: str) -> str:
    """Return a text, or the value of the variable of the environment that `{ env = "NAME" }` names."""
    if isinstance(given, str):
        return given
    if not isinstance(given, dict) or given.keys() != {"env"} or not isinstance(given["env"], str):
        raise UsageError(
            f'{where}: a text is expected here, or {{ env = "NAME" }} for one in the environment'
        )
    value = os.environ.get(given["env"])
    if value is None:
        raise UsageError(f"{where}: the environment has no variable {given['env']}")
    return value
