"""What all operations share: the store, the engine that runs executions, and what they look up in them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from aslrun.server.errors import no_machine, quoted
from aslrun.store import Resource, Store

if TYPE_CHECKING:
    from aslrun.server.engine import Engine

MACHINE, VERSION, ALIAS, ACTIVITY = "stateMachine", "version", "alias", "activity"
KINDS = frozenset({MACHINE, ACTIVITY})
"""Kinds of resources whose ARNs have the kind's own name."""


class Service:
    """Step Functions, as one server has it."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self.store = store
        self.engine = engine

    def now(self) -> float:
        """Return the time by the clock that the executions go by."""
        return self.engine.now()

    def new_id(self) -> str:
        """Return a UUID that was not there before."""
        return str(uuid.uuid4())

    def all(self, kind: str, parent: str | None = None) -> list[Resource]:
        """Return all resources of a kind, or those that belong to one, in the order in which they were
        made."""
        found: list[Resource] = []
        after: str | None = None
        while True:
            page = self.store.resources(kind, parent, limit=1_000, after=after)
            found += page.items
            after = page.next
            if after is None:
                return found

    def machine(self, arn: str) -> Resource:
        """Return a machine by its ARN without a qualifier; ApiError if there is none, or it is being
        deleted."""
        found = self.store.get(MACHINE, arn)
        if found is None:
            raise no_machine(arn)
        if found.data["status"] == "DELETING":
            raise quoted("StateMachineDeleting", "State Machine is being deleted", arn)
        return found

    def definition(self, hash: str) -> str:
        """Return the text of a definition that the store keeps."""
        return (self.store.content(hash) or b"").decode()

    def versions_of(self, alias: Resource) -> dict[str, int]:
        """Return the versions that an alias leads to, and their weights."""
        routes = alias.data["routes"]
        assert isinstance(routes, list)
        return {
            str(route["stateMachineVersionArn"]): int(str(route["weight"]))
            for route in routes
            if isinstance(route, dict)
        }

    def routed(self, alias: Resource) -> Resource | None:
        """Return the version that an alias leads to this time."""
        versions = self.versions_of(alias)
        chosen = self.engine.choose(list(versions), list(versions.values()))
        return self.store.get(VERSION, chosen)
