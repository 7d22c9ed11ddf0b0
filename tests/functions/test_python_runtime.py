"""Python handlers as Lambda's own client (awslambdaric 4.2.2) runs them."""

from __future__ import annotations

import collections
import datetime
import decimal
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions.function import Function
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.programs.python.encoding import escapes_all, make_encoder, to_bytes
from aslrun.functions.table import Functions

Point = collections.namedtuple("Point", "x y")


class Row:
    def _asdict(self) -> dict[str, Any]:
        return {"id": decimal.Decimal("7.0")}


class Text(str):
    pass


# ---------------------------------------------------------------- JSON

ENCODED: list[tuple[Any, str]] = [
    (
        {"n": decimal.Decimal("5"), "id": decimal.Decimal("12345678901234567890")},
        '{"n": 5, "id": 12345678901234567890}',
    ),
    ([decimal.Decimal("1.50"), decimal.Decimal("1E+3")], "[1.50, 1E+3]"),
    (
        [decimal.Decimal("NaN"), decimal.Decimal("-NaN"), decimal.Decimal("-Infinity")],
        "[NaN, NaN, -Infinity]",
    ),
    (Point(1, [Point(2, 3)]), '{"x": 1, "y": [{"x": 2, "y": 3}]}'),
    ([Row()], '[{"id": 7.0}]'),
    ({"a": b"text", b"key": ["é".encode()]}, '{"a": "text", "key": ["é"]}'),
    (
        {1: "a", 1.5: "b", None: "d", False: "e", float("inf"): 0},
        '{"1": "a", "1.5": "b", "null": "d", "false": "e", "Infinity": 0}',
    ),
    (
        [float("nan"), 1e22, 2**70, True, None, (), {}],
        "[NaN, 1e+22, 1180591620717411303424, true, null, [], {}]",
    ),
    ([Text("t"), collections.OrderedDict(b=1), decimal.Decimal(1)], '["t", {"b": 1}, 1]'),
    ("é\u2028\x07", '"é\u2028\\u0007"'),
]


@pytest.mark.parametrize(("value", "text"), ENCODED)
def test_json_by_simplejson_s_rules(value: Any, text: str) -> None:
    assert make_encoder(escaped=False)(value) == text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({1, 2}, "Object of type set is not JSON serializable"),
        ([decimal.Decimal(1), object()], "Object of type object is not JSON serializable"),
        (datetime.date(2026, 1, 2), "Object of type date is not JSON serializable"),
        ({(1, 2): 3}, "keys must be str, int, float, bool or None, not tuple"),
        (bytearray(b"x"), "Object of type bytearray is not JSON serializable"),
        ({"a": b"\xff"}, "'utf-8' codec can't decode byte 0xff in position 0"),
    ],
)
def test_what_has_no_json(value: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        make_encoder(escaped=False)(value)


def test_circles_have_none_either() -> None:
    circle: list[Any] = [decimal.Decimal(1)]
    circle.append({"again": circle})
    with pytest.raises(ValueError, match="Circular reference detected"):
        make_encoder(escaped=True)(circle)


@pytest.mark.parametrize(
    ("environment", "escaped"),
    [("AWS_Lambda_python3.11", True), ("AWS_Lambda_python3.12", False), ("AWS_Lambda_python3.14", False)],
)
def test_from_3_12_on_text_is_not_escaped(environment: str, escaped: bool) -> None:
    assert escapes_all(environment) is escaped
    assert make_encoder(escaped)("é") == ('"\\u00e9"' if escaped else '"é"')


def test_half_a_surrogate_pair_is_escaped() -> None:
    assert to_bytes(make_encoder(escaped=False)(["é\ud83d"])) == '["é\\ud83d"]'.encode()


@pytest.mark.parametrize("value", [decimal.Decimal("12345678901234567890"), [Point(1, 2)], {"a": b"text"}])
def test_callables_of_tests_are_encoded_likewise(value: Any) -> None:
    lambdas = LambdaFunctions(Functions({"f": lambda event: value}))
    assert lambdas.invoke(Call("f", {}, "T")) == json.loads(make_encoder(escaped=True)(value))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, "Error: Runtime exited without providing a reason"),
        (3, "Error: Runtime exited with error: exit status 3"),
        ("text", "Error: Runtime exited with error: exit status 1"),
    ],
)
def test_a_callable_that_ends_the_process(code: Any, message: str) -> None:
    def leave(event: Any) -> None:
        raise SystemExit(code)

    with pytest.raises(StateError) as failed:
        LambdaFunctions(Functions({"f": leave})).invoke(Call("f", {}, "T"))
    told = json.loads(failed.value.cause or "")
    assert failed.value.error == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: \S+ {re.escape(message)}", told["errorMessage"])


# ---------------------------------------------------------------- in a worker


class Shop:
    """Functions in files of an empty folder, and what they log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.made: list[LambdaFunctions] = []

    def invoke(
        self, source: str, event: Any = None, files: dict[str, str] | None = None, **options: Any
    ) -> Any:
        for name, text in {"app.py": source, **(files or {})}.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        options = {"file": self.folder / "app.py", **options}
        functions = Functions({}, declared=[Function("app", **options)])
        self.made.append(LambdaFunctions(functions, show=lambda name, line: self.lines.append(line)))
        return self.made[-1].invoke(Call("app", event, "T"))

    def fail(self, source: str, **options: Any) -> dict[str, Any]:
        with pytest.raises(StateError) as failed:
            self.invoke(source, **options)
        told: dict[str, Any] = json.loads(failed.value.cause or "")
        assert failed.value.error == told["errorType"]
        return told

    @property
    def logged(self) -> list[str]:
        """The lines without ids and times, with a space for one that does not break."""
        told = "\n".join(self.lines).replace("\u00a0", " ")
        told = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", told)
        told = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "MILLIS", told)
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "SECONDS", told).split("\n")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    for one in shop.made:
        one.close()


def test_loggers(shop: Shop) -> None:
    shop.invoke(
        "import logging\nlogging.basicConfig(level='DEBUG')\nlogging.getLogger().setLevel('INFO')\n"
        "def handler(event, context):\n"
        "    logging.info('x'); logging.debug('no'); logging.getLogger('a.b').warning('%s é', 1)\n"
        "    print('printed'); context.log('said')"
    )
    assert shop.logged == ["[INFO]\tMILLIS\tID\tx", "[WARNING]\tMILLIS\tID\t1 é", "printed", "said"]


def test_the_root_logger_has_its_handler_at_import(shop: Shop) -> None:
    shop.invoke(
        "import logging\n(one,) = logging.getLogger().handlers\n"
        "one.setFormatter(logging.Formatter('%(levelname)s|%(aws_request_id)s|%(message)s'))\n"
        "def handler(event, context): logging.error('e')"
    )
    assert shop.logged == ["ERROR|ID|e"]


JSON_LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "info"}


def test_logs_as_json(shop: Shop) -> None:
    shop.fail(
        "import logging\nlog = logging.getLogger('shop')\n"
        "def handler(event, context):\n"
        "    log.info('order %s', 7, extra={'order': {'n': 1}})\n    log.info({'a': 1})\n"
        "    log.debug('no')\n"
        "    try: 1 / 0\n    except ZeroDivisionError: log.exception('failed')\n    raise ValueError('bad')",
        environment=JSON_LOGS,
    )
    first, second, third, last = map(json.loads, shop.logged)
    assert list(first.items()) == [
        ("timestamp", "SECONDS"), ("level", "INFO"), ("message", "order 7"), ("logger", "shop"),
        ("requestId", "ID"), ("order", {"n": 1}),
    ]  # fmt: skip
    assert second["message"] == {"a": 1}
    assert (third["errorType"], third["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert third["location"].endswith("app.py:handler:8")
    assert list(last) == ["timestamp", "level", "errorMessage", "errorType", "requestId", "stackTrace"]
    assert (last["level"], last["errorType"]) == ("ERROR", "ValueError")


@pytest.mark.parametrize(
    ("environment", "logged"),
    [
        ({}, ["WARNING"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}, ["DEBUG", "INFO", "WARNING"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "ERROR"}, []),
        ({"AWS_LAMBDA_LOG_LEVEL": "LOUD"}, ["WARNING"]),
    ],
)
def test_the_level_of_a_log(shop: Shop, environment: dict[str, str], logged: list[str]) -> None:
    source = "import logging\ndef handler(e, c):\n    logging.debug(1); logging.info(1); logging.warning(1)"
    shop.invoke(source, environment=environment)
    assert [line.partition("]")[0][1:] for line in shop.lines] == logged


def test_the_context(shop: Shop) -> None:
    told = shop.invoke(
        "def handler(event, context):\n"
        "    return [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id,\n"
        "            context.client_context, context.tenant_id, context.w3c(), context.log('x'),\n"
        "            repr(context)]"
    )
    assert told[:6] == [None, None, None, None, {}, None]
    assert told[6].startswith("LambdaContext([aws_request_id=")
    assert shop.logged == ["x"]


def test_a_cause_to_the_letter(shop: Shop) -> None:
    told = shop.fail("def inner(e): return e['a'] + e['b']\ndef handler(e, c):\n    return inner({'a': 1})")
    request_id = told.pop("requestId")
    file = shop.folder / "app.py"
    assert re.fullmatch(r"[0-9a-f-]{36}", request_id)
    assert told == {
        "errorMessage": "'b'",
        "errorType": "KeyError",
        "stackTrace": [
            f"  File \"{file}\", line 3, in handler\n    return inner({{'a': 1}})\n",
            f"  File \"{file}\", line 1, in inner\n    def inner(e): return e['a'] + e['b']\n",
        ],
    }
    assert shop.logged == [
        "[ERROR] KeyError: 'b'", "Traceback (most recent call last):",
        f'  File "{file}", line 3, in handler', "    return inner({'a': 1})",
        f'  File "{file}", line 1, in inner', "    def inner(e): return e['a'] + e['b']",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "error", "message", "frames"),
    [
        (
            "import not_there",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'not_there'",
            0,
        ),
        ("def f(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': ", 1),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'", 0),
        (
            "def handler(e, c): return {1}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set",
            0,
        ),
    ],
)
def test_what_the_runtime_finds_is_logged(
    shop: Shop, source: str, error: str, message: str, frames: int
) -> None:
    told = shop.fail(source)
    assert list(told) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert told["errorType"] == error
    assert told["errorMessage"].startswith(message)
    assert len(told["stackTrace"]) == frames
    assert any(line.startswith(f"[ERROR] {error}: {message}") for line in shop.logged)


def test_the_frames_of_an_import_are_kept(shop: Shop) -> None:
    told = shop.fail("import second", files={"second.py": "1 / 0"})
    assert 'importlib/__init__.py", line' in told["stackTrace"][0].replace("\\", "/")
    assert any("<frozen importlib._bootstrap>" in frame for frame in told["stackTrace"])
    assert "second.py" in told["stackTrace"][-1]


def test_text_that_is_not_ascii_counts_by_the_version(shop: Shop) -> None:
    source = "def handler(event, context): return 'é' * 100_000"
    assert len(shop.invoke(source, runtime="python3.12")) == 100_000
    with pytest.raises(StateError, match="DataLimitExceeded"):
        shop.invoke(source, runtime="python3.11")


RELATIVE = "from .tools import name\ndef handler(event, context): return [name, __name__]"


@pytest.mark.parametrize(
    ("files", "place", "result"),
    [
        ({"pkg/__init__.py": "", "pkg/app.py": RELATIVE}, "pkg/app.py", "pkg.app"),
        (
            {
                "a/__init__.py": "",
                "a/b/__init__.py": "",
                "a/b/app.py": RELATIVE,
                "a/b/tools.py": "name = 'tools'",
            },
            "a/b/app.py",
            "a.b.app",
        ),
        ({"src/app.py": RELATIVE, "src/tools.py": "name = 'tools'"}, "src/app.py", "src.app"),
        (
            {
                "my-func/app.py": "import tools\ndef handler(e, c): return [tools.name, __name__]",
                "my-func/tools.py": "name = 'tools'",
            },
            "my-func/app.py",
            "app",
        ),
        ({"my.app.py": "def handler(e, c): return ['tools', __name__]"}, "my.app.py", "my.app"),
    ],
)
def test_packages_and_relative_imports(
    tmp_path: Path, files: dict[str, str], place: str, result: str
) -> None:
    for name, text in {"pkg/tools.py": "name = 'tools'", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "aslrun.toml").write_text(f'[functions]\nf = "{place}:handler"\n')
    lambdas = LambdaFunctions(Functions({}, folder=tmp_path))
    try:
        assert lambdas.invoke(Call("f", {}, "T")) == ["tools", result]
    finally:
        lambdas.close()


# ---------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    ("source", "requirements", "says"),
    [
        ("import botocore_x", None, None),
        ("import boto3", None, "pip install 'aslrun[aws]'"),
        ("def handler(e, c):\n    import boto3.dynamodb.types", None, "pip install 'aslrun[aws]'"),
        ("import some_thing.part", "other\nSome-Thing>=2 # why\n", "requirements.txt"),
    ],
)
def test_a_module_that_is_there_on_aws(
    shop: Shop, source: str, requirements: str | None, says: str | None
) -> None:
    hidden = (
        "class Hide:\n    def find_spec(self, name, *_):\n"
        "        if name == 'boto3': raise ModuleNotFoundError(\"No module named 'boto3'\")\n"
        "import sys\nsys.meta_path.insert(0, Hide())\n"
    )
    files = {"requirements.txt": requirements} if requirements else {}
    refused: Any = UsageError if says else StateError
    with pytest.raises(refused) as failed:
        shop.invoke(hidden + source, files=files)
    if says:
        assert "the Lambda function 'app'" in str(failed.value)
        assert says in str(failed.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"timeout": 5_000}, "its timeout is 5000 s, and Lambda is known to take at most 1,800 s"),
        ({"memory": 40_000}, "its memory is 40,000 MB"),
        ({"runtime": "python3.99"}, "its Runtime is python3.99, and Python 3."),
        (
            {"environment": {"DB": "{{resolve:ssm:/db}}"}},
            "its environment variable DB is '{{resolve:ssm:/db}}'",
        ),
        ({"timeout": 1_800, "memory": 32_768, "runtime": "python3.9"}, None),
    ],
)
def test_notes_are_told_once(shop: Shop, options: dict[str, Any], says: str | None) -> None:
    shop.invoke("def handler(event, context): pass", **options)
    shop.made[-1].invoke(Call("app", {}, "T"))
    assert len(shop.lines) == (says is not None)
    assert says is None or shop.lines[0].startswith(says)
