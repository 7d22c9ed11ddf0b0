"""One small definition per diagnostic in `cases/`, and beside it the report; those in `cases/ok/` are silent.

`pytest --update-golden` writes the reports anew, to be reviewed by eye. NAME.express.asl.json is validated
as an Express workflow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aslrun.diagnostics import CODES
from aslrun.validation.files import validate_files
from aslrun.views.diagnostics import render_text

CASES = Path(__file__).parent / "cases"
BAD = sorted(path.name.removesuffix(".asl.json") for path in CASES.glob("*.asl.json"))
GOOD = sorted(path.name for path in (CASES / "ok").iterdir())


@pytest.fixture(autouse=True)
def in_the_folder_of_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)


def report_on(path: str) -> str:
    if "sdk_" in path:
        pytest.importorskip("botocore")
    diagnostics, sources = validate_files(
        [path], machine_type="EXPRESS" if ".express." in path else "STANDARD"
    )
    return render_text(diagnostics, sources)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_at_its_place(name: str, golden: Callable[[str, Path], None]) -> None:
    golden(report_on(f"{name}.asl.json"), CASES / f"{name}.out")


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_is_silent(name: str) -> None:
    assert report_on(f"ok/{name}") == ""


def test_every_report_has_a_case() -> None:
    assert sorted(path.stem for path in CASES.glob("*.out")) == BAD


def test_every_code_has_a_case() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.out"))
    from_values_only = {"TOO_DEEPLY_NESTED"}  # a text that is too deep is not read, see test_laws
    assert set(re.findall(r"(?:error|warning) ([A-Z_]+) ", told)) == CODES.keys() - from_values_only


def test_no_report_shows_python() -> None:
    for path in CASES.glob("*.out"):
        assert not re.search(
            r"\bNone\b|\bTrue\b|\bFalse\b|<class|Traceback", path.read_text(encoding="utf-8")
        )
