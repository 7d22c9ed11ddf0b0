"""Functions in worker processes: how they are run, and that each way to misbehave costs one invocation."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError
from aslrun.functions.function import Function, parse_reference
from aslrun.functions.invocation import LambdaFunctions, context_of
from aslrun.functions.report import Invocation
from aslrun.functions.runtime import ThisProcess
from aslrun.functions.steps import run
from aslrun.functions.table import Functions
from aslrun.functions.workers import Workers
from aslrun.server.awaiting import in_steps

HANDLERS = """
import decimal, os, signal, sys, threading, time

count = 0

def echo(event, context):
    return event

def counting(event, context):
    global count
    count += 1
    return [count, os.getpid()]

def about(event, context):
    return {
        "name": context.function_name, "version": context.function_version,
        "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
        "request": context.aws_request_id, "group": context.log_group_name,
        "stream": context.log_stream_name, "left": context.get_remaining_time_in_millis(),
        "cwd": os.getcwd(), "stage": os.environ.get("STAGE"),
        "env": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    }

class OrderError(Exception):
    pass

class Silent(Exception):
    message = "not shown"

def misbehave(event, context):
    how = event.get("how")
    if how == "raise": raise OrderError("no such order")
    if how == "raise nothing": raise Silent
    if how == "endless loop":
        while True: pass
    if how == "sleep": time.sleep(60)
    if how == "endless output":
        while True: print("x" * 1000)
    if how == "much output":
        print("x" * 3_000_000)
        sys.stderr.write("y" * 10)
    if how == "exit 3": os._exit(3)
    if how == "exit 0": os._exit(0)
    if how == "sys.exit": sys.exit()
    if how == "sys.exit 4": sys.exit(4)
    if how == "kill": os.kill(os.getpid(), signal.SIGKILL)
    if how == "segfault": os.kill(os.getpid(), signal.SIGSEGV)
    if how == "close all": os.closerange(0, 256); return 1
    if how == "close standard": sys.stdout.close(); sys.stderr.close(); sys.stdin.close(); return 1
    if how == "close descriptors": os.close(0); os.close(1); os.close(2); return 1
    if how == "read stdin": return sys.stdin.read()
    if how == "nan": return float("nan")
    if how == "set": return {1, 2}
    if how == "cycle": cycle = []; cycle.append(cycle); return cycle
    if how == "object": return object()
    if how == "key": return {(1, 2): 3}
    if how == "decimal": return {"d": decimal.Decimal("1.5")}
    if how == "tuple": return (1, 2)
    if how == "bytes": return b'{"raw": true}'
    if how == "bytes, no json": return b"\\xff\\n text"
    if how == "6.3 MB": return "x" * 6_300_000
    if how == "300 KB": return "x" * 300_000
    if how == "write to 1": os.write(1, b"R\\"forged\\"\\n"); return "true"
    if how == "child stays":
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        os._exit(5)
    if how == "thread": threading.Thread(target=time.sleep, args=(30,)).start(); return 1
    if how == "memory": return len(b"x" * 1_000_000_000)
    if how == "memory, then free":
        for _ in range(3): len(b"x" * 600_000_000)
    return "fine"

no_function = 7
"""
Invoke = Callable[..., Any]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors, signals and fork are POSIX's")


@pytest.fixture
def logged() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def make(tmp_path: Path, logged: list[tuple[str, str]]) -> Iterator[Callable[..., LambdaFunctions]]:
    """Make the integration for files in an empty folder."""
    made: list[LambdaFunctions] = []

    def make(**files: str) -> LambdaFunctions:
        for name, text in {"handlers.py": HANDLERS, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        functions = Functions({}, folder=tmp_path)
        made.append(LambdaFunctions(functions, show=lambda name, line: logged.append((name, line))))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def invoke(make: Callable[..., LambdaFunctions]) -> Invoke:
    lambdas = make(
        **{"aslrun.toml": '[functions.misbehave]\nhandler = "handlers.py:misbehave"\ntimeout = 0.4\n'}
    )

    def invoke(function: str, event: Any = None) -> Any:
        return lambdas.invoke(Call(function, event, "T"))

    return invoke


@pytest.fixture(params=["on a thread", "on an event loop"])
def either(request: pytest.FixtureRequest, invoke: Invoke, make: Callable[..., LambdaFunctions]) -> Invoke:
    """Invoke in both ways; the event loop has a worker that is warm, and one that is not after a failure."""
    if request.param == "on a thread":
        return invoke
    lambdas = make()
    lambdas.invoke(Call("misbehave", {}, "T"))

    def on_a_loop(function: str, event: Any = None) -> Any:
        with ThreadPoolExecutor() as threads:
            return asyncio.run(in_steps(lambdas.invoke_in_steps(function, event), threads))

    return on_a_loop


def test_the_process_is_warm_and_its_module_is_imported_once(invoke: Invoke) -> None:
    (first, process), (second, same) = invoke("counting"), invoke("counting")
    assert (first, second) == (1, 2)
    assert process == same


def test_the_context(make: Callable[..., LambdaFunctions], tmp_path: Path) -> None:
    table = '[functions.about]\nhandler = "sub/h.py:about"\ntimeout = 30\nmemory = 256\n'
    table += 'environment = {STAGE = "t"}\n'
    lambdas = make(**{"aslrun.toml": table, "sub/h.py": HANDLERS})
    told: Any = lambdas.invoke(Call("arn:aws:lambda:us-east-1:123:function:about:prod", {}, "T"))
    assert len(told.pop("request")) == 36
    assert 29_000 < told.pop("left") <= 30_000
    assert told == {
        "name": "about",
        "version": "$LATEST",
        "arn": "arn:aws:lambda:us-east-1:123:function:about:prod",
        "memory": "256",
        "group": "/aws/lambda/about",
        "stream": "local/[$LATEST]aslrun",
        "cwd": str((tmp_path / "sub").resolve()),
        "stage": "t",
        "env": "about",
    }


@pytest.mark.parametrize("event", [None, 1.5, "é😀", [], {"a": [{"b": None}]}, "x" * 200_000])
def test_events_and_results_arrive_as_they_are(either: Invoke, event: Any) -> None:
    assert either("echo", event) == event


@pytest.mark.parametrize(
    ("how", "result"),
    [
        ("decimal", {"d": 1.5}),
        ("nan", "NaN"),
        ("tuple", [1, 2]),
        ("bytes", {"raw": True}),
        ("bytes, no json", "\ufffd\n text"),
        ("read stdin", ""),
        ("write to 1", "true"),
        ("close standard", 1),
        ("close descriptors", 1),
        pytest.param("close all", 1, marks=POSIX),
        ("thread", 1),
        ("much output", "fine"),
    ],
)
def test_unusual_results(either: Invoke, how: str, result: Any) -> None:
    assert either("misbehave", {"how": how}) == result
    assert either("misbehave", {}) == "fine"


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("raise", "OrderError", "no such order"),
        ("raise nothing", "Silent", ""),
        ("endless loop", "Sandbox.Timedout", "Task timed out after 0.40 seconds"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 0.40 seconds"),
        ("endless output", "Sandbox.Timedout", "Task timed out after 0.40 seconds"),
        ("exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("exit 0", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("sys.exit", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("sys.exit 4", "Runtime.ExitError", "Runtime exited with error: exit status 4"),
        ("kill", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
        ("segfault", "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"),
        ("set", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
        ("cycle", "Runtime.MarshalError", "Circular reference"),
        ("object", "Runtime.MarshalError", "Object of type object is not JSON serializable"),
        ("key", "Runtime.MarshalError", "keys must be str"),
        ("6.3 MB", "Function.ResponseSizeTooLarge", "(6291556 bytes)"),
        ("child stays", "Runtime.ExitError", "exit status 5"),
    ],
)
@POSIX
def test_what_goes_wrong_costs_one_invocation(either: Invoke, how: str, error: str, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(StateError) as failed:
        either("misbehave", {"how": how})
    assert time.monotonic() - began < 10
    assert failed.value.error == error
    told = json.loads(failed.value.cause or "")
    assert message in told["errorMessage"]
    assert told["errorType"] == error
    assert either("misbehave", {}) == "fine"


def test_a_result_that_is_too_big(invoke: Invoke) -> None:
    with pytest.raises(StateError) as failed:
        invoke("misbehave", {"how": "300 KB"})
    assert failed.value.error == "States.DataLimitExceeded"
    assert failed.value.cause == (
        "The state/task 'arn:aws:lambda:us-east-1:123456789012:function:misbehave' returned a result with a"
        " size exceeding the maximum number of bytes service limit."
    )


def test_the_cause_of_an_exception(invoke: Invoke) -> None:
    with pytest.raises(StateError) as failed:
        invoke("misbehave", {"how": "raise"})
    cause = failed.value.cause or ""
    told = json.loads(cause)
    assert list(told) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    (frame,) = told["stackTrace"]
    assert "handlers.py" in frame
    assert "in misbehave" in frame
    assert '"errorMessage": "no such order"' in cause


def test_through_the_service(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make()

    def invoke(**parameters: Any) -> Any:
        return lambdas.invoke(Call("arn:aws:states:::lambda:invoke", parameters, "T"))

    answer = invoke(FunctionName="echo", Payload={"a": 1})
    assert (answer["Payload"], answer["StatusCode"], answer["ExecutedVersion"]) == ({"a": 1}, 200, "$LATEST")
    assert invoke(FunctionName="echo", Payload=None)["Payload"] == {}
    assert invoke(FunctionName="echo")["Payload"] == {}
    assert invoke(FunctionName="echo", Payload="0")["Payload"] == 0
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"FunctionName": "nobody"}, "Lambda.ResourceNotFoundException"),
        ({"FunctionName": "echo", "Payload": "{"}, "Lambda.InvalidRequestContentException"),
        ({}, "States.Runtime"),
        ({"FunctionName": "misbehave", "Payload": {"how": "300 KB"}}, "States.DataLimitExceeded"),
    ]
    for parameters, error in wrong:
        with pytest.raises(StateError) as failed:
            invoke(**parameters)
        assert failed.value.error == error
    with pytest.raises(StateError) as failed:
        invoke(FunctionName="misbehave", Payload={"how": "raise"})
    assert '"errorMessage":"no such order"' in str(failed.value.cause)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "import nowhere",
            "Runtime.ImportModuleError",
            "Unable to import module 'f': No module named 'nowhere'",
        ),
        ("def f(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'f'"),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'f'"),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("import os; os._exit(2)", "Runtime.ExitError", "exit status 2"),
        ("handler = 7", "TypeError", "'int' object is not callable"),
    ],
)
def test_files_that_cannot_be_used(
    make: Callable[..., LambdaFunctions], text: str, error: str, message: str
) -> None:
    lambdas = make(**{"handlers/f.py": text})
    for _ in range(2):
        with pytest.raises(StateError) as failed:
            lambdas.invoke(Call("f", {}, "T"))
        assert failed.value.error == error
        assert message in str(failed.value.cause)


def test_what_is_printed_is_logged_line_by_line(invoke: Invoke, logged: list[tuple[str, str]]) -> None:
    with pytest.raises(StateError):
        invoke("misbehave", {"how": "raise"})
    lines = [line for function, line in logged if function == "misbehave"]
    assert lines[:2] == ["[ERROR] OrderError: no such order", "Traceback (most recent call last):"]
    assert any('raise OrderError("no such order")' in line for line in lines)


def test_endless_output_is_cut(invoke: Invoke, logged: list[tuple[str, str]]) -> None:
    with pytest.raises(StateError):
        invoke("misbehave", {"how": "endless output"})
    assert sum(len(line) for _, line in logged) < 2_000_000
    assert "the rest is left out" in logged[-1][1]


def test_functions_do_not_disturb_each_other(make: Callable[..., LambdaFunctions]) -> None:
    files = {
        "one/app.py": "import utils\ndef handler(event, context): return utils.name",
        "one/utils.py": "name = 'one'",
        "two/app.py": "import utils\ndef handler(event, context): return utils.name",
        "two/utils.py": "name = 'two'",
        "aslrun.toml": '[functions]\none = "one/app.py:handler"\ntwo = "two/app.py:handler"\n',
    }
    lambdas = make(**files)
    assert [lambdas.invoke(Call(name, {}, "T")) for name in ("one", "two", "one")] == ["one", "two", "one"]


def test_a_cancelled_call_ends_and_the_next_one_is_healthy(make: Callable[..., LambdaFunctions]) -> None:
    import threading

    lambdas = make()
    call = Call("misbehave", {"how": "sleep"}, "T")
    threading.Timer(0.3, call.cancel).start()
    began = time.monotonic()
    with pytest.raises(StateError):
        lambdas.invoke(call)
    assert time.monotonic() - began < 5
    assert lambdas.invoke(Call("misbehave", {}, "T")) == "fine"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process's memory")
@pytest.mark.parametrize("how", ["memory", "memory, then free"])
def test_memory_beyond_the_limit_ends_the_worker(make: Callable[..., LambdaFunctions], how: str) -> None:
    lambdas = make(
        **{"aslrun.toml": '[functions.misbehave]\nhandler = "handlers.py:misbehave"\nmemory = 128\n'}
    )
    with pytest.raises(StateError) as failed:
        lambdas.invoke(Call("misbehave", {"how": how}, "T"))
    assert failed.value.error == "Runtime.ExitError"
    assert "Runtime exited with error: signal: killed" in str(failed.value.cause)
    assert lambdas.invoke(Call("misbehave", {}, "T")) == "fine"


def test_a_cold_worker_for_each_invocation(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make()
    lambdas.workers.cold = True
    answers: list[Any] = [lambdas.invoke(Call("counting", {}, "T")) for _ in range(2)]
    (first, process), (second, other) = answers
    assert (first, second) == (1, 1)
    assert process != other


def test_the_lines_around_a_log(make: Callable[..., LambdaFunctions], logged: list[tuple[str, str]]) -> None:
    lambdas = make(**{"handlers/talk.py": "def handler(event, context): print('hello')"})
    lambdas.workers.reports = True
    for _ in range(2):
        lambdas.invoke(Call("talk:7", {}, "T"))
    lines = [line for _, line in logged]
    first, second = lines[:4], lines[4:]
    request = first[0].split()[2]
    assert first[:3] == [f"START RequestId: {request} Version: 7", "hello", f"END RequestId: {request}"]
    names = [field.split(":")[0] for field in first[3].split("\t")]
    assert names[:4] == ["REPORT RequestId", "Duration", "Billed Duration", "Memory Size"]
    assert names[-1] == "Init Duration"
    assert "Init Duration" not in second[3]


def test_layers_and_packages(make: Callable[..., LambdaFunctions], tmp_path: Path) -> None:
    toml = '[functions.f]\nhandler = "src/app.py:handler"\nlayers = ["layer"]\n'
    text = (
        "import shared, os\ndef handler(event, context): return [shared.name, os.environ['LAMBDA_TASK_ROOT']]"
    )
    layer = {"layer/python/shared.py": "name = 'a layer'"}
    lambdas = make(**{"aslrun.toml": toml, "src/app.py": text, **layer})
    assert lambdas.invoke(Call("f", {}, "T")) == ["a layer", str(tmp_path / "src")]


def test_a_handler_in_a_package_below_the_root(tmp_path: Path) -> None:
    package = tmp_path / "code" / "orders"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "tools.py").write_text("name = 'tools'")
    (package / "app.py").write_text("from .tools import name\ndef handler(event, context): return name")
    function = Function("f", package / "app.py", root=tmp_path / "code")
    lambdas = LambdaFunctions(Functions({}, declared=[function]))
    assert lambdas.invoke(Call("f", {}, "T")) == "tools"
    lambdas.close()


def test_versions_have_workers_of_their_own(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make()
    calls = ["counting", "counting:$LATEST", "counting:prod", "counting:5", "counting:5"]
    answers: list[Any] = [lambdas.invoke(Call(name, {}, "T")) for name in calls]
    assert [count for count, _ in answers] == [1, 2, 3, 1, 2]
    parameters: Any = {"FunctionName": "counting", "Qualifier": "5"}
    answer: Any = lambdas.invoke(Call("arn:aws:states:::lambda:invoke", parameters, "T"))
    assert (answer["ExecutedVersion"], answer["Payload"][0]) == ("5", 3)


def test_reserved_concurrency(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make(**{"aslrun.toml": '[functions.echo]\nhandler = "handlers.py:echo"\nconcurrency = 0\n'})
    with pytest.raises(StateError) as failed:
        lambdas.invoke(Call("echo", {}, "T"))
    assert failed.value.error == "Lambda.TooManyRequestsException"
    assert str(failed.value.cause).startswith(
        "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException;"
    )


def test_without_quotas_a_result_may_be_big(make: Callable[..., LambdaFunctions]) -> None:
    lambdas = make()
    lambdas.quota = False
    assert len(str(lambdas.invoke(Call("misbehave", {"how": "6.3 MB"}, "T")))) == 6_300_000


class SlowAws(ThisProcess):
    """One that takes 1,000 seconds to tell the value of a reference, by the clock that is looked at."""

    def __init__(self, clock: dict[str, float]) -> None:
        self.clock = clock

    def resolved(self, text: str) -> str:
        self.clock["later"] = 1_000.0
        return text


def test_what_is_looked_up_for_a_function_is_no_part_of_its_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, real = {"later": 0.0}, time.monotonic
    monkeypatch.setattr("aslrun.functions.worker.time.monotonic", lambda: real() + clock["later"])
    (tmp_path / "handlers.py").write_text(HANDLERS)
    function = Function("echo", tmp_path / "handlers.py", "echo", environment={"A": "{{resolve:ssm:a}}"})
    workers, noted = Workers(surroundings=SlowAws(clock)), list[Invocation]()
    context = context_of(function, parse_reference("echo"))
    result = run(workers.invoke(function, 1, context, lambda stop: None, print, noted.append))
    workers.close()
    assert result == "1"
    assert clock["later"]
    assert 0 < (noted[0].init or 0) < 500
