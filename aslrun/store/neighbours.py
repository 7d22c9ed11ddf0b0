"""Servers that share a store ask each other: a token or an activity may be another server's.

A question is a row of the table `messages`; who it is for writes the reply into it. Questions are looked for
every `PAUSE` seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from aslrun.store.statements import Store
from aslrun.values import JSON

PAUSE = 0.05
"""Seconds between two looks at what has come."""


def ask(store: Store, servers: Sequence[str], request: JSON, seconds: float = 5.0) -> list[JSON]:
    """Ask other servers, and return the replies of those that have answered within `seconds`."""
    if not servers:
        return []
    database, text = store.database, json.dumps(request)
    ids = [f"{store.owner}/{time.monotonic_ns()}/{number}" for number in range(len(servers))]
    with database.transaction():
        database.write_all(
            "INSERT INTO messages (id, server, until, request) VALUES (?, ?, ?, ?)",
            [(id, server, database.now() + seconds, text) for id, server in zip(ids, servers, strict=True)],
        )
    end = time.monotonic() + seconds
    marks = ", ".join("?" * len(ids))
    replies = f"SELECT reply FROM messages WHERE reply IS NOT NULL AND id IN ({marks})"
    while len(found := database.read(replies, ids)) < len(ids) and time.monotonic() < end:
        time.sleep(PAUSE)
    with database.transaction():
        database.write(f"DELETE FROM messages WHERE id IN ({marks})", ids)
    return [json.loads(reply) for (reply,) in found]


def answer(store: Store, reply: Callable[[JSON], JSON]) -> int:
    """Answer what other servers have asked this one, by `reply`; return how many questions there were."""
    database = store.database
    asked = database.read(
        "SELECT id, request FROM messages WHERE server = ? AND reply IS NULL AND until >= ?",
        (store.owner, database.now()),
    )
    for id, request in asked:
        given = json.dumps(reply(json.loads(request)))
        with database.transaction():
            database.write("UPDATE messages SET reply = ? WHERE id = ?", (given, id))
    return len(asked)
