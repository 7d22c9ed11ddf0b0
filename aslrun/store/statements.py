"""The store: one small set of statements over SQLite or PostgreSQL. Every method may be called on any thread.

Each ends in one transaction, and what it has written then outlives the process.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aslrun.store.columns import (
    LISTED_EXECUTION,
    NUMBER_OF_COLUMNS,
    RESOURCE,
    WHOLE_EXECUTION,
    execution_row,
    number_in,
    resource_row,
    sound,
    to_execution,
    to_resource,
    to_text,
)
from aslrun.store.database import Database
from aslrun.store.records import End, ExecutionRecord, Page, Resource, Row
from aslrun.values import JSON

T = TypeVar("T")

LEASE = 10.0
"""Seconds after which another server takes over what a dead one ran, on a database that several share."""


class Store:
    """What outlives the process. Made by `open_store`; close it, or use it in a `with`.

    `owner` is this server's id in the leases of executions.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.owner = str(uuid.uuid4())
        self.renew(LEASE)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what this server holds, and let go of the database."""
        with self.database.transaction():
            self.database.write("DELETE FROM servers WHERE id = ?", (self.owner,))
        self.database.close()

    @property
    def is_at_hand(self) -> bool:
        """Tell whether it answers at once; one on PostgreSQL has to be waited for."""
        return self.database.dialect == "sqlite"

    # ------------------------------------------------------------------ resources

    def add(self, resource: Resource) -> bool:
        """Keep a new resource; False, and nothing is changed, if there is one of this kind and ARN."""
        with self.database.transaction():
            return self._insert(resource)

    def put(self, resource: Resource) -> None:
        """Keep a resource, in the place of the one of this kind and ARN if there is one."""
        with self.database.transaction():
            if not self._insert(resource):
                self._replace(resource)

    def _insert(self, resource: Resource) -> bool:
        statement = f"INSERT INTO resources ({RESOURCE}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self.database.write(statement, resource_row(resource)) == 1

    def _replace(self, resource: Resource) -> None:
        _, _, *values = resource_row(resource)
        self.database.write(
            "UPDATE resources SET parent = ?, name = ?, created = ?, data = ? WHERE kind = ? AND arn = ?",
            (*values, resource.kind, resource.arn),
        )

    def get(self, kind: str, arn: str) -> Resource | None:
        """Return a resource, None where there is none."""
        statement = f"SELECT {RESOURCE} FROM resources WHERE kind = ? AND arn = ?"
        found = self.database.read(statement, (kind, arn))
        return to_resource(found[0]) if found else None

    def has(self, kind: str, arn: str) -> bool:
        """Tell whether there is a resource."""
        return bool(self.database.read("SELECT 1 FROM resources WHERE kind = ? AND arn = ?", (kind, arn)))

    def delete(self, kind: str, arn: str) -> bool:
        """Forget a resource; False where there is none."""
        with self.database.transaction():
            return self.database.write("DELETE FROM resources WHERE kind = ? AND arn = ?", (kind, arn)) == 1

    def update(self, kind: str, arn: str, change: Callable[[Resource], Resource]) -> Resource | None:
        """Put what `change` makes of a resource in its place, and return it; None where there is none.

        Nobody else changes it meanwhile.
        """
        locking = " FOR UPDATE" if self.database.locking else ""
        with self.database.transaction():
            statement = f"SELECT {RESOURCE} FROM resources WHERE kind = ? AND arn = ?{locking}"
            found = self.database.read(statement, (kind, arn))
            if not found:
                return None
            changed = change(to_resource(found[0]))
            self._replace(changed)
            return changed

    def resources(
        self,
        kind: str,
        parent: str | None = None,
        *,
        limit: int = 100,
        after: str | None = None,
        newest_first: bool = False,
    ) -> Page[Resource]:
        """Return a part of the resources of a kind (and of a parent), in the order in which they were made.

        `after` is the `next` of the part before; BadToken if it is not.
        """
        where: dict[str, object] = {"kind = ?": kind}
        if parent is not None:
            where["parent = ?"] = parent
        return self._page("resources", RESOURCE, where, limit, after, newest_first, to_resource)

    def _page(
        self,
        table: str,
        columns: str,
        where: Mapping[str, object],
        limit: int,
        after: str | None,
        newest_first: bool,
        made: Callable[[tuple[Any, ...]], T],
    ) -> Page[T]:
        conditions, values = [*where], [value for value in where.values() if value is not None]
        if after is not None:
            conditions.append("number < ?" if newest_first else "number > ?")
            values.append(number_in(after))
        said = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "DESC" if newest_first else "ASC"
        rows = self.database.read(
            f"SELECT number, {columns} FROM {table}{said} ORDER BY number {order} LIMIT ?",
            (*values, limit + 1),
        )
        token = f"aslrun-{rows[limit - 1][0]:x}" if len(rows) > limit else None
        return Page([made(row[1:]) for row in rows[:limit]], token)

    # ------------------------------------------------------------------ contents and requests

    def keep(self, content: bytes) -> str:
        """Keep some bytes (a definition, a function's code) and return the hash by which they are found."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.database.read("SELECT 1 FROM contents WHERE hash = ?", (digest,)):
            with self.database.transaction():
                statement = "INSERT INTO contents (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING"
                self.database.write(statement, (digest, content))
        return digest

    def content(self, digest: str) -> bytes | None:
        """Return the bytes that `keep` was given for this hash, None where there are none."""
        found = self.database.read("SELECT content FROM contents WHERE hash = ?", (digest,))
        return bytes(found[0][0]) if found else None

    def remember(self, id: str, answer: JSON, now: float, keep: float = 3600.0) -> None:
        """Remember the answer to a client's request for `keep` seconds; older ones are dropped."""
        with self.database.transaction():
            self.database.write("DELETE FROM requests WHERE until < ?", (now,))
            self.database.write(
                "INSERT INTO requests (id, until, answer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (id, now + keep, to_text(answer)),
            )

    def request(self, id: str) -> JSON:
        """Return the answer that is remembered for a request, None where there is none."""
        found = self.database.read("SELECT answer FROM requests WHERE id = ?", (id,))
        return json.loads(found[0][0]) if found else None

    # ------------------------------------------------------------------ executions

    def start(self, record: ExecutionRecord) -> bool:
        """Keep a new execution, which is this server's; False if there is one of this ARN."""
        marks = ", ".join("?" * (NUMBER_OF_COLUMNS + 1))
        statement = (
            f"INSERT INTO executions ({WHOLE_EXECUTION}, owner) VALUES ({marks}) ON CONFLICT DO NOTHING"
        )
        with self.database.transaction():
            return self.database.write(statement, (*execution_row(record), self.owner)) == 1

    def execution(self, arn: str) -> ExecutionRecord | None:
        """Return an execution with all that is known of it, None where there is none."""
        found = self.database.read(f"SELECT {WHOLE_EXECUTION} FROM executions WHERE arn = ?", (arn,))
        return to_execution(found[0]) if found else None

    def named(self, name: str) -> list[ExecutionRecord]:
        """Return the executions of a name, of any machine."""
        statement = f"SELECT {WHOLE_EXECUTION} FROM executions WHERE name = ? ORDER BY number"
        return [to_execution(row) for row in self.database.read(statement, (name,))]

    def executions(
        self,
        machine: str | None = None,
        *,
        version: str | None = None,
        alias: str | None = None,
        map_run: str | None = None,
        status: str | None = None,
        redriven: bool | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[ExecutionRecord]:
        """Return a part of the executions that all filters take, the newest first.

        `after` is the `next` of the part before; BadToken if it is not.
        """
        filters = {
            "machine": machine,
            "version": version,
            "alias": alias,
            "map_run": map_run,
            "status": status,
        }
        where: dict[str, object] = {
            f"{name} = ?": value for name, value in filters.items() if value is not None
        }
        if redriven is not None:
            where["redrives > 0" if redriven else "redrives = 0"] = None
        return self._page("executions", LISTED_EXECUTION, where, limit, after, True, to_execution)

    def count(self, machine: str | None = None, status: str | None = None) -> int:
        """Return how many executions there are, of a machine and in a status."""
        filters = {"machine = ?": machine, "status = ?": status}
        given = {condition: value for condition, value in filters.items() if value is not None}
        said = f" WHERE {' AND '.join(given)}" if given else ""
        number: int = self.database.read(f"SELECT count(*) FROM executions{said}", [*given.values()])[0][0]
        return number

    def forget(self, arn: str) -> bool:
        """Delete an execution and its answers; False where there is none."""
        with self.database.transaction():
            found = self.database.read("SELECT number FROM executions WHERE arn = ?", (arn,))
            for row in found:
                self.database.write("DELETE FROM answers WHERE execution = ?", row)
                self.database.write("DELETE FROM executions WHERE number = ?", row)
            return bool(found)

    # ------------------------------------------------------------------ answers

    def rows(self, arn: str) -> list[Row]:
        """Return the answers that were given to an execution, in their order."""
        number = "(SELECT number FROM executions WHERE arn = ?)"
        columns = "turn, time, fiber, wait, kind, body"
        statement = f"SELECT {columns} FROM answers WHERE execution = {number} ORDER BY position"
        return [Row(*row) for row in self.database.read(statement, (arn,))]

    def write_turn(
        self, answers: Sequence[tuple[str, int, Row]], ends: Mapping[str, End] | None = None
    ) -> frozenset[str]:
        """Keep what one turn of the driver's loop was given: (ARN, position, answer), and who ended by it.

        Returns the ARNs that are no longer this server's: nothing of theirs is kept.
        """
        with self.database.transaction():
            return self._write(answers, ends or {})

    def _write(self, answers: Sequence[tuple[str, int, Row]], ends: Mapping[str, End]) -> frozenset[str]:
        arns = {arn for arn, _, _ in answers} | ends.keys()
        numbers = self._owned(arns)
        self.database.write_all(
            "INSERT INTO answers (execution, position, turn, time, fiber, wait, kind, body)"
            # A turn is written again where the database was lost, kept or not.
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (numbers[arn], position, row.turn, row.time, row.fiber, row.wait, row.kind, row.body)
                for arn, position, row in answers
                if arn in numbers
            ],
        )
        for arn, end in ends.items():
            if arn in numbers:
                self._end(numbers[arn], end)
        return frozenset(arns - numbers.keys())

    def _owned(self, arns: Iterable[str]) -> dict[str, int]:
        """Return the numbers of the executions that are this server's, which nobody takes over meanwhile."""
        locking = " FOR UPDATE" if self.database.locking else ""
        statement = f"SELECT number FROM executions WHERE arn = ? AND owner = ?{locking}"
        found = {arn: self.database.read(statement, (arn, self.owner)) for arn in sorted(arns)}
        return {arn: rows[0][0] for arn, rows in found.items() if rows}

    def _end(self, number: int, end: End) -> None:
        self.database.write(
            "UPDATE executions SET status = ?, stopped = ?, output = ?, error = ?, cause = ?, events = ?,"
            " owner = NULL WHERE number = ?",
            (
                end.status,
                end.stopped,
                sound(end.output),
                to_text(end.error),
                to_text(end.cause),
                end.events,
                number,
            ),
        )

    def reopen(self, arn: str, position: int, row: Row) -> bool:
        """Let an execution that came to a bad end run again, here: `row` is the answer that tells of it.

        False where it is not there, or runs, or has succeeded.
        """
        with self.database.transaction():
            changed = self.database.write(
                "UPDATE executions SET status = 'RUNNING', stopped = NULL, output = NULL, error = NULL,"
                " cause = NULL, redrives = redrives + 1, redriven = ?, owner = ?"
                " WHERE arn = ? AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')",
                (row.time, self.owner, arn),
            )
            if changed:
                self._write([(arn, position, row)], {})
        return changed == 1

    # ------------------------------------------------------------------ who runs what

    def renew(self, seconds: float) -> None:
        """Say that this server lives, and will for so many seconds; what dead ones left is dropped later."""
        with self.database.transaction():
            self.database.write(
                "INSERT INTO servers (id, lease) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET lease = excluded.lease",
                (self.owner, self.database.now() + seconds),
            )

    def owner_of(self, arn: str) -> str | None:
        """Return the server that runs an execution, None where none does."""
        found = self.database.read("SELECT owner FROM executions WHERE arn = ?", (arn,))
        owner: str | None = found[0][0] if found else None
        return owner

    def others(self) -> list[str]:
        """Return the other servers that live on this store."""
        now = self.database.now()
        found = self.database.read("SELECT id FROM servers WHERE id <> ? AND lease >= ?", (self.owner, now))
        return [id for (id,) in found]

    def has_left(self) -> bool:
        """Tell whether a dead server has left executions that nobody has taken over yet."""
        living = "SELECT id FROM servers WHERE lease >= ?"
        statement = (
            "SELECT 1 FROM executions WHERE status = 'RUNNING' AND type = 'STANDARD'"
            f" AND (owner IS NULL OR owner NOT IN ({living})) LIMIT 1"
        )
        return bool(self.database.read(statement, (self.database.now(),)))

    def claim(self, limit: int = 500) -> list[ExecutionRecord]:
        """Take over Standard executions that run and are nobody's, or a dead server's; return them.

        On SQLite all others are dead: the file is this server's alone.
        """
        living = (
            "owner IN (SELECT id FROM servers WHERE lease >= ?)" if self.database.locking else "owner = ?"
        )
        who = self.database.now() if self.database.locking else self.owner
        statement = (
            "SELECT number FROM executions WHERE status = 'RUNNING' AND type = 'STANDARD'"
            f" AND (owner IS NULL OR NOT ({living})) ORDER BY number LIMIT ?{self.database.locking}"
        )
        with self.database.transaction():
            numbers = self.database.read(statement, (who, limit))
            self.database.write_all(
                "UPDATE executions SET owner = ? WHERE number = ?", [(self.owner, row[0]) for row in numbers]
            )
        if not numbers:
            return []
        marks = ", ".join("?" * len(numbers))
        whole = f"SELECT {WHOLE_EXECUTION} FROM executions WHERE number IN ({marks}) ORDER BY number"
        return [to_execution(row) for row in self.database.read(whole, [row[0] for row in numbers])]
