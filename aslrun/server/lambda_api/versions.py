"""Versions, aliases and layers. API reference: PublishVersion, CreateAlias, PublishLayerVersion and their
like."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aslrun.server.app import HttpRequest
from aslrun.server.lambda_api.deployed import ALIAS, KIND, LATEST, LAYER, VERSION, Deployed, layer_name
from aslrun.server.lambda_api.errors import LambdaError, not_found, wrong_value
from aslrun.server.lambda_api.operations import Fetch, bare_name, configuration, packed, read_body
from aslrun.server.protocol import place_of
from aslrun.store import Resource
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

WHOLE = 1_000_000
"""A weight of 1, in whole numbers."""


class Versions:
    """The operations on versions, aliases and layers."""

    def __init__(self, deployed: Deployed, now: Callable[[], float], fetch: Fetch | None = None) -> None:
        self.deployed = deployed
        self.fetch = fetch
        self.store = deployed.store
        self.now = now

    # ------------------------------------------------------------------ versions

    def publish(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """PublishVersion: a copy of the code and the settings; the last one again if nothing has changed."""
        bare = bare_name(name)
        latest = self.deployed.adopt(bare)
        if latest is None:
            raise not_found(_arn(request, bare))
        known = self._all(VERSION, bare)
        told: Mapping[str, Any] = known[-1].data if known else {}
        ignored = {"Version", "RevisionId", "LastModified", "Description", "Published"}
        same = known and all(told.get(key) == one for key, one in latest.data.items() if key not in ignored)
        if same:
            return configuration(known[-1].data, bare)
        # Numbers never come again, also those of versions that were deleted.
        number = str(max(int(str(latest.data.get("Published", 0))), int(str(told.get("Version", 0)))) + 1)
        data = {**latest.data, "Version": number, "RevisionId": str(uuid.uuid4())}
        data["Description"] = read_body(request).get("Description") or latest.data["Description"]
        made = Resource(
            kind=VERSION, arn=f"{bare}:{number}", name=number, data=data, parent=bare, created=self.now()
        )
        self.store.put(made)
        self.store.update(
            KIND, bare, lambda there: replace(there, data={**there.data, "Published": int(number)})
        )
        return configuration(data, bare)

    def _all(self, kind: str, parent: str) -> list[Resource]:
        found = self.store.resources(kind, parent, limit=10_000).items
        return sorted(found, key=lambda one: (int(one.name) if one.name.isdecimal() else 0, one.name))

    def list_versions(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """ListVersionsByFunction: $LATEST, then the versions in their order."""
        bare = bare_name(name)
        latest = self.deployed.adopt(bare)
        if latest is None:
            raise not_found(_arn(request, bare))
        return {"Versions": [configuration(one.data, bare) for one in (latest, *self._all(VERSION, bare))]}

    # ------------------------------------------------------------------ aliases

    def create_alias(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """CreateAlias."""
        bare, given = bare_name(name), read_body(request)
        alias = str(given.get("Name", ""))
        if self.deployed.adopt(bare) is None:
            raise not_found(_arn(request, bare))
        if self.store.get(ALIAS, f"{bare}:{alias}") is not None:
            told = f"Alias already exists: {_arn(request, bare)}:{alias}"
            raise LambdaError(409, "ResourceConflictException", told)
        return self._put_alias(request, bare, alias, {"Description": ""}, given)

    def _put_alias(
        self,
        request: HttpRequest,
        bare: str,
        alias: str,
        before: Mapping[str, JSON],
        given: Mapping[str, Any],
    ) -> dict[str, JSON]:
        data: dict[str, JSON] = {**before, "RevisionId": str(uuid.uuid4())}
        data |= {key: given[key] for key in ("FunctionVersion", "Description") if given.get(key) is not None}
        if given.get("RoutingConfig") is not None:
            data["weights"] = self._weights(given["RoutingConfig"].get("AdditionalVersionWeights") or {})
        weights = data.get("weights")
        versions = [str(data.get("FunctionVersion")), *(weights if isinstance(weights, dict) else ())]
        for version in versions:
            if version != LATEST and self.store.get(VERSION, f"{bare}:{version}") is None:
                raise not_found(f"{_arn(request, bare)}:{version}")
        if weights and LATEST in versions:
            raise wrong_value("$LATEST is not supported for an alias pointing to more than 1 version")
        self.store.put(
            Resource(
                kind=ALIAS, arn=f"{bare}:{alias}", name=alias, data=data, parent=bare, created=self.now()
            )
        )
        return _alias(request, bare, alias, data)

    def _weights(self, given: Mapping[str, Any]) -> dict[str, JSON]:
        if len(given) > 1:
            raise wrong_value("Number of items in AdditionalVersionWeights cannot be greater than 1")
        for weight in given.values():
            if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
                raise wrong_value(f"Value '{weight}' at 'routingConfig' is not within 0.0 to 1.0")
        return {version: round(weight * WHOLE) for version, weight in given.items()}

    def _found_alias(self, request: HttpRequest, name: str, alias: str) -> Resource:
        found = self.store.get(ALIAS, f"{bare_name(name)}:{alias}")
        if found is None:
            arn = f"{_arn(request, bare_name(name))}:{alias}"
            raise LambdaError(404, "ResourceNotFoundException", f"Cannot find alias arn: {arn}")
        return found

    def get_alias(self, request: HttpRequest, name: str, alias: str) -> dict[str, JSON]:
        """GetAlias."""
        return _alias(request, bare_name(name), alias, self._found_alias(request, name, alias).data)

    def update_alias(self, request: HttpRequest, name: str, alias: str) -> dict[str, JSON]:
        """UpdateAlias."""
        before = self._found_alias(request, name, alias).data
        return self._put_alias(request, bare_name(name), alias, before, read_body(request))

    def delete_alias(self, request: HttpRequest, name: str, alias: str) -> None:
        """DeleteAlias."""
        self.store.delete(ALIAS, f"{bare_name(name)}:{alias}")

    def list_aliases(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """ListAliases."""
        bare = bare_name(name)
        return {"Aliases": [_alias(request, bare, one.name, one.data) for one in self._all(ALIAS, bare)]}

    # ------------------------------------------------------------------ layers

    def publish_layer(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """PublishLayerVersion: of a zip that is laid out as in `/opt`."""
        given = read_body(request)
        content = packed(given.get("Content") or {}, self.fetch)
        if content is None:
            raise wrong_value("Please provide the layer's Content, as a ZipFile or in S3.")
        code = self.deployed.keep(layer_name(name), content)
        number = str(max((int(one.name) for one in self._all(LAYER, name)), default=0) + 1)
        data: dict[str, JSON] = {
            **code,
            "Description": given.get("Description") or "",
            "CompatibleRuntimes": given.get("CompatibleRuntimes") or [],
            "CreatedDate": format_timestamp(self.now())[:-1] + "+0000",
        }
        self.store.put(
            Resource(
                kind=LAYER, arn=f"{name}:{number}", name=number, data=data, parent=name, created=self.now()
            )
        )
        return _layer(request, name, number, data)

    def get_layer(self, request: HttpRequest, name: str, number: str) -> dict[str, JSON]:
        """GetLayerVersion."""
        found = self.store.get(LAYER, f"{name}:{number}")
        if found is None:
            raise LambdaError(
                404, "ResourceNotFoundException", f"The resource you requested does not exist: {name}"
            )
        return _layer(request, name, number, found.data)

    def list_layer_versions(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """ListLayerVersions: the newest first."""
        found = reversed(self._all(LAYER, name))
        return {"LayerVersions": [_layer(request, name, one.name, one.data) for one in found]}

    def list_layers(self, request: HttpRequest) -> dict[str, JSON]:
        """ListLayers: each with its newest version."""
        newest: dict[str, Resource] = {}
        for one in self.store.resources(LAYER, limit=10_000).items:
            if one.parent not in newest or int(one.name) > int(newest[one.parent].name):
                newest[one.parent] = one
        layers: list[JSON] = []
        for name, one in sorted(newest.items()):
            told = _layer(request, name, one.name, one.data)
            layers.append({"LayerName": name, "LayerArn": told["LayerArn"], "LatestMatchingVersion": told})
        return {"Layers": layers}

    def delete_layer(self, request: HttpRequest, name: str, number: str) -> None:
        """DeleteLayerVersion."""
        self.store.delete(LAYER, f"{name}:{number}")


def _arn(request: HttpRequest, name: str, kind: str = "function") -> str:
    place = place_of(request.headers)
    return f"arn:aws:lambda:{place.region}:{place.account}:{kind}:{name}"


def _alias(request: HttpRequest, bare: str, alias: str, data: Mapping[str, Any]) -> dict[str, JSON]:
    weights = {version: weight / WHOLE for version, weight in (data.get("weights") or {}).items()}
    return {
        "AliasArn": f"{_arn(request, bare)}:{alias}",
        "Name": alias,
        "FunctionVersion": data["FunctionVersion"],
        "Description": data.get("Description", ""),
        **({"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}),
        "RevisionId": data["RevisionId"],
    }


def _layer(request: HttpRequest, name: str, number: str, data: Mapping[str, Any]) -> dict[str, JSON]:
    arn = _arn(request, name, "layer")
    return {
        "LayerArn": arn,
        "LayerVersionArn": f"{arn}:{number}",
        "Version": int(number),
        "Description": data["Description"],
        "CreatedDate": data["CreatedDate"],
        "CompatibleRuntimes": data["CompatibleRuntimes"],
        "Content": {"Location": "", "CodeSha256": data["CodeSha256"], "CodeSize": data["CodeSize"]},
    }
