"""Node.js functions: what the runtime decides about files, what invocations leave behind, and logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions.function import Function
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.runtime import node_major
from aslrun.functions.table import Functions

RUNTIMES = ["nodejs22.x", "nodejs24.x"]


class Run:
    """Runs handlers of files in a folder; `logs` has the lines of each invocation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: list[list[str]] = []
        self._lambdas: list[LambdaFunctions] = []

    def write(self, **files: str) -> None:
        for name, text in files.items():
            file = self.folder / name.replace("__", "/").replace("_", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def function(self, file: str, runtime: str, **more: Any) -> Callable[[Any], Any]:
        """Return what invokes the handler of a file: a result, or (error, message)."""
        function = Function(
            "f", self.folder / file, runtime=runtime, **{"root": self.folder, "timeout": 20, **more}
        )
        lambdas = LambdaFunctions(Functions({}, declared=[function]), show=lambda name, line: None)
        self._lambdas.append(lambdas)

        def invoke(event: Any) -> Any:
            call = Call("f", event, "T")
            self.logs.append(call.log)
            try:
                return lambdas.invoke(call)
            except StateError as failed:
                return failed.error, json.loads(failed.cause or "")["errorMessage"]

        return invoke

    def close(self) -> None:
        for one in self._lambdas:
            one.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.close()


def messages(log: list[str]) -> list[str]:
    """Return what was printed, without time and request id."""
    return [line.split("\t", 2)[-1] for line in log]


# ---------------------------------------------------------------- what the runtime decides


@pytest.mark.node
@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("export const handler = async () => 1", "SyntaxError: Unexpected token 'export'"),
        ("exports.handler = async () => require('./one.mjs').one", "require() of ES Module"),
    ],
)
def test_modules_in_a_plain_js_file(run: Run, text: str, before: str) -> None:
    run.write(index_js=text, one_mjs="export const one = 1")
    assert run.function("index.js", "nodejs24.x")({}) == 1
    assert before in run.function("index.js", "nodejs22.x")({})[1]
    options = "--experimental-require-module --experimental-detect-module"
    assert run.function("index.js", "nodejs22.x", environment={"NODE_OPTIONS": options})({}) == 1


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("kind", ["module", "commonjs"])
def test_a_package_above_the_deployed_folder_is_not_looked_at(run: Run, runtime: str, kind: str) -> None:
    run.write(
        package_json=json.dumps({"type": kind}),
        src__index_js="const one = require('./one'); exports.handler = async () => one.one",
        src__one_js="exports.one = 1",
    )
    assert run.function("src/index.js", runtime, root=run.folder / "src")({}) == 1


@pytest.mark.node
def test_a_module_below_a_package_above_the_deployed_folder(run: Run) -> None:
    run.write(package_json='{"type": "module"}', src__index_js="export const handler = async () => 1")
    assert run.function("src/index.js", "nodejs24.x", root=run.folder / "src")({}) == 1
    assert (
        run.function("src/index.js", "nodejs22.x", root=run.folder / "src")({})[0]
        == "Runtime.UserCodeSyntaxError"
    )


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_default_export(run: Run, runtime: str) -> None:
    run.write(index_mjs="export default { handler: async () => 1 }")
    refused = ("Runtime.HandlerNotFound", "index.handler is undefined or not exported")
    assert run.function("index.mjs", runtime)({}) == (1 if runtime == "nodejs24.x" else refused)


@pytest.mark.parametrize(
    ("runtime", "major"),
    [(None, 24), ("nodejs20.x", 20), ("nodejs24.x", 24), ("nodejs26.x", 26), ("nodejs", 0)],
)
def test_the_major_version_of_a_runtime(runtime: str | None, major: int) -> None:
    assert node_major(Function("f", Path("f.mjs"), runtime=runtime)) == major


def test_a_runtime_in_aslrun_toml_is_one_of_lambdas(tmp_path: Path) -> None:
    (tmp_path / "f.mjs").touch()
    toml = '[functions.f]\nhandler = "f.mjs:handler"\nruntime = "node22"\n'
    (tmp_path / "aslrun.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(UsageError, match=r'runtime must be like "nodejs22\.x"'):
        Functions({}, folder=tmp_path)


# ---------------------------------------------------------------- what an invocation leaves behind


LEFTOVERS = """
const turn = () => new Promise((go) => setImmediate(go));
// What is left behind begins when the next invocation opens the gate.
let open;
const later = (action) => { new Promise((go) => { open = go; }).then(() => setImmediate(action)); };
export const handler = async ({ leave }) => {
  if (!leave) open();
  for (let i = 0; i < 5; i++) await turn();
  if (leave === "rejection") later(() => Promise.reject(new Error("left behind")));
  if (leave === "error") later(() => { throw new Error("left behind"); });
  if (leave === "exit") later(() => process.exit(3));
  if (leave === "floating") later(async () => { await turn(); await null.x; });
  if (leave === "print") later(() => { console.log("left behind"); process.stdout.write("and this"); });
  console.log(leave ?? "next");
  return leave ?? "next";
};
"""


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("leave", ["rejection", "error", "exit", "floating", "print"])
def test_what_is_left_behind_costs_no_other_invocation(run: Run, runtime: str, leave: str) -> None:
    run.write(index_mjs=LEFTOVERS)
    invoke = run.function("index.mjs", runtime)
    assert invoke({"leave": leave}) == leave
    assert [invoke({}), invoke({})] == ["next", "next"]
    first, second, third = map(messages, run.logs)
    assert second == third == ["INFO\tnext"]
    assert first[0] == f"INFO\t{leave}"
    if leave == "print":
        assert first[1:] == ["INFO\tleft behind", "and this"]
    else:
        assert any("of an invocation that had ended" in line for line in first[1:])


CONNECTION = """
import net from "node:net";
const server = net.createServer((socket) => socket.pipe(socket));
const port = await new Promise((go) => server.listen(0, "127.0.0.1", () => go(server.address().port)));
server.unref();
let connection;
export const handler = async ({ text }) => {
  connection ??= net.connect(port, "127.0.0.1");
  return await new Promise((done) => {
    connection.once("data", (data) => {
      console.log(`got ${data}`);
      if (text === "bad") null.x;
      done(`${data}`);
    });
    connection.write(text);
  });
};
"""


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_connection_that_an_earlier_invocation_opened_is_of_the_one_that_uses_it(
    run: Run, runtime: str
) -> None:
    run.write(index_mjs=CONNECTION)
    invoke = run.function("index.mjs", runtime)
    assert [invoke({"text": "one"}), invoke({"text": "two"})] == ["one", "two"]
    assert list(map(messages, run.logs)) == [["INFO\tgot one"], ["INFO\tgot two"]]
    assert invoke({"text": "bad"})[0] == ("TypeError" if runtime == "nodejs22.x" else "Runtime.ExitError")


# ---------------------------------------------------------------- logs


PRINTING = """
import { execSync } from "node:child_process";
export const handler = async ({ how }, context) => {
  switch (how) {
    case "much": for (let i = 0; i < 10_000; i++) console.log("line " + i); break;
    case "long": process.stdout.write("x".repeat(300_000) + "\\n"); break;
    case "exit": console.log("last words"); process.exit(1);
    case "throw": console.log("before"); throw new Error("bad");
    case "raw":
      process.stdout.write("a"); process.stderr.write(Buffer.from("b"));
      process.stdout.write("YwA=", "base64");
      break;
    case "kinds":
      console.debug("d"); console.info("i %d", 1); console.warn("w", { a: 1 });
      console.error("e\\nf"); console.trace("t");
      console.group("g"); console.log("in"); console.groupEnd();
      console.assert(false, "no"); console.dir({ b: 2 });
      break;
    case "pipe":
      await new Promise((done) => process.stdout.write("written\\n", done));
      console.log(typeof process.stdout.isTTY, process.stdout.writable);
  }
  return context.awsRequestId;
};
"""


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    ("how", "lines"),
    [
        ("much", [f"INFO\tline {number}" for number in range(10_000)]),
        ("long", ["x" * 300_000]),
        ("exit", ["INFO\tlast words"]),
        ("throw", ["INFO\tbefore"]),
        ("raw", ["abc\0"]),
        (
            "kinds",
            "DEBUG\td|INFO\ti 1|WARN\tw { a: 1 }|ERROR\te|f|TRACE\tt|INFO\tg|INFO\tin"
            "|WARN\tAssertion failed: no|{ b: 2 }",
        ),
        ("pipe", ["written", "INFO\tundefined true"]),
    ],
)
def test_logs_are_complete(run: Run, runtime: str, how: str, lines: list[str] | str) -> None:
    run.write(index_mjs=PRINTING)
    invoke = run.function("index.mjs", runtime)
    wanted = lines.split("|") if isinstance(lines, str) else lines
    for _ in range(2):
        result = invoke({"how": how})
        log = [line for line in messages(run.logs[-1]) if line.startswith("INFO") or "Error" not in line]
        assert log[: len(wanted)] == wanted
        if isinstance(result, str) and how != "raw" and how != "long":
            assert any(result in line for line in run.logs[-1])


@pytest.mark.node
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_logs_as_json(run: Run, runtime: str) -> None:
    run.write(
        index_mjs="export const handler = async () => {"
        " console.debug('no'); console.info({ a: 1 }); console.warn('b', 2, new RangeError('far'));"
        " throw new Error('bad'); }"
    )
    environment = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    run.function("index.mjs", runtime, environment=environment)({})
    first, second, third = map(json.loads, run.logs[-1])
    assert (first["level"], first["message"]) == ("INFO", {"a": 1})
    assert (second["level"], second["errorType"], second["errorMessage"]) == ("WARN", "RangeError", "far")
    assert (third["level"], third["message"]["errorType"]) == ("ERROR", "Error")
    assert first["requestId"] == second["requestId"] == third["requestId"]


# ---------------------------------------------------------------- what to do about it


@pytest.mark.node
@pytest.mark.parametrize(
    ("package", "text", "advice"),
    [
        (
            {"dependencies": {"axios": "1"}},
            "import 'axios/lib'",
            "'axios' is in {package}, but not installed: run `npm install` in {folder}",
        ),
        ({}, "import 'axios'", "'axios' is not installed: run `npm install axios` in {folder}"),
        (None, "import '@me/tool/x.js'", "'@me/tool' is not installed: run `npm install @me/tool` in {code}"),
        (
            {},
            "import '@aws-sdk/client-s3'",
            "'@aws-sdk/client-s3' is part of Lambda's Node.js runtimes, but not of this machine:"
            " run `npm install --save-dev @aws-sdk/client-s3` in {folder}",
        ),
        ({}, "import 'aws-sdk'", "'aws-sdk' is in none of Lambda's runtimes since nodejs18.x"),
    ],
)
def test_a_missing_package_is_told_with_what_to_do(run: Run, package: Any, text: str, advice: str) -> None:
    run.write(code__index_mjs=text)
    if package is not None:
        run.write(package_json=json.dumps(package))
    run.function("code/index.mjs", "nodejs22.x", root=run.folder / "code")({})
    places = {"folder": run.folder, "package": run.folder / "package.json", "code": run.folder / "code"}
    assert f"aslrun: {advice.format(**places)}" in run.logs[-1][-1]


@pytest.mark.node
def test_what_is_newer_than_this_machines_node_is_told(run: Run) -> None:
    run.write(index_mjs="export const handler = async () => nowhere()")
    run.function("index.mjs", "nodejs99.x")({})
    assert "and the function's runtime has 99: what is newer than" in run.logs[-1][-1]
