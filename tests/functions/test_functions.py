"""Where functions are found, in which order, and what is said of one that is nowhere."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.functions.function import parse_reference
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.table import Functions

HANDLER = "def handler(event, context): pass"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "name", "qualifier"),
    [
        ("arn:aws:lambda:us-east-1:123456789012:function:pay", "pay", "$LATEST"),
        ("arn:aws-us-gov:lambda:us-gov-west-1:123:function:pay:prod", "pay", "prod"),
        ("arn:aws:lambda:us-east-1:1:function:pay:$LATEST", "pay", "$LATEST"),
        ("123456789012:function:pay:5", "pay", "5"),
        ("function:pay", "pay", "$LATEST"),
        ("pay", "pay", "$LATEST"),
        ("pay:prod", "pay", "prod"),
    ],
)
def test_names(text: str, name: str, qualifier: str) -> None:
    reference = parse_reference(text)
    assert (reference.name, reference.qualifier or "$LATEST") == (name, qualifier)


def test_the_order_in_which_they_are_looked_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "a.py": HANDLER,
            "b.py": HANDLER,
            "handlers/my_f.py": "def lambda_handler(event, context): pass",
            "handlers.py": "def my_f(event, context): pass\ng = my_f\nfrom os import path as h",
            "aslrun.toml": '[functions]\nmy-f = "b.py:handler"\n',
        },
    )
    option = f"my-f={tmp_path / 'a.py'}:handler"

    def found(*options: str, **callables: Any) -> tuple[Any, str]:
        function = Functions(callables, options, tmp_path).find("my-f")
        return function.file and function.file.name, function.handler

    assert found(option, **{"my-f": lambda event: 1})[0] is None
    assert found(option) == ("a.py", "handler")
    assert found() == ("b.py", "handler")
    (tmp_path / "aslrun.toml").unlink()
    assert found() == ("my_f.py", "lambda_handler")
    (tmp_path / "handlers" / "my_f.py").unlink()
    assert found() == ("handlers.py", "my_f")
    assert Functions({}, folder=tmp_path).has("g")
    assert Functions({}, folder=tmp_path).has("h")
    assert not Functions({}, folder=tmp_path).has("i")


def test_one_that_is_nowhere(tmp_path: Path) -> None:
    write(tmp_path, **{"handlers/payment.py": HANDLER, "handlers.py": "def notify(event, context): pass"})
    with pytest.raises(UsageError) as refused:
        Functions({}, folder=tmp_path).find("arn:aws:lambda:us-east-1:123:function:paymnt")
    said = str(refused.value)
    assert "there is no Lambda function 'paymnt'; did you mean 'payment'?" in said
    for place in ("--function paymnt=FILE:HANDLER", "aslrun.toml", "paymnt.py", "handlers.py"):
        assert place in said
    assert "found: notify, payment" in said


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[functions", "is not TOML"),
        ("functions = 1", "[functions] must be a table"),
        ("[functions]\nf = 1", 'write "FILE:HANDLER"'),
        ('[functions]\nf = "f.py"', "'f.py' must be FILE:HANDLER"),
        ('[functions]\nf = "nowhere.py:f"', "there is no file"),
        ("[functions.f]\ntimeout = 1", "is missing"),
        ('[functions.f]\nhandler = "f.py:f"\ntimeout = 0', "timeout must be seconds"),
        ('[functions.f]\nhandler = "f.py:f"\ntimeout = "1"', "timeout must be seconds"),
        ('[functions.f]\nhandler = "f.py:f"\nmemory = 1', "memory must be MB"),
        ('[functions.f]\nhandler = "f.py:f"\nenvironment = {A = 1}', "environment must be a table of texts"),
        ('[functions.f]\nhandler = "f.py:f"\ntimeot = 1', "there is no option 'timeot'"),
    ],
)
def test_a_configuration_that_is_wrong(tmp_path: Path, toml: str, says: str) -> None:
    write(tmp_path, **{"aslrun.toml": toml, "f.py": HANDLER})
    with pytest.raises(UsageError) as refused:
        Functions({}, folder=tmp_path)
    assert says in str(refused.value)
    assert "aslrun.toml" in str(refused.value)


@pytest.mark.parametrize("option", ["f", "=f.py:f", "f=f.py", "f=nowhere.py:f", "f=f.py:"])
def test_an_option_that_is_wrong(tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, **{"f.py": HANDLER})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="--function"):
        Functions({}, [option])


class Callable2:
    def __call__(self, event: Any, context: Any) -> Any:
        return [event, context.function_name]

    def method(self, event: Any) -> Any:
        return event


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda event: event, {"a": 1}),
        (lambda event, context: context.function_name, "f"),
        (lambda event, context=None: context.function_name, "f"),
        (lambda *arguments: len(arguments), 2),
        (Callable2(), [{"a": 1}, "f"]),
        (Callable2().method, {"a": 1}),
        (functools.partial(lambda extra, event: [extra, event], 1), [1, {"a": 1}]),
        (len, 1),
        (dict, {"a": 1}),
        (lambda event: b"[1]", [1]),
    ],
)
def test_callables_of_all_kinds(function: Any, result: Any) -> None:
    assert LambdaFunctions(Functions({"f": function})).invoke(Call("f", {"a": 1}, "T")) == result


def raising(exception: BaseException) -> Any:
    def function(event: Any) -> None:
        raise exception

    return function


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (raising(ValueError("x")), "ValueError"),
        (raising(SystemExit(3)), "Runtime.ExitError"),
        (lambda event: {1}, "Runtime.MarshalError"),
        (raising(SystemExit()), "Runtime.ExitError"),
        (lambda event: "x" * 300_000, "States.DataLimitExceeded"),
    ],
)
def test_callables_that_go_wrong(function: Any, error: str) -> None:
    with pytest.raises(StateError) as failed:
        LambdaFunctions(Functions({"f": function})).invoke(Call("f", {}, "T"))
    assert failed.value.error == error
