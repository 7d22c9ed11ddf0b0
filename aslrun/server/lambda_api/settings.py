"""What is set of a function besides its code: concurrency, tags, permissions, URLs, destinations, and its
event source mappings. Permissions and URLs are taken and told, and nothing here depends on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import parse_qs

from aslrun.functions.function import parse_reference
from aslrun.server.app import HttpRequest
from aslrun.server.lambda_api.deployed import KIND, LATEST, Deployed
from aslrun.server.lambda_api.errors import LambdaError, not_found, wrong_value
from aslrun.server.lambda_api.operations import bare_name, qualifier_of, read_body
from aslrun.server.protocol import place_of
from aslrun.store import Resource
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

DEPLOYED = "2026-01-01T00:00:00.000Z"
"""When templates were deployed, as far as the API tells."""


def _place(request: HttpRequest, name: str) -> str:
    place = place_of(request.headers)
    return f"arn:aws:lambda:{place.region}:{place.account}:function:{name}"


def _nothing(what: str) -> LambdaError:
    return LambdaError(404, "ResourceNotFoundException", f"The resource you requested does not exist: {what}")


class Settings:
    """Keeps what is set in a function's record. `invoked` is told how a function is to be invoked when
    nobody waits."""

    def __init__(
        self,
        deployed: Deployed,
        now: Callable[[], float],
        invoked: Callable[[str, Mapping[str, Any] | None], None],
    ) -> None:
        self.deployed = deployed
        self.now = now
        self.invoked = invoked

    def _read(self, request: HttpRequest, name: str, key: str) -> dict[str, Any]:
        """Return what is set under a key, by its qualifiers."""
        bare = bare_name(name)
        if self.deployed.by_name(bare) is None and bare not in self.deployed.declared:
            raise not_found(_place(request, bare))
        return dict(self.deployed.setting(bare, key))

    def _write(self, request: HttpRequest, name: str, key: str, qualifier: str, value: JSON) -> None:
        """Set, or with None take away, what is under a key for a qualifier."""
        before = self._read(request, name, key)
        after = (
            {**before, qualifier: value}
            if value is not None
            else {k: v for k, v in before.items() if k != qualifier}
        )
        self.deployed.adopt(bare_name(name))
        self.deployed.store.update(
            KIND, bare_name(name), lambda there: replace(there, data={**there.data, key: after})
        )

    # ------------------------------------------------------------------ concurrency

    def get_concurrency(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetFunctionConcurrency."""
        reserved = self.deployed.reserved(bare_name(name))
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_concurrency(self, request: HttpRequest, name: str) -> None:
        """DeleteFunctionConcurrency."""

        def without(there: Resource) -> Resource:
            data = {key: one for key, one in there.data.items() if key != "Concurrency"}
            return replace(there, data={**data, "RevisionId": f"{there.data['RevisionId']}-"})

        self.deployed.store.update(KIND, bare_name(name), without)

    def put_provisioned(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """PutProvisionedConcurrencyConfig: taken; workers stay warm anyway."""
        qualifier, count = (
            qualifier_of(request, name),
            read_body(request).get("ProvisionedConcurrentExecutions"),
        )
        if qualifier in (None, LATEST):
            raise wrong_value(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            )
        if not isinstance(count, int) or count < 1:
            raise wrong_value("ProvisionedConcurrentExecutions must be a whole number, 1 or more")
        if self.deployed.version_of(bare_name(name), qualifier) in (None, LATEST):
            raise not_found(f"{_place(request, bare_name(name))}:{qualifier}")
        self._write(request, name, "Provisioned", str(qualifier), count)
        return self.get_provisioned(request, name)

    def get_provisioned(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetProvisionedConcurrencyConfig; or with List=ALL, ListProvisionedConcurrencyConfigs."""
        known = self._read(request, name, "Provisioned")
        if parse_qs(request.query).get("List"):
            configs = [
                {"FunctionArn": f"{_place(request, bare_name(name))}:{one}", **self._provisioned(count)}
                for one, count in known.items()
            ]
            return {"ProvisionedConcurrencyConfigs": [*configs]}
        count = known.get(str(qualifier_of(request, name)))
        if count is None:
            told = "No Provisioned Concurrency Config found for this function"
            raise LambdaError(404, "ProvisionedConcurrencyConfigNotFoundException", told)
        return self._provisioned(count)

    def _provisioned(self, count: int) -> dict[str, JSON]:
        return {
            "RequestedProvisionedConcurrentExecutions": count,
            "AvailableProvisionedConcurrentExecutions": count,
            "AllocatedProvisionedConcurrentExecutions": count,
            "Status": "READY",
            "LastModified": format_timestamp(self.now())[:-1] + "+0000",
        }

    def delete_provisioned(self, request: HttpRequest, name: str) -> None:
        """DeleteProvisionedConcurrencyConfig."""
        self._write(request, name, "Provisioned", str(qualifier_of(request, name)), None)

    # ------------------------------------------------------------------ tags

    def list_tags(self, request: HttpRequest, arn: str) -> dict[str, JSON]:
        """ListTags."""
        return {"Tags": self._read(request, arn, "Tags")}

    def tag(self, request: HttpRequest, arn: str) -> None:
        """TagResource."""
        for key, value in (read_body(request).get("Tags") or {}).items():
            self._write(request, arn, "Tags", key, value)

    def untag(self, request: HttpRequest, arn: str) -> None:
        """UntagResource."""
        for key in parse_qs(request.query).get("tagKeys", []):
            self._write(request, arn, "Tags", key, None)

    # ------------------------------------------------------------------ permissions and URLs

    def add_permission(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """AddPermission."""
        given = read_body(request)
        id = str(given.get("StatementId"))
        if id in self._read(request, name, "Policy"):
            told = f"The statement id ({id}) provided already exists. Please provide a new statement id,"
            raise LambdaError(409, "ResourceConflictException", f"{told} or remove the existing statement.")
        statement: dict[str, JSON] = {
            "Sid": id,
            "Effect": "Allow",
            "Principal": {"Service": given.get("Principal")},
            "Action": given.get("Action"),
            "Resource": _place(request, bare_name(name)),
        }
        if given.get("SourceArn"):
            statement["Condition"] = {"ArnLike": {"AWS:SourceArn": given["SourceArn"]}}
        self._write(request, name, "Policy", id, statement)
        return {"Statement": json.dumps(statement)}

    def get_policy(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetPolicy."""
        statements = [*self._read(request, name, "Policy").values()]
        if not statements:
            raise _nothing("the function has no policy")
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return {"Policy": json.dumps(policy), "RevisionId": "1"}

    def remove_permission(self, request: HttpRequest, name: str, id: str) -> None:
        """RemovePermission."""
        if id not in self._read(request, name, "Policy"):
            raise _nothing(id)
        self._write(request, name, "Policy", id, None)

    def put_url(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """CreateFunctionUrlConfig and UpdateFunctionUrlConfig."""
        qualifier = qualifier_of(request, name) or LATEST
        before = self._read(request, name, "Url").get(qualifier) or {}
        given = {key: one for key, one in read_body(request).items() if one is not None}
        now = format_timestamp(self.now())
        told: dict[str, JSON] = {
            **self._url(request, name, {"CreationTime": now, **before}),
            **{key: given[key] for key in ("AuthType", "Cors", "InvokeMode") if key in given},
            "LastModifiedTime": now,
        }
        self._write(request, name, "Url", qualifier, told)
        return told

    def get_url(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetFunctionUrlConfig."""
        found = self._read(request, name, "Url").get(qualifier_of(request, name) or LATEST)
        if not isinstance(found, dict):
            raise _nothing("the function has no URL")
        return self._url(request, name, found)

    def _url(self, request: HttpRequest, name: str, set: Mapping[str, JSON]) -> dict[str, JSON]:
        """Return what is told of a URL; where a template has it, since no time that is known."""
        qualifier = qualifier_of(request, name)
        return {
            "FunctionUrl": f"https://{bare_name(name).lower()}.lambda-url.us-east-1.on.aws/",
            "FunctionArn": ":".join(filter(None, (_place(request, bare_name(name)), qualifier))),
            "AuthType": "NONE",
            "CreationTime": DEPLOYED,
            "LastModifiedTime": DEPLOYED,
            "InvokeMode": "BUFFERED",
            **set,
        }

    def delete_url(self, request: HttpRequest, name: str) -> None:
        """DeleteFunctionUrlConfig."""
        self._write(request, name, "Url", qualifier_of(request, name) or LATEST, None)

    # ------------------------------------------------------------------ asynchronous invocation

    def put_invoke_config(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """PutFunctionEventInvokeConfig; with POST, UpdateFunctionEventInvokeConfig."""
        qualifier = qualifier_of(request, name) or LATEST
        given = {key: one for key, one in read_body(request).items() if one is not None}
        retries, age = given.get("MaximumRetryAttempts", 2), given.get("MaximumEventAgeInSeconds", 21_600)
        if retries not in (0, 1, 2) or not isinstance(age, int) or not 60 <= age <= 21_600:
            raise wrong_value("MaximumRetryAttempts is 0 to 2, MaximumEventAgeInSeconds 60 to 21600")
        before = self._read(request, name, "Invoke").get(qualifier) if request.method == "POST" else None
        told = {**(before or {}), **given}
        self._write(request, name, "Invoke", qualifier, told)
        self.invoked(f"{bare_name(name)}:{qualifier}", told)
        return self.get_invoke_config(request, name)

    def get_invoke_config(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetFunctionEventInvokeConfig."""
        qualifier = qualifier_of(request, name) or LATEST
        found = self._read(request, name, "Invoke").get(qualifier)
        arn = f"{_place(request, bare_name(name))}:{qualifier}"
        if not isinstance(found, dict):
            told = f"The function {arn} doesn't have an EventInvokeConfig"
            raise LambdaError(404, "ResourceNotFoundException", told)
        return {"FunctionArn": arn, "LastModified": self.now(), "DestinationConfig": {}, **found}

    def delete_invoke_config(self, request: HttpRequest, name: str) -> None:
        """DeleteFunctionEventInvokeConfig."""
        qualifier = qualifier_of(request, name) or LATEST
        self._write(request, name, "Invoke", qualifier, None)
        self.invoked(f"{bare_name(name)}:{qualifier}", None)


class Source(Protocol):
    """An event source mapping, as it is kept."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def modified(self) -> float: ...
    @property
    def is_enabled(self) -> bool: ...
    @property
    def batch_size(self) -> int: ...


class Mappings(Protocol):
    """What reads queues and streams."""

    def put(self, source: str, function: str, settings: Mapping[str, Any]) -> Source: ...
    def update(self, id: str, changes: Mapping[str, Any], function: str | None = None) -> Source | None: ...
    def get(self, id: str) -> Source | None: ...
    def all(self) -> list[Any]: ...
    def remove(self, id: str) -> Source | None: ...


class EventSources:
    """The operations on event source mappings; None where there is no local AWS to read from."""

    def __init__(self, mappings: Mappings | None, refused: type[Exception]) -> None:
        self._mappings = mappings
        self.refused = refused

    @property
    def mappings(self) -> Mappings:
        if self._mappings is None:
            raise wrong_value("there are no queues and streams here: the server runs without --aws local")
        return self._mappings

    def create(self, request: HttpRequest) -> dict[str, JSON]:
        """CreateEventSourceMapping."""
        given = read_body(request)
        source, function = str(given.pop("EventSourceArn", "")), str(given.pop("FunctionName", ""))
        if source.count(":") < 5 or source.split(":")[2] not in ("sqs", "kinesis", "dynamodb"):
            raise wrong_value(f"EventSourceArn '{source}' is no queue or stream that is served here")
        arn = function if function.startswith("arn:") else parse_reference(function).arn
        for one in self.mappings.all():
            if (one.source, one.function) == (source, arn):
                told = (
                    f"An event source mapping with event source {source} and function {arn} already exists."
                )
                raise LambdaError(409, "ResourceConflictException", f"{told} UUID {one.id}")
        return self._made(lambda: self.mappings.put(source, arn, given), "Creating")

    def _made(self, make: Callable[[], Source | None], state: str) -> dict[str, JSON]:
        try:
            made = make()
        except self.refused as wrong:
            raise wrong_value(str(wrong)) from None
        if made is None:
            raise LambdaError(404, "ResourceNotFoundException", "The resource you requested does not exist.")
        return told_of(made, state)

    def get(self, request: HttpRequest, id: str) -> dict[str, JSON]:
        """GetEventSourceMapping."""
        return self._made(lambda: self.mappings.get(id), "")

    def update(self, request: HttpRequest, id: str) -> dict[str, JSON]:
        """UpdateEventSourceMapping."""
        given = read_body(request)
        function = given.pop("FunctionName", None)
        arn = None if function is None else parse_reference(str(function)).arn
        return self._made(lambda: self.mappings.update(id, given, arn), "Updating")

    def delete(self, request: HttpRequest, id: str) -> dict[str, JSON]:
        """DeleteEventSourceMapping."""
        return self._made(lambda: self.mappings.remove(id), "Deleting")

    def list_all(self, request: HttpRequest) -> dict[str, JSON]:
        """ListEventSourceMappings: all, or those of a function or a source."""
        asked = parse_qs(request.query)
        function, source = asked.get("FunctionName", [""])[0], asked.get("EventSourceArn", [""])[0]
        found = [
            told_of(one, "")
            for one in self.mappings.all()
            if (not function or bare_name(function) == bare_name(one.function)) and source in ("", one.source)
        ]
        return {"EventSourceMappings": [*found]}


def told_of(one: Source, state: str) -> dict[str, JSON]:
    """Return what the API tells of a mapping."""
    settings = {key: value for key, value in one.settings.items() if key not in ("Enabled", "Tags")}
    return {
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        **settings,
        "UUID": one.id,
        "BatchSize": one.batch_size,
        "EventSourceArn": one.source,
        "FunctionArn": one.function,
        "LastModified": one.modified,
        "State": state or ("Enabled" if one.is_enabled else "Disabled"),
        "StateTransitionReason": "USER_INITIATED",
    }
