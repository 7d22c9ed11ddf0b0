"""Functions in JavaScript: handlers of all kinds, and how their errors look."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions import runtime
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.table import Functions

node_only = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on the PATH")

MODULE = """
import { execSync } from "node:child_process";
let count = 0;
class OrderError extends Error { constructor(m) { super(m); this.name = "OrderError"; } }
export const counting = async () => [++count, process.pid];
export const about = async (event, context) => ({
  name: context.functionName, version: context.functionVersion, arn: context.invokedFunctionArn,
  memory: context.memoryLimitInMB, stage: process.env.STAGE, cwd: process.cwd(),
  runtime: process.env.AWS_EXECUTION_ENV,
  left: context.getRemainingTimeInMillis() > 1000, request: context.awsRequestId.length,
});
export const nested = { deep: { handler: async () => "deep" } };
export const callback = (event, context, callback) => {
  setTimeout(() => callback(event.error ? new OrderError("late") : null, "called back"), 5);
};
export const impatient = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setInterval(() => {}, 1000);
  callback(null, "at once");
};
export const misbehave = async (event) => {
  switch (event.how) {
    case "echo": return event.value;
    case "undefined": return undefined;
    case "raise": throw new OrderError("no such order");
    case "raise text": throw "just text";
    case "cycle": { const cycle = {}; cycle.cycle = cycle; return cycle; }
    case "bigint": return 1n;
    case "nan": return [NaN];
    case "never settled": return new Promise(() => {});
    case "endless loop": for (;;) ;
    case "exit 3": process.exit(3);
    case "uncaught":
      setTimeout(() => { throw new OrderError("nobody caught it"); });
      return new Promise(() => {});
    case "unhandled":
      Promise.reject(new OrderError("dropped"));
      return new Promise(() => setTimeout(() => {}, 500));
    case "kill": process.kill(process.pid, "SIGKILL");
    case "print":
      console.log("to stdout"); console.error("to stderr"); process.stdout.write("no newline");
      return 1;
    case "child prints": execSync("echo from a child; printf unended", {stdio: "inherit"}); return "fine";
    case "10 MB": return "x".repeat(10_000_000);
  }
  return "fine";
};
export const notAFunction = 7;
export const silent = () => "returned, but neither a promise nor a callback";
"""
TOML = """
[functions]
counting = "h.mjs:counting"
callback = "h.mjs:callback"
impatient = "h.mjs:impatient"
nested = "h.mjs:nested.deep.handler"
silent = "h.mjs:silent"
notAFunction = "h.mjs:notAFunction"
nowhere = "h.mjs:nowhere"

[functions.about]
handler = "h.mjs:about"
memory = 512
environment = { STAGE = "test" }

[functions.misbehave]
handler = "h.mjs:misbehave"
timeout = 1
"""


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def invoke(tmp_path: Path, logged: list[str]) -> Iterator[Callable[..., Any]]:
    (tmp_path / "h.mjs").write_text(MODULE, encoding="utf-8")
    (tmp_path / "aslrun.toml").write_text(TOML, encoding="utf-8")
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path), show=lambda name, line: logged.append(line))
    yield lambda function, event=None: lambdas.invoke(Call(function, event or {}, "T"))
    lambdas.close()


def failing(invoke: Callable[..., Any], function: str, event: Any = None) -> tuple[str, dict[str, Any]]:
    with pytest.raises(StateError) as failed:
        invoke(function, event)
    return failed.value.error or "", json.loads(failed.value.cause or "")


@node_only
def test_the_process_is_warm_and_its_module_is_imported_once(invoke: Callable[..., Any]) -> None:
    (first, process), (second, same) = invoke("counting"), invoke("counting")
    assert (first, second, process) == (1, 2, same)


@node_only
def test_the_context_and_the_environment(invoke: Callable[..., Any], tmp_path: Path) -> None:
    assert invoke("arn:aws:lambda:us-east-1:123:function:about:5") == {
        "name": "about",
        "version": "5",
        "arn": "arn:aws:lambda:us-east-1:123:function:about:5",
        "memory": "512",
        "stage": "test",
        "cwd": str(tmp_path.resolve()),
        "runtime": "AWS_Lambda_nodejs",
        "left": True,
        "request": 36,
    }


@node_only
@pytest.mark.parametrize(
    ("function", "event", "result"),
    [
        ("callback", {}, "called back"),
        ("impatient", {}, "at once"),
        ("nested", {}, "deep"),
        ("silent", {}, None),
        ("misbehave", {"how": "echo", "value": {"é😀": [1.5, None, "x" * 200_000]}}, None),
        ("misbehave", {"how": "undefined"}, None),
        ("misbehave", {"how": "nan"}, [None]),
        ("misbehave", {"how": "child prints"}, "fine"),
    ],
)
def test_results(invoke: Callable[..., Any], function: str, event: Any, result: Any) -> None:
    for _ in range(2):
        assert invoke(function, event) == event.get("value", result)


@node_only
@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("raise", "OrderError", "no such order"),
        ("raise text", "string", "just text"),
        ("cycle", "Error", "Unable to stringify response body"),
        ("bigint", "Error", "Unable to stringify response body"),
        ("never settled", "Runtime.NodeJsExit", "a Promise that was never settled"),
        ("endless loop", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("uncaught", "OrderError", "nobody caught it"),
        ("unhandled", "Runtime.UnhandledPromiseRejection", "OrderError: dropped"),
        ("kill", "Runtime.ExitError", "signal: killed"),
        ("10 MB", "Function.ResponseSizeTooLarge", "(6291556 bytes)"),
    ],
)
def test_what_goes_wrong_costs_one_invocation(
    invoke: Callable[..., Any], how: str, error: str, message: str
) -> None:
    name, told = failing(invoke, "misbehave", {"how": how})
    assert (name, told["errorType"]) == (error, error)
    assert message in told["errorMessage"]
    assert invoke("misbehave", {"how": "fine"}) == "fine"


@node_only
def test_an_error_is_told_as_the_runtime_tells_it(invoke: Callable[..., Any], logged: list[str]) -> None:
    _, told = failing(invoke, "misbehave", {"how": "raise"})
    assert list(told) == ["errorType", "errorMessage", "trace"]
    assert told["trace"][0] == "OrderError: no such order"
    assert all("h.mjs" in line for line in told["trace"][1:])
    assert any(line.startswith("ERROR\tInvoke Error\t") and "no such order" in line for line in logged)
    assert failing(invoke, "callback", {"error": True})[0] == "OrderError"


@node_only
def test_what_is_printed_is_logged(invoke: Callable[..., Any], logged: list[str]) -> None:
    assert invoke("misbehave", {"how": "print"}) == 1
    assert logged == ["to stdout", "to stderr", "no newline"]
    logged.clear()
    assert invoke("misbehave", {"how": "child prints"}) == "fine"
    assert sorted(logged) == ["from a child", "unended"]


@node_only
@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        ("notAFunction", "Runtime.HandlerNotFound", "h.notAFunction is not a function"),
        ("nowhere", "Runtime.HandlerNotFound", "h.nowhere is undefined or not exported"),
    ],
)
def test_handlers_that_are_none(invoke: Callable[..., Any], function: str, error: str, message: str) -> None:
    name, told = failing(invoke, function)
    assert (name, told["errorMessage"]) == (error, message)


@node_only
@pytest.mark.parametrize(
    ("name", "text", "result"),
    [
        ("f.js", "exports.handler = async () => require('./utils').name", "one"),
        ("f.cjs", "exports.handler = async () => require('./utils').name", "one"),
        ("f.js", "module.exports.handler = async () => require('shared')", {"from": "a layer"}),
        ("f.mjs", "export const handler = async () => 1", 1),
        ("f.js", "exports.handler = (", "Runtime.UserCodeSyntaxError"),
        ("f.mjs", "export const handler = (", "Runtime.UserCodeSyntaxError"),
        ("f.js", "require('./nowhere')", "Runtime.ImportModuleError"),
        ("f.mjs", "import 'nowhere'", "Runtime.ImportModuleError"),
        ("f.js", "throw new TypeError('at import')", "TypeError"),
    ],
)
def test_kinds_of_files(tmp_path: Path, name: str, text: str, result: Any) -> None:
    shared = tmp_path / "layer" / "nodejs" / "node_modules" / "shared"
    shared.mkdir(parents=True)
    (shared / "index.js").write_text("module.exports = {from: 'a layer'}", encoding="utf-8")
    (tmp_path / "utils.js").write_text("exports.name = 'one'", encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    toml = f'[functions.f]\nhandler = "{name}:handler"\nlayers = ["layer"]\n'
    (tmp_path / "aslrun.toml").write_text(toml, encoding="utf-8")
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path), show=lambda name, line: None)
    try:
        answered = lambdas.invoke(Call("f", {}, "T"))
    except StateError as failed:
        answered = failed.error
    lambdas.close()
    assert answered == result


@node_only
def test_a_package_of_modules(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "handlers").mkdir()
    text = "export const handler = async () => import.meta.url.length > 0"
    (tmp_path / "handlers" / "my-f.js").write_text(text, encoding="utf-8")
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path))
    assert lambdas.invoke(Call("my-f", {}, "T")) is True
    lambdas.close()


def test_where_there_is_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f.mjs").write_text("export const handler = 1", encoding="utf-8")
    monkeypatch.setattr(runtime, "find_node", lambda: None)
    function = Functions({}, [f"f={tmp_path / 'f.mjs'}:handler"]).find("f")
    with pytest.raises(UsageError, match=r"no node on the PATH: install Node\.js, or mock the function"):
        runtime.check(function)
