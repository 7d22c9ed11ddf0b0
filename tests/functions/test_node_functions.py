"""Functions in JavaScript: handlers of all kinds, and how their errors look."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions import runtime
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.table import Functions

node_only = pytest.mark.node

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
    case "null": throw null;
    case "symbol": throw Symbol("why");
    case "no prototype": throw Object.create(null);
    case "no message": throw new Error();
    case "no name": { const error = new Error("bad"); error.name = undefined; throw error; }
    case "no stack": { const error = new Error("bad"); error.stack = undefined; throw error; }
    case "DOMException": throw new DOMException("too slow", "TimeoutError");
    case "no JSON": return () => 1;
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
export const both = async (event, context, callback) => { callback(null, "called back"); return "returned"; };
export const plain = (event) => ({ plain: event.a });
export const contextMethods = (event, context) =>
  ["succeed", "fail", "done"].map((name) => typeof context[name]);
export const succeeding = (event, context) => { context.succeed("succeeded"); };
export const streaming = awslambda.streamifyResponse(async (event, out) => {
  if (event.metadata) out = awslambda.HttpResponseStream.from(out, { statusCode: 201 });
  if (event.fails) throw new OrderError("no stream");
  out.write("one\\n");
  out.write({ two: 2 });
  out.end();
});
export const silent = () => "returned, but neither a promise nor a callback";
"""
NAMES = (
    *(
        "counting",
        "callback",
        "impatient",
        "nested.deep.handler",
        "silent",
        "both",
        "plain",
        "contextMethods",
    ),
    *("succeeding", "streaming", "notAFunction", "nowhere"),
)
TOML = """
[functions.about]
handler = "h.mjs:about"
memory = 512
environment = { STAGE = "test" }
"""


def toml() -> str:
    """Return the functions: each handler by its name, and by NAME-22 with the runtime before."""
    lines = [TOML]
    for named, suffix in (("nodejs24.x", ""), ("nodejs22.x", "-22")):
        for name in NAMES:
            lines.append(f"[functions.{name.split('.')[0]}{suffix}]")
            lines.append(f'handler = "h.mjs:{name}"\nruntime = "{named}"')
        lines.append(f'[functions.misbehave{suffix}]\nhandler = "h.mjs:misbehave"\ntimeout = 1')
        lines.append(f'runtime = "{named}"')
    return "\n".join(lines)


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def invoke(tmp_path: Path, logged: list[str]) -> Iterator[Callable[..., Any]]:
    (tmp_path / "h.mjs").write_text(MODULE, encoding="utf-8")
    (tmp_path / "aslrun.toml").write_text(toml(), encoding="utf-8")
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
        "runtime": "AWS_Lambda_nodejs24.x",
        "left": True,
        "request": 36,
    }


@node_only
@pytest.mark.parametrize(
    ("function", "event", "result"),
    [
        ("callback-22", {}, "called back"),
        ("impatient-22", {}, "at once"),
        ("nested", {}, "deep"),
        ("nested-22", {}, "deep"),
        ("silent-22", {}, None),
        ("both-22", {}, "called back"),
        ("succeeding-22", {}, "succeeded"),
        ("plain-22", {"a": 1}, None),
        ("plain", {"a": 1}, {"plain": 1}),
        ("contextMethods", {}, ["undefined"] * 3),
        ("streaming", {}, 'one\n{"two":2}'),
        ("streaming-22", {"metadata": True}, '{"statusCode":201}' + "\0" * 8 + 'one\n{"two":2}'),
        ("misbehave-22", {"how": "never settled"}, None),
        ("misbehave", {"how": "echo", "value": {"é😀": [1.5, None, "x" * 200_000]}}, None),
        ("misbehave", {"how": "undefined"}, None),
        ("misbehave", {"how": "nan"}, [None]),
        ("misbehave", {"how": "child prints"}, "fine"),
    ],
)
def test_results(invoke: Callable[..., Any], function: str, event: Any, result: Any) -> None:
    for _ in range(2):
        assert invoke(function, event) == event.get("value", result)


UNREADABLE = "there was a problem while retrieving one or more of its message, name, and stack"


@node_only
@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("raise", "OrderError", "no such order"),
        ("raise text", "string", "just text"),
        ("DOMException", "TimeoutError", "too slow"),
        ("no message", "Error", ""),
        ("no name", "Error", "bad"),
        ("cycle", ("Error", "Runtime.JSONStringifyError"), "Unable to stringify response body"),
        ("bigint", ("Error", "Runtime.JSONStringifyError"), "Unable to stringify response body"),
        ("no JSON", "TypeError", "Wrong arguments"),
        ("null", ("string", "object"), ("handled", "null")),
        ("symbol", ("TypeError", "symbol"), ("Cannot convert a Symbol value to a string", "Symbol(why)")),
        ("no prototype", ("TypeError", "Runtime.ExitError"), ("to primitive value", "exit status 1")),
        ("no stack", ("handled", "Error"), (UNREADABLE, "bad")),
        ("endless loop", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("uncaught", ("OrderError", "Runtime.ExitError"), ("nobody caught it", "exit status 1")),
        (
            "unhandled",
            ("Runtime.UnhandledPromiseRejection", "Runtime.ExitError"),
            ("OrderError: dropped", "exit status 1"),
        ),
        ("kill", "Runtime.ExitError", "signal: killed"),
        ("10 MB", "Function.ResponseSizeTooLarge", "(6291556 bytes)"),
    ],
)
@pytest.mark.parametrize("runtime", [0, 1], ids=["22", "24"])
def test_what_goes_wrong_costs_one_invocation(
    invoke: Callable[..., Any],
    how: str,
    error: str | tuple[str, str],
    message: str | tuple[str, str],
    runtime: int,
) -> None:
    """Where two are told, they are of nodejs22.x and nodejs24.x."""
    function = ("misbehave-22", "misbehave")[runtime]
    name, told = failing(invoke, function, {"how": how})
    assert name == told["errorType"] == (error if isinstance(error, str) else error[runtime])
    assert (message if isinstance(message, str) else message[runtime]) in told["errorMessage"]
    assert invoke(function, {"how": "fine"}) == "fine"


@node_only
def test_a_promise_that_never_settles_ends_the_process_from_24_on(invoke: Callable[..., Any]) -> None:
    name, told = failing(invoke, "misbehave", {"how": "never settled"})
    assert name == "Runtime.ExitError"
    assert told["errorMessage"].endswith("Runtime exited without providing a reason")


@node_only
@pytest.mark.parametrize("function", ["callback", "both"])
def test_callbacks_are_refused_from_24_on(invoke: Callable[..., Any], function: str) -> None:
    name, told = failing(invoke, function)
    assert name == "Runtime.CallbackHandlerDeprecated"
    assert "has removed support for callback-based function handlers" in told["errorMessage"]


@node_only
@pytest.mark.parametrize("function", ["streaming", "streaming-22"])
def test_a_stream_that_fails_is_an_error(invoke: Callable[..., Any], function: str) -> None:
    name, told = failing(invoke, function, {"fails": True})
    assert (name, told["errorMessage"]) == ("OrderError", "no stream")


@node_only
def test_an_error_is_told_as_the_runtime_tells_it(invoke: Callable[..., Any], logged: list[str]) -> None:
    _, told = failing(invoke, "misbehave", {"how": "raise"})
    assert list(told) == ["errorType", "errorMessage", "trace"]
    assert told["trace"][0] == "OrderError: no such order"
    assert all("h.mjs" in line for line in told["trace"][1:])
    assert any("\tERROR\tInvoke Error \t" in line and "no such order" in line for line in logged)
    assert failing(invoke, "callback-22", {"error": True})[0] == "OrderError"


@node_only
def test_a_cause_is_the_compact_text_that_the_runtime_answers(invoke: Callable[..., Any]) -> None:
    with pytest.raises(StateError) as failed:
        invoke("arn:aws:lambda:us-east-1:123:function:misbehave", {"how": "raise text"})
    assert failed.value.cause == '{"errorType":"string","errorMessage":"just text","trace":[]}'


@node_only
def test_what_is_printed_is_logged(invoke: Callable[..., Any], logged: list[str]) -> None:
    assert invoke("misbehave", {"how": "print"}) == 1
    assert [line.split("\t")[-2:] for line in logged] == [
        ["INFO", "to stdout"],
        ["ERROR", "to stderr"],
        ["no newline"],
    ]
    logged.clear()
    assert invoke("misbehave", {"how": "child prints"}) == "fine"
    assert logged == ["from a child", "unended"]


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
        ("f.mjs", "import 'nowhere'", "Error"),
        ("f.mjs", "export default { handler: async () => 'default' }", "default"),
        ("f.js", "exports.handler = async () => require('utils').name", "one"),
        ("f.js", "export const handler = async () => 'a module'", "a module"),
        ("f.js", "exports.handler = async () => require('./one.mjs').one", 1),
        ("f.js", "throw new TypeError('at import')", "TypeError"),
    ],
)
def test_kinds_of_files(tmp_path: Path, name: str, text: str, result: Any) -> None:
    shared = tmp_path / "layer" / "nodejs" / "node_modules" / "shared"
    shared.mkdir(parents=True)
    (shared / "index.js").write_text("module.exports = {from: 'a layer'}", encoding="utf-8")
    (tmp_path / "utils.js").write_text("exports.name = 'one'", encoding="utf-8")
    (tmp_path / "one.mjs").write_text("export const one = 1", encoding="utf-8")
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
