"""JSONata beside its reference implementation: `make test-node`, where Node and npm are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from everyday import INPUT, VARIABLES, Expressions

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.expression import compile_full, compile_jsonata, parse
from aslrun.expressions.jsonata.values import UNDEFINED, States

pytestmark = pytest.mark.node

HERE = Path(__file__).parent
COUNT = 20_000
LEAST_ALIKE = 0.998
CONTEXT = {"State": {"Name": "Here"}}


class Scope:
    """A scope with the variables of all expressions."""

    time = 1_700_000_000.25
    context: Any = CONTEXT
    variables: Any = VARIABLES

    def draw(self) -> float:
        return 0.5

    def draw_uuid(self) -> str:
        return "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reference, from the npm registry."""
    npm = shutil.which("npm")
    assert npm is not None, "this test needs Node and npm"
    folder = tmp_path_factory.mktemp("reference")
    for name in ("package.json", "evaluate.js"):
        shutil.copy(HERE / name, folder)
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder


def distinct_expressions(seed: int) -> list[str]:
    made = Expressions(seed)
    found: dict[str, None] = {}
    while len(found) < COUNT:
        found[made.draw()] = None
    return list(found)


def answers_of_reference(folder: Path, expressions: list[str]) -> Iterator[dict[str, Any]]:
    variables = {**VARIABLES, "states": {"input": INPUT, "context": CONTEXT}}
    lines = "\n".join(json.dumps({"expression": one, "variables": variables}) for one in expressions)
    ran = subprocess.run(
        ["node", "evaluate.js"],
        cwd=folder,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    )
    yield from map(json.loads, ran.stdout.splitlines())


def answer(expression: str, is_full: bool) -> dict[str, Any]:
    try:
        compiled = compile_full(parse(expression)) if is_full else compile_jsonata(expression)
        value = compiled(States(INPUT), Scope())
    except ExpressionError as wrong:
        return {"error": wrong.message[:5]}
    except JSONataError as error:
        return {"error": error.code}
    return {"undefined": True} if value is UNDEFINED else {"value": value}


def known_exception(ours: dict[str, Any], theirs: dict[str, Any]) -> str | None:
    """Tell why two answers may differ. The source: "JSONata as measured on AWS"."""
    if str(theirs.get("error", "")).startswith("JavaScript:"):
        return "the reference fails with an error of JavaScript's own, which the service has no name for"
    if ours.get("error") == "U1003" or theirs.get("error") == "D2014":
        return "the service has limits of its own"
    if theirs.get("error") == "D3140" or ours.get("error") == "D3140":
        return "the service decodes URLs as Java does"
    if theirs.get("error") == "T0412" and "value" in ours:
        return "the service's $merge takes arrays in the array"
    if ours.get("error") == "D0000":
        return "the service fails on base64 and time zones that the reference makes the best of"
    return None


def text_of(answer: dict[str, Any]) -> str:
    """Numbers that are the same double are the same text, whether written as a whole number or not."""
    return json.dumps(json.loads(json.dumps(answer), parse_int=float))


def test_everyday_expressions_give_what_the_reference_gives(reference: Path) -> None:
    expressions = distinct_expressions(seed=2)
    different = []
    for expression, theirs in zip(expressions, answers_of_reference(reference, expressions), strict=True):
        ours = answer(expression, is_full=False)
        assert text_of(answer(expression, is_full=True)) == text_of(ours), expression
        if text_of(ours) != text_of(theirs) and known_exception(ours, theirs) is None:
            different.append((expression, ours, theirs))
    told = "\n".join(f"{expression}\n  {ours}\n  {theirs}" for expression, ours, theirs in different[:20])
    assert len(different) <= COUNT * (1 - LEAST_ALIKE), told
