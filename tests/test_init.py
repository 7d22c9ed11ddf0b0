"""`aslrun init`: the project that it writes is valid, runs, and its tests pass, in each of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import aslrun
from aslrun.cli import aslrun as cli


def init(*options: str) -> list[str]:
    ran = CliRunner().invoke(cli, ["init", "orders", *options], catch_exceptions=False)
    assert ran.exit_code == 0
    return [Path(line).name for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
@pytest.mark.parametrize("sam", [[], ["--sam"]], ids=["plain", "sam"])
def test_the_project_is_valid_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, sam: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = init("--query-language", language, *sam)
    assert made[:4] == ["order.asl.json", "handlers.py", "in.json", "test_order.py"]
    machine = aslrun.load("orders/template.yaml" if sam else "orders/order.asl.json")
    assert machine.diagnostics == []
    given = json.loads(Path("orders/in.json").read_text(encoding="utf-8"))
    paid = machine.execute(given, functions={"charge": {"receipt": "R-1"}})
    assert isinstance(paid.output, dict)
    assert paid.output["receipt"] == "R-1"
    assert machine.execute({"orderId": "A-2", "total": 0}).path == ["IsFree", "Done"]


def test_its_tests_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pytester.path)
    init("--sam")
    pytester.runpytest("orders").assert_outcomes(passed=3)


def test_nothing_that_is_there_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    init()
    (tmp_path / "orders" / "in.json").write_text("mine")
    with pytest.raises(aslrun.UsageError, match=r"order\.asl\.json.* in orders already"):
        init()
    assert (tmp_path / "orders" / "in.json").read_text() == "mine"
