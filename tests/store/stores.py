"""Stores to test: every test that takes `store` runs on each kind."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aslrun.store import Store, open_store

POSTGRES = "ASLRUN_TEST_POSTGRES"
"""The environment variable with the URL of a PostgreSQL server that tests may make databases on."""


@contextmanager
def postgres_database() -> Iterator[str]:
    """Make a database of its own, and drop it in the end."""
    import psycopg

    server, name = os.environ[POSTGRES], f"aslrun_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            head, _, query = server.partition("?")
            base = head.rpartition("/")[0]
            yield f"{base}/{name}{'?' if query else ''}{query}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def place(kind: str, folder: Path) -> Iterator[str]:
    """Return where a store of a kind can be opened."""
    if kind == "postgres":
        with postgres_database() as url:
            yield url
    else:
        yield "memory" if kind == "memory" else str(folder / "aslrun.db")


KINDS = ["sqlite", "memory", pytest.param("postgres", marks=pytest.mark.postgres)]
DURABLE = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store of each kind."""
    with place(request.param, tmp_path) as where, open_store(where) as store:
        yield store


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store that outlives its process can be opened, of each kind."""
    with place(request.param, tmp_path) as where:
        yield where
