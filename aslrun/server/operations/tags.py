"""Tags of machines and activities: TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aslrun.server.arns import parse_arn
from aslrun.server.errors import ApiError, no_resource
from aslrun.server.protocol import Request
from aslrun.server.service import KINDS, Service
from aslrun.store import Resource
from aslrun.values import JSON

MOST = 50
"""Tags of a resource. Documentation: Service quotas."""


def read_tags(given: Sequence[Mapping[str, str]], there: JSON = None) -> JSON:
    """Return tags by their keys, over those that are there; ApiError TooManyTags above 50."""
    tags: dict[str, JSON] = dict(there) if isinstance(there, dict) else {}
    tags |= {tag["key"]: tag.get("value", "") for tag in given if "key" in tag}
    if len(tags) > MOST:
        raise ApiError("TooManyTags", f"A resource can have up to {MOST} tags")
    return tags


def _kind_of(text: str) -> str:
    arn = parse_arn(text)
    if arn.kind not in KINDS or arn.qualifier is not None:  # versions and aliases have no tags (recorded)
        raise no_resource(text)
    return arn.kind


def _change(service: Service, request: Request, tags: Any) -> Mapping[str, Any]:
    arn = request.members["resourceArn"]

    def change(found: Resource) -> Resource:
        return replace(found, data={**found.data, "tags": tags(found.data.get("tags"))})

    if service.store.update(_kind_of(arn), arn, change) is None:
        raise no_resource(arn)
    return {}


def tag(service: Service, request: Request) -> Mapping[str, Any]:
    """TagResource: a tag that is there gets the new value."""
    return _change(service, request, lambda there: read_tags(request.members["tags"], there))


def untag(service: Service, request: Request) -> Mapping[str, Any]:
    """UntagResource: keys that are not there count for nothing."""
    keys = set(request.members["tagKeys"])
    return _change(
        service,
        request,
        lambda there: {key: value for key, value in (there or {}).items() if key not in keys},
    )


def list_tags(service: Service, request: Request) -> Mapping[str, Any]:
    """ListTagsForResource."""
    arn = request.members["resourceArn"]
    found = service.store.get(_kind_of(arn), arn)
    if found is None:
        raise no_resource(arn)
    tags = found.data.get("tags")
    return {
        "tags": [
            {"key": key, "value": value} for key, value in (tags if isinstance(tags, dict) else {}).items()
        ]
    }
