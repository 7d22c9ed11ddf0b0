"""Executions over a store: started, killed with their server at any moment, resumed, stopped."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from durable import START, Server, Service
from stores import durable  # noqa: F401

from aslrun.errors import StateError

SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
JOB = "arn:aws:states:::batch:submitJob.sync"


def task(resource: str = "f", **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **({} if "Next" in fields else {"End": True}), **fields}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


WAIT = {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}
ITEM = {"item.$": "$", "retry.$": "$$.State.RetryCount"}
ITEMS = machine(F=task(Parameters=ITEM, Retry=[{"ErrorEquals": ["Once"], "IntervalSeconds": 3}]))
BUSY = machine(
    P={
        "Type": "Parallel",
        "Branches": [
            machine(W={"Type": "Wait", "Seconds": 5, "End": True}),
            machine(T=task(SEND, Parameters=WAIT)),
            machine(
                M={
                    "Type": "Map",
                    "ItemsPath": "$$.Execution.Input.l",
                    "MaxConcurrency": 2,
                    "ItemProcessor": ITEMS,
                    "End": True,
                }
            ),
        ],
        "Next": "J",
    },
    J=task(JOB, Parameters={}, Next="U"),
    U={"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "Next": "W2"},
    W2={"Type": "Wait", "Seconds": 5, "Next": "L"},
    L=task("g"),
)
INPUT = {"l": [1, 2, 3]}


def busy() -> Service:
    def once(call: Any) -> object:
        if call.arguments == {"item": 2, "retry": 0}:
            raise StateError("Once", "and no more")
        return {"of": call.arguments}

    return Service({"F": once})


def without_times(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "timestamp": ""} for event in history]


def undisturbed(tmp_path: Path) -> tuple[list[dict[str, Any]], Any, list[str]]:
    service = busy()
    server = Server(str(tmp_path / "whole.db"), service, BUSY)
    arn = server.start("one", INPUT)
    assert server.run()
    history = server.history(arn)
    server.close()
    return history, server.ended[0].output, service.calls


def test_a_history_is_made_again_of_what_is_kept(durable: str) -> None:
    server = Server(durable, busy(), BUSY)
    arn = server.start("one", INPUT)
    live = server.running.live(arn)
    assert server.run()
    assert live is not None
    assert server.history(arn) == live.history
    server.close()
    again = Server(durable, Service(), BUSY)
    assert again.history(arn) == live.history
    record = again.store.execution(arn)
    assert record is not None
    assert (record.status, record.output, record.events) == (
        "SUCCEEDED",
        server.ended[0].output,
        len(live.history),
    )
    assert again.service.calls == []
    again.close()


@pytest.mark.parametrize("lives", range(16))
def test_a_killed_server_comes_again_and_nothing_is_lost(tmp_path: Path, lives: int) -> None:
    whole, output, calls = undisturbed(tmp_path)
    where, service = str(tmp_path / "aslrun.db"), busy()
    server = Server(where, service, BUSY)
    arn = server.start("one", INPUT)
    done = server.run(lives=lives)
    before = server.driver.clock.now
    server.close()
    while not done:
        server = Server(where, service, BUSY, now=before)
        assert server.running.resume() == 1
        done = server.run()
        server.close()
    again = Server(where, service, BUSY)
    assert server.ended[0].output == output
    assert without_times(again.history(arn)) == without_times(whole)
    again.close()
    assert all(calls.count(state) <= service.calls.count(state) for state in calls)
    assert len(service.calls) <= len(calls) + 4  # only what was in flight was asked again


def test_waits_end_when_they_would_have(durable: str) -> None:
    definition = machine(W={"Type": "Wait", "Seconds": 100, "Next": "S"}, S={"Type": "Succeed"})
    server = Server(durable, Service(), definition)
    server.start("one")
    server.start("two")
    assert not server.run(lives=1)
    server.close()
    for now, end in ((START + 40, START + 100), (START + 130, START + 130)):
        if now > START + 40:
            server = Server(durable, Service(), definition, now=START + 99)
            server.start("three")
            assert not server.run(lives=1)
            server.close()
        server = Server(durable, Service(), definition, now=now)
        assert server.running.resume() == (2 if now == START + 40 else 1)
        assert server.run(expected=2 if now == START + 40 else 1)
        assert {record.stopped for record in server.ended} == ({end} if now == START + 40 else {START + 199})
        server.close()


def test_an_execution_is_stopped_and_that_is_kept(durable: str) -> None:
    server = Server(durable, Service(), machine(W={"Type": "Wait", "Seconds": 9e6, "End": True}))
    server.driver.clock.jumps = False
    arn = server.start("one")
    stopped: list[object] = []
    stopping = Thread(target=lambda: stopped.append(server.running.stop(arn, "By", "hand")))
    stopping.start()
    assert server.run()
    stopping.join()
    record = server.store.execution(arn)
    assert record is not None
    assert (record.status, record.error, record.cause, record.stopped) == ("ABORTED", "By", "hand", START)
    assert stopped == [START]
    assert [event["type"] for event in server.history(arn)][-1] == "ExecutionAborted"
    assert server.running.stop(arn) is None
    server.close()


def test_whoever_answers_is_told_when_it_is_kept(durable: str) -> None:
    server = Server(durable, Service(), machine(T=task(SEND, Parameters=WAIT)))
    arn = server.start("one")
    kept: list[object] = []

    def answer(execution: Any, state: str, token: str) -> None:
        execution.send_task_success(token, 1)
        server.running.settled().add_done_callback(lambda _: kept.extend(server.store.rows(arn)))

    live = server.running.live(arn)
    assert live is not None
    live.on_token = answer
    assert server.run()
    assert [row.body for row in kept] == ['{"of":"T"}', "1"]  # type: ignore[attr-defined]
    server.close()


@pytest.mark.postgres
@pytest.mark.parametrize("durable", ["postgres"], indirect=True)
def test_a_database_that_goes_and_comes_back_costs_nothing(durable: str) -> None:
    import psycopg

    def cut(call: Any) -> object:
        with psycopg.connect(durable, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return "done"

    service = Service({"A": cut})
    server = Server(durable, service, machine(A=task(Next="B"), B=task(Next="C"), C=task()))
    arn = server.start("one")
    assert server.run()
    assert service.calls == ["A", "B", "C"]
    assert len(server.store.rows(arn)) == 3
    server.close()


def test_a_second_execution_of_a_name_is_not_started(durable: str) -> None:
    server = Server(durable, Service(), machine(S={"Type": "Succeed"}))
    server.start("one")
    with pytest.raises(AssertionError):
        server.start("one")
    server.close()


DISTRIBUTED = machine(
    M={
        "Type": "Map",
        "MaxConcurrency": 2,
        "ToleratedFailureCount": 3,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "TimeoutSeconds": 40,
            **machine(
                F=task(Parameters={"item.$": "$"}, Next="W"),
                W={"Type": "Wait", "SecondsPath": "$.item", "Next": "G"},
                G=task("g"),
            ),
        },
        "Next": "L",
    },
    L=task("l"),
)


@pytest.mark.parametrize("lives", range(12))
def test_children_of_a_distributed_map_outlive_their_server(tmp_path: Path, lives: int) -> None:
    whole, output = None, None
    for name, killed in (("whole.db", False), ("aslrun.db", True)):
        service = Service()
        server = Server(str(tmp_path / name), service, DISTRIBUTED)
        arn = server.start("one", [10, 50, 20, 60, 5])
        if killed:
            done = server.run(lives=lives)
            now = server.driver.clock.now
            server.close()
            if not done:
                server = Server(str(tmp_path / name), service, DISTRIBUTED, now=now)
                assert server.running.resume() == 1
                assert server.run()
                server.close()
            again = Server(str(tmp_path / name), Service(), DISTRIBUTED)
            assert again.history(arn) == whole
            assert server.ended[0].output == output
            again.close()
            assert 9 <= len(service.calls) <= 11  # two were in flight, at most
        else:
            assert server.run()
            whole, output = server.history(arn), server.ended[0].output
            assert server.ended[0].status == "SUCCEEDED"
            assert len(service.calls) == 9
            server.close()
