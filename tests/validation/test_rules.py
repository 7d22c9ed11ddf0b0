"""docs/rules.md is true: each bad example is told of where it says so, each good one is silent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from aslrun.diagnostics import CODES, Diagnostic
from aslrun.validation.files import validate_files

RULES = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
NESTING = 12


class Example(NamedTuple):
    rule: int
    is_good: bool
    is_express: bool
    text: str


def examples() -> list[Example]:
    found = []
    for section in re.split(r"^## ", RULES, flags=re.MULTILINE)[1:]:
        rule = int(section.split(".")[0])
        for words, text in re.findall(r"^```yaml (.*?)\n(.*?)^```", section, re.DOTALL | re.MULTILINE):
            found.append(Example(rule, "good" in words.split(), "express" in words.split(), text))
    return found


def marked(text: str) -> set[tuple[int, str]]:
    """The codes that comments name, each with the line that it is told at."""
    return {
        (number, code)
        for number, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"\b[A-Z]+_[A-Z_]+", line.rpartition("   # ")[2] if "   # " in line else "")
    }


def diagnostics_of(example: Example, folder: Path) -> list[Diagnostic]:
    path = folder / "m.asl.yaml"
    path.write_text(example.text, encoding="utf-8")
    return validate_files([str(path)], machine_type="EXPRESS" if example.is_express else "STANDARD")[0]


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.rule}-{example.is_good}")
def test_an_example_is_told_of_where_it_says_so(example: Example, tmp_path: Path) -> None:
    if "UNKNOWN_PARAMETER" in example.text or "UNKNOWN_ACTION" in example.text:
        pytest.importorskip("botocore")
    told = {(one.span.line, one.code) for one in diagnostics_of(example, tmp_path) if one.span}
    assert told == marked(example.text)
    assert bool(told) is not example.is_good


def test_every_rule_has_a_bad_and_a_good_example() -> None:
    for is_good in (True, False):
        rules = {example.rule for example in examples() if example.is_good is is_good}
        assert rules == set(range(1, 34)) - {NESTING}


def test_every_code_is_shown() -> None:
    assert set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", RULES)) - {"JSON_PATH", "FIRST_ROW"} == set(CODES)
