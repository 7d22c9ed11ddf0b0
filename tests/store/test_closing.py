"""A database that is closed while other threads ask it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading

import pytest

from aslrun.store.sqlite import SQLite

CRASH = """
import sys, threading
from aslrun.store.sqlite import SQLite

database = SQLite("memory")

def ask():
    while True:
        database.read(
            "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)"
            " SELECT i FROM n)"
        )

for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
threading.Event().wait(0.05)
sys.exit(3)
"""


def test_a_process_that_ends_with_threads_at_its_database_does_not_crash() -> None:
    for _ in range(10):
        ended = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, timeout=60)
        assert ended.returncode == 3, ended.stderr.decode()[-500:]


def test_it_is_closed_when_nobody_is_at_it() -> None:
    database, inside, closed = SQLite("memory"), threading.Event(), threading.Event()

    def work() -> None:
        with database.transaction():
            inside.set()
            assert not closed.wait(0.2)
            assert database.read("SELECT 1") == [(1,)]

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    database.close()
    closed.set()
    thread.join()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.read("SELECT 1")
