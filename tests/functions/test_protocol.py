"""The protocol between aslrun and its workers: whose answer counts, and what becomes of what is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions.answers import AnswerReader, MalformedAnswer
from aslrun.functions.channels import StandardPipes
from aslrun.functions.function import Function
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.log import show_nothing
from aslrun.functions.table import Functions
from aslrun.functions.turns import Cancelled, Turns
from aslrun.functions.workers import Workers, most_workers

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors, signals and fork are POSIX's")
HANDLERS = """
import json, os, subprocess, sys, threading, time

def pid(event, context):
    time.sleep(event.get("seconds", 0))
    return os.getpid()

other = pid

def odd(event, context):
    how = event["how"]
    if how == "write to all descriptors":
        for descriptor in range(3, 1024):
            try: os.write(descriptor, b"R 1\\n" * 100)
            except OSError: pass
    if how == "close and open":
        os.closerange(3, 2048)
        event["files"] = [open(os.devnull, "w") for _ in range(20)]
        return "none"
    if how == "replace":
        json.dumps = json.loads = os.write = os.getpid = os.fstat = print
        json.JSONEncoder.encode = lambda self, value: "]"
    if how == "fork, both return" and os.fork() == 0:
        return "the child"
    if how == "fork, the child raises" and os.fork() == 0:
        raise ValueError("of the child")
    if how == "memory of a child":
        code = "import time; x = bytearray(300_000_000); time.sleep(20)"
        subprocess.run([sys.executable, "-c", code])
    if how == "exit afterwards":
        threading.Timer(0.01, os._exit, [7]).start()
    return how
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., LambdaFunctions]]:
    made: list[LambdaFunctions] = []

    def make(most: int | None = None, **files: str) -> LambdaFunctions:
        for name, text in {"handlers.py": HANDLERS, **files}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        made.append(LambdaFunctions(Functions({}, folder=tmp_path), Workers(most=most), show=show_nothing))
        return made[-1]

    yield make
    for one in made:
        one.close()


def call(lambdas: LambdaFunctions, function: str, **event: Any) -> Any:
    return lambdas.invoke(Call(function, event, "T"))


@POSIX
@pytest.mark.parametrize("how", ["replace", "fork, both return", "fork, the child raises", "exit afterwards"])
def test_only_the_worker_answers(make: Callable[..., LambdaFunctions], how: str) -> None:
    lambdas = make()
    for _ in range(3):
        assert call(lambdas, "odd", how=how) == how
        while how == "exit afterwards" and any(worker.is_alive for worker in lambdas.workers._all):
            time.sleep(0.005)


@POSIX
@pytest.mark.parametrize("how", ["write to all descriptors", "close and open"])
def test_an_answer_that_is_none_is_an_error_of_its_invocation(
    make: Callable[..., LambdaFunctions], how: str
) -> None:
    lambdas = make()
    with pytest.raises(StateError) as failed:
        call(lambdas, "odd", how=how)
    assert failed.value.error == "Runtime.ExitError"
    assert call(lambdas, "odd", how="fine") == "fine"


@POSIX
def test_a_worker_that_dies_before_it_takes_up_a_request_is_replaced(
    make: Callable[..., LambdaFunctions],
) -> None:
    lambdas = make()
    first = call(lambdas, "pid")
    os.kill(first, signal.SIGSTOP)
    threading.Timer(0.1, os.kill, [first, signal.SIGKILL]).start()
    assert call(lambdas, "pid", text="x" * 300_000) != first


@POSIX
def test_one_that_dies_with_a_request_fails_it(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make()
    first = call(lambdas, "pid")
    threading.Timer(0.2, os.kill, [first, signal.SIGKILL]).start()
    with pytest.raises(StateError, match=r"Runtime\.ExitError"):
        call(lambdas, "pid", seconds=20)


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"mark x",
        b"mark id R\n",
        b"mark id Q 1\nx",
        b"mark id R -1\nx",
        b"mark id R 1.5\nx",
        b"mark " + b"x" * 200,
        b"\n",
    ],
)
def test_malformed_answers(data: bytes) -> None:
    reader = AnswerReader("mark")
    reader.feed(data)
    if data == b"mark x":
        assert reader.next() is None
    else:
        with pytest.raises(MalformedAnswer):
            reader.next()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"errorType": 1}', b"\xff"])
def test_malformed_errors(body: bytes) -> None:
    reader = AnswerReader("mark")
    reader.feed(b"mark id E %d\n%b" % (len(body), body))
    answer = reader.next()
    assert answer is not None
    with pytest.raises(MalformedAnswer):
        _ = answer.error


def test_answers_come_in_any_pieces() -> None:
    reader = AnswerReader("mark")
    taken = []
    for byte in b"mark a R 3\n\n1 mark b E 19\n" + b'{"errorType": "No"}':
        reader.feed(bytes([byte]))
        if answer := reader.next():
            taken.append(answer)
    assert [(answer.id, answer.kind, answer.body) for answer in taken] == [
        ("a", "R", b"\n1 "),
        ("b", "E", b'{"errorType": "No"}'),
    ]


def test_the_channels_of_windows(
    make: Callable[..., LambdaFunctions], monkeypatch: pytest.MonkeyPatch
) -> None:
    class InAGroup(StandardPipes):
        def options(self) -> dict[str, Any]:
            return {**super().options(), "start_new_session": True}

    monkeypatch.setattr("aslrun.functions.worker.open_channels", InAGroup)
    lambdas = make(**{"n.py": "import sys\ndef f(event, context): print('p'); return sys.stdin.read()"})
    assert isinstance(call(lambdas, "pid"), int)
    assert call(lambdas, "pid", text="x" * 300_000) == call(lambdas, "pid")


# ---------------------------------------------------------------- how many


def test_further_invocations_wait_for_their_turn(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make(2)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda name=name: answers.append(call(lambdas, name, seconds=0.01)))
        for name in ["pid", "other"] * 6
    ]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(lambdas.workers._all))
        time.sleep(0.002)
    assert len(answers) == 12
    assert most <= 2


def test_a_call_that_is_cancelled_waits_no_longer(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make(1)
    busy = Call("pid", {"seconds": 20}, "T")

    def keep_busy() -> None:
        with pytest.raises(StateError):
            lambdas.invoke(busy)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    while not lambdas.workers._all:
        time.sleep(0.002)
    waiting = Call("pid", {}, "T")
    threading.Timer(0.05, waiting.cancel).start()
    with pytest.raises(StateError):
        lambdas.invoke(waiting)
    busy.cancel()
    thread.join()
    assert isinstance(call(lambdas, "pid"), int)


def test_turns_go_to_who_came_first() -> None:
    turns = Turns(1)
    turns.take(lambda stop: None)
    taken: list[int] = []
    threads = []
    for number in range(3):
        begun = threading.Event()

        def wait(number: int = number, begun: threading.Event = begun) -> None:
            turns.take(lambda stop: begun.set())
            taken.append(number)
            turns.give_back()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        begun.wait()
    turns.give_back()
    for thread in threads:
        thread.join()
    assert taken == [0, 1, 2]


def test_a_turn_that_is_given_up() -> None:
    turns = Turns(1)
    turns.take(lambda stop: None)
    with pytest.raises(Cancelled):
        turns.take(lambda stop: stop())
    turns.give_back()
    turns.take(lambda stop: None)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_the_limit_on_open_files_limits_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    assert most_workers(1_000) == 48
    assert most_workers(3) == 3
    assert 1 <= most_workers() <= 48
    monkeypatch.setattr(resource, "getrlimit", lambda _: (16, 16))
    assert most_workers() == 1


@POSIX
def test_where_no_further_process_can_be_started_it_is_another_s_turn(
    make: Callable[..., LambdaFunctions], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    lambdas = make(4)
    real = subprocess.Popen

    def scarce(*arguments: Any, **options: Any) -> Any:
        if "worker.py" in str(arguments) and lambdas.workers._all:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        return real(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", scarce)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(call(lambdas, "pid", seconds=0.02))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 3

    def none(*arguments: Any, **options: Any) -> Any:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", none)
    with pytest.raises(UsageError, match=r"'other'.*no process can be started.*temporarily unavailable"):
        call(lambdas, "other")


# ---------------------------------------------------------------- what may be called, and how it is started


@pytest.mark.parametrize("name", ["../h", "sub/h", "h.x", "", "x" * 65, "a b", "é", "${h}"])
def test_a_name_that_lambda_does_not_take_names_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "handlers" / "sub").mkdir(parents=True)
    for file in ("h.py", "handlers/h.x.py", "handlers/sub/h.py", "handlers/a b.py", "handlers/é.py"):
        (tmp_path / file).write_text("1 / 0")
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path), show=show_nothing)
    parameters: Any = {"FunctionName": name}
    with pytest.raises(StateError) as failed:
        lambdas.invoke(Call("arn:aws:states:::lambda:invoke", parameters, "T"))
    assert failed.value.error == "Lambda.AWSLambdaException"
    assert "ValidationException" in str(failed.value.cause)
    assert not lambdas.functions.has(name)


@pytest.mark.parametrize(
    "parameters", [{"FunctionName": "h:../h"}, {"FunctionName": "h", "Qualifier": "a b"}]
)
def test_a_version_that_lambda_does_not_take(tmp_path: Path, parameters: Any) -> None:
    (tmp_path / "handlers.py").write_text("h = lambda event, context: 1")
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path), show=show_nothing)
    with pytest.raises(StateError) as failed:
        lambdas.invoke(Call("arn:aws:states:::lambda:invoke", parameters, "T"))
    assert "ValidationException" in str(failed.value.cause)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"": "x"}, "has a name that is none"),
        ({"A=B": "x"}, "'A=B' has a name that is none"),
        ({"A": "x\0"}, "'A' has a null character"),
        ({"A": "x" * 200_000}, "'A' has 200,001 bytes"),
    ],
)
def test_an_environment_that_no_process_takes(tmp_path: Path, environment: dict[str, str], says: str) -> None:
    (tmp_path / "f.py").write_text("")
    function = Function("f", tmp_path / "f.py", environment=environment)
    lambdas = LambdaFunctions(Functions({}, declared=[function]))
    with pytest.raises(UsageError, match="the Lambda function 'f'") as refused:
        call(lambdas, "f")
    assert says in str(refused.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process's memory")
def test_the_memory_of_children_counts(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make(**{"aslrun.toml": '[functions.odd]\nhandler = "handlers.py:odd"\nmemory = 200\n'})
    with pytest.raises(StateError) as failed:
        call(lambdas, "odd", how="memory of a child")
    assert "signal: killed" in str(failed.value.cause)
