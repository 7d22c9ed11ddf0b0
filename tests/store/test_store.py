"""The store: the same behaviour on SQLite, in memory and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from stores import durable, store  # noqa: F401

from aslrun.errors import UsageError
from aslrun.store import BadToken, End, ExecutionRecord, Resource, Row, Store, open_store
from aslrun.store.neighbours import answer as answer_others
from aslrun.store.neighbours import ask
from aslrun.store.redrivable import PERIOD, redrive_status
from aslrun.values import JSON

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Orders"


def resource(name: str, kind: str = "stateMachine", parent: str = "") -> Resource:
    return Resource(
        kind=kind, arn=f"arn:{name}", name=name, parent=parent, created=1.5, data={"n": [1, None]}
    )


def record(name: str, machine: str = MACHINE) -> ExecutionRecord:
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    return ExecutionRecord(
        arn=arn, machine=machine, name=name, type="STANDARD", definition="d", input='{"a":1}', seed="7",
        started=3.25,
    )  # fmt: skip


def answer(position: int, body: str = "null") -> Row:
    return Row(position, 4.5 + position, 1, position, "result", body)


FAILED = End("FAILED", 9.0, None, "Wrong", "a half of a pair: \ud800, and a NUL: \0", 12)


# ---------------------------------------------------------------- resources


def test_a_resource_is_kept_with_all_that_it_has(store: Store) -> None:
    given = resource("Orders")
    assert store.add(given)
    assert store.get("stateMachine", "arn:Orders") == given
    assert store.get("activity", "arn:Orders") is None


def test_a_second_resource_of_an_arn_changes_nothing(store: Store) -> None:
    store.add(resource("Orders"))
    assert not store.add(replace(resource("Orders"), data={}))
    assert store.get("stateMachine", "arn:Orders") == resource("Orders")


def test_putting_takes_the_place_of_what_was_there(store: Store) -> None:
    for name in ("A", "B"):
        store.put(resource(name))
    store.put(replace(resource("A"), data={"new": True}))
    assert [one.name for one in store.resources("stateMachine").items] == ["A", "B"]
    assert store.resources("stateMachine").items[0].data == {"new": True}


def test_a_change_is_made_of_what_is_there(store: Store) -> None:
    store.add(resource("A"))
    changed = store.update("stateMachine", "arn:A", lambda one: replace(one, data={**one.data, "more": 1}))
    assert changed == store.get("stateMachine", "arn:A")
    assert changed is not None
    assert changed.data == {"n": [1, None], "more": 1}
    assert store.update("stateMachine", "arn:B", lambda one: one) is None


def test_what_is_deleted_is_gone(store: Store) -> None:
    store.add(resource("A"))
    assert store.delete("stateMachine", "arn:A")
    assert not store.delete("stateMachine", "arn:A")
    assert store.get("stateMachine", "arn:A") is None


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_of_resources_have_each_of_them_once(store: Store, newest_first: bool) -> None:
    for number in range(7):
        store.add(resource(f"v{number}", "version", parent=f"arn:{number % 2}"))
    names, after, pages = [], None, 0
    while True:
        page = store.resources("version", "arn:0", limit=2, after=after, newest_first=newest_first)
        names += [one.name for one in page.items]
        pages += 1
        after = page.next
        if after is None:
            break
    assert pages == 2
    assert names == (["v6", "v4", "v2", "v0"] if newest_first else ["v0", "v2", "v4", "v6"])


@pytest.mark.parametrize("token", ["", "x", "aslrun-", "aslrun-zz", "7"])
def test_a_token_that_no_page_gave_is_refused(store: Store, token: str) -> None:
    with pytest.raises(BadToken):
        store.resources("version", after=token)


def test_contents_are_found_by_their_hash(store: Store) -> None:
    digest = store.keep(b"\0code")
    assert store.keep(b"\0code") == digest
    assert store.content(digest) == b"\0code"
    assert store.content("0") is None


def test_an_answer_to_a_client_is_remembered_for_a_time(store: Store) -> None:
    store.remember("one", {"executionArn": "arn"}, now=100.0, keep=60.0)
    assert store.request("one") == {"executionArn": "arn"}
    store.remember("two", {}, now=161.0)
    assert store.request("one") is None


# ---------------------------------------------------------------- executions


def test_an_execution_is_kept_with_all_that_it_has(store: Store) -> None:
    given = replace(
        record("one"), version="arn:v", alias="arn:a", map_run="arn:m", parent="arn:p", role="r",
        options={"trace": "x"},
    )  # fmt: skip
    assert store.start(given)
    assert store.execution(given.arn) == given
    assert not store.start(replace(given, input="{}"))
    assert store.execution("arn:none") is None


def test_texts_that_databases_refuse_come_back(store: Store) -> None:
    store.start(replace(record("one"), input='{"a":"\ud800é"}'))
    store.write_turn([(record("one").arn, 0, answer(0))], {record("one").arn: FAILED})
    found = store.execution(record("one").arn)
    assert found is not None
    assert (found.input, found.cause) == ('{"a":"\\ud800é"}', FAILED.cause)


def test_executions_are_listed_newest_first_by_any_filter(store: Store) -> None:
    for number in range(6):
        odd = "arn:odd" if number % 2 else None
        store.start(replace(record(f"e{number}"), version=odd, alias=odd, map_run=odd))
    store.start(record("other", f"{MACHINE}2"))
    store.write_turn([], {record(f"e{number}").arn: FAILED for number in (0, 1)})
    store.reopen(record("e0").arn, 0, answer(0))

    def names(**filters: object) -> list[str]:
        return [one.name for one in store.executions(**filters).items]  # type: ignore[arg-type]

    assert names() == ["other", "e5", "e4", "e3", "e2", "e1", "e0"]
    assert names(machine=MACHINE, status="FAILED") == ["e1"]
    assert names(status="RUNNING", map_run="arn:odd") == ["e5", "e3"]
    assert names(version="arn:odd") == names(alias="arn:odd") == ["e5", "e3", "e1"]
    assert names(machine=MACHINE, redriven=True) == ["e0"]
    assert "e0" not in names(machine=MACHINE, redriven=False)
    page = store.executions(MACHINE, limit=4)
    assert [one.name for one in page.items] == ["e5", "e4", "e3", "e2"]
    assert [one.name for one in store.executions(MACHINE, limit=4, after=page.next).items] == ["e1", "e0"]
    assert (store.count(), store.count(MACHINE), store.count(MACHINE, "FAILED")) == (7, 6, 1)


def test_answers_are_given_back_in_their_order(store: Store) -> None:
    arn = record("one").arn
    store.start(record("one"))
    assert store.write_turn([(arn, 0, answer(0)), (arn, 1, answer(1, '{"x":"é"}'))]) == frozenset()
    store.write_turn([(arn, 2, answer(2))])
    assert store.rows(arn) == [answer(0), answer(1, '{"x":"é"}'), answer(2)]


def test_an_end_is_kept(store: Store) -> None:
    store.start(record("one"))
    store.write_turn([], {record("one").arn: FAILED})
    found = store.execution(record("one").arn)
    assert found is not None
    assert (found.status, found.stopped, found.error, found.events) == ("FAILED", 9.0, "Wrong", 12)


def test_what_is_forgotten_leaves_no_answers(store: Store) -> None:
    store.start(record("one"))
    store.write_turn([(record("one").arn, 0, answer(0))])
    assert store.forget(record("one").arn)
    assert not store.forget(record("one").arn)
    assert store.rows(record("one").arn) == []


def test_only_what_came_to_a_bad_end_is_opened_again(store: Store) -> None:
    arn = record("one").arn
    store.start(record("one"))
    assert not store.reopen(arn, 0, answer(0))
    store.write_turn([(arn, 0, answer(0))], {arn: FAILED})
    assert store.reopen(arn, 1, answer(1))
    found = store.execution(arn)
    assert found is not None
    assert (found.status, found.stopped, found.error, found.redrives, found.redriven) == (
        "RUNNING", None, None, 1, answer(1).time,
    )  # fmt: skip
    assert store.rows(arn) == [answer(0), answer(1)]


# ---------------------------------------------------------------- across processes and servers


def test_a_new_server_takes_over_what_was_running(durable: str) -> None:
    with open_store(durable) as first:
        first.start(record("runs"))
        first.start(replace(record("express"), type="EXPRESS"))
        first.start(record("ended"))
        first.write_turn([(record("runs").arn, 0, answer(0))], {record("ended").arn: FAILED})
    with open_store(durable) as second:
        assert second.claim() == [record("runs")]
        assert second.claim() == []
        assert second.rows(record("runs").arn) == [answer(0)]


@pytest.mark.postgres
@pytest.mark.parametrize("durable", ["postgres"], indirect=True)
def test_servers_share_what_there_is_and_take_over_from_dead_ones(durable: str) -> None:
    with open_store(durable) as one, open_store(durable) as two:
        one.start(record("a"))
        assert two.claim() == []
        one.renew(-1.0)  # as if it had not renewed for long
        assert [found.name for found in two.claim()] == ["a"]
        one.renew(10.0)
        assert one.claim() == []
        assert one.write_turn([(record("a").arn, 0, answer(0))]) == {record("a").arn}
        assert two.write_turn([(record("a").arn, 0, answer(0))]) == frozenset()


def test_a_file_is_one_servers(tmp_path: Path) -> None:
    where = str(tmp_path / "folder" / "aslrun.db")
    with open_store(where), pytest.raises(UsageError, match="in use by another aslrun"):
        open_store(where)
    open_store(where).close()


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    where = str(tmp_path / "aslrun.db")
    open_store(where).close()
    connection = sqlite3.connect(where)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UsageError, match="is of version 99, and this aslrun knows versions up to 1"):
        open_store(where)


@pytest.mark.postgres
@pytest.mark.parametrize("durable", ["postgres"], indirect=True)
def test_a_newer_version_in_postgresql_is_refused(durable: str) -> None:
    import psycopg

    open_store(durable).close()
    with psycopg.connect(durable, autocommit=True) as connection:
        connection.execute("UPDATE aslrun_schema SET version = 99")
    with pytest.raises(UsageError, match="is of version 99"):
        open_store(durable)


@pytest.mark.parametrize("text", ["no database", "SQLite format 3\0"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.db"
    path.write_text(text * 100, encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be opened"):
        open_store(str(path))


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "notes.db")
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    with pytest.raises(UsageError, match="a database of something else"):
        open_store(str(tmp_path / "notes.db"))


def test_a_database_that_is_not_there_is_told_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UsageError) as told:
        open_store("postgresql://me:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(told.value)
    assert "postgresql://127.0.0.1:1/nothing cannot be opened" in str(told.value)


def test_servers_ask_each_other(durable: str) -> None:
    with open_store(durable, exclusive=False) as one, open_store(durable, exclusive=False) as two:
        assert one.others() == [two.owner]
        replied: list[JSON] = []
        asking = Thread(target=lambda: replied.extend(ask(one, [two.owner], {"token": "t"})))
        asking.start()
        while not answer_others(two, lambda request: {"told": request}):
            pass
        asking.join()
        assert replied == [{"told": {"token": "t"}}]
        assert ask(one, [], {}) == []
        assert ask(one, ["dead"], {}, seconds=0.0) == []
        one.start(record("a"))
        assert two.owner_of(record("a").arn) == one.owner


# ---------------------------------------------------------------- redrive


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, "REDRIVABLE", None),
        ({"status": "TIMED_OUT"}, "REDRIVABLE", None),
        ({"status": "ABORTED"}, "REDRIVABLE", None),
        ({"map_run": "arn:m"}, "REDRIVABLE_BY_MAP_RUN", None),
        ({"status": "RUNNING"}, "NOT_REDRIVABLE", "Execution is RUNNING and cannot be redriven"),
        ({"status": "SUCCEEDED"}, "NOT_REDRIVABLE", "Execution is SUCCEEDED and cannot be redriven"),
        ({"events": 24_998}, "REDRIVABLE", None),
        ({"events": 24_999}, "NOT_REDRIVABLE", "Execution history event limit exceeded"),
        ({"stopped": 999.0 - PERIOD}, "NOT_REDRIVABLE", "Execution redrivable period exceeded"),
        ({"started": -31_536_001.0}, "NOT_REDRIVABLE", "Execution has exceeded the max execution time"),
    ],
)
def test_what_can_be_redriven(changes: dict[str, object], status: str, reason: str | None) -> None:
    ended = replace(record("one"), status="FAILED", stopped=900.0)
    assert redrive_status(replace(ended, **changes), 1000.0) == (status, reason)  # type: ignore[arg-type]


def test_nothing_is_redriven_of_a_machine_that_is_deleted() -> None:
    ended = replace(record("one"), status="FAILED", stopped=900.0)
    told = redrive_status(ended, 1000.0, machine_deleting=True)
    assert told == ("NOT_REDRIVABLE", "State machine is in DELETING status")


def test_git_leaves_out_the_folder_that_is_made_for_a_store(tmp_path: Path) -> None:
    for folder, is_left_out in ((".aslrun", True), ("own", False)):
        open_store(str(tmp_path / folder / "aslrun.db")).close()
        assert (tmp_path / folder / ".gitignore").exists() is is_left_out
