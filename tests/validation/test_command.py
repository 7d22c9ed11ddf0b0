"""`aslrun validate`: the report on stdout, one line on stderr when all is well, and the exit status."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from aslrun.cli import main

ROOT = Path(__file__).parents[2]
VALID = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
WARNED = {"Version": "2", **VALID}
INVALID = {"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}
EXPRESS_REFUSES = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "End": True}
    },
}


class Ran(NamedTuple):
    status: int
    stdout: str
    stderr: str


Validate = Callable[..., Ran]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Validate:
    """Run `aslrun validate ARGS` in a folder with the files given by name, as values or as texts."""

    def validate(*args: str, stdin: str = "", **files: Any) -> Ran:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["aslrun", "validate", *args])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as ended:
            main()
        status = ended.value.code
        return Ran(status if isinstance(status, int) else 0, *capsys.readouterr())

    return validate


def test_a_valid_definition_is_one_line_on_stderr(validate: Validate) -> None:
    assert validate("good.json", good=VALID) == (0, "", "good.json: valid\n")


def test_an_invalid_one_is_told_on_stdout(validate: Validate) -> None:
    ran = validate("bad.json", bad=INVALID)
    assert (ran.status, ran.stderr) == (1, "")
    assert ran.stdout.startswith("bad.json:1:13: error MISSING_TRANSITION_TARGET Missing 'Next' target: B\n")
    assert ran.stdout.endswith("\n1 error\n")


def test_warnings_fail_only_when_strict(validate: Validate) -> None:
    ran = validate("odd.json", odd=WARNED)
    assert ran.status == 0
    assert "warning UNKNOWN_VERSION" in ran.stdout
    assert validate("odd.json", "--strict").status == 1


def test_several_files_are_told_in_one_run(validate: Validate) -> None:
    ran = validate("good.json", "bad.json", "odd.json", good=VALID, bad=INVALID, odd=WARNED)
    assert ran.status == 1
    assert [line for line in ran.stdout.splitlines() if ".json:" in line] == [
        "bad.json:1:13: error MISSING_TRANSITION_TARGET Missing 'Next' target: B",
        "odd.json:1:13: warning UNKNOWN_VERSION The only Version of the language is 1.0",
    ]
    assert validate("good.json", "also.json", also=VALID).stderr == "2 files: valid\n"


def test_a_definition_from_stdin(validate: Validate) -> None:
    ran = validate("-", stdin=json.dumps(INVALID))
    assert ran.status == 1
    assert ran.stdout.startswith("<stdin>:1:13: error MISSING_TRANSITION_TARGET")


def test_json_is_what_the_service_answers_with_places(validate: Validate) -> None:
    ran = validate("bad.json", "--format", "json", bad=INVALID)
    assert ran.status == 1
    answer = json.loads(ran.stdout)
    assert answer["result"] == "FAIL"
    assert (
        answer["diagnostics"][0].items()
        >= {
            "severity": "ERROR",
            "code": "MISSING_TRANSITION_TARGET",
            "message": "Missing 'Next' target: B",
            "location": "/StartAt",
            "file": "bad.json",
            "line": 1,
            "column": 13,
        }.items()
    )


def test_json_of_a_valid_definition(validate: Validate) -> None:
    ran = validate("good.json", "--format", "json", good=VALID)
    assert (ran.status, json.loads(ran.stdout)) == (0, {"result": "OK", "diagnostics": []})


def test_the_type_decides_what_tasks_may_wait_for(validate: Validate) -> None:
    assert validate("machine.json", machine=EXPRESS_REFUSES).status == 0
    assert validate("machine.json", "--type", "EXPRESS").status == 1


@pytest.mark.parametrize("text", ["", "not json", '{"StartAt": "A",', "[" * 10_000, "\u0000"])
def test_what_is_not_json_is_told_at_its_place(validate: Validate, text: str) -> None:
    ran = validate("bad.json", bad=text)
    assert (ran.status, ran.stderr) == (1, "")
    assert ran.stdout.startswith("bad.json:1:")
    assert "error INVALID_JSON_DESCRIPTION" in ran.stdout


def test_half_a_surrogate_pair_can_be_told_of(validate: Validate) -> None:
    ran = validate("bad.json", bad='{"\\ud800": 1, "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    assert ran.status == 1
    assert "Field '\\ud800' is not supported" in ran.stdout


def test_a_file_that_is_not_there_is_wrong_usage(validate: Validate) -> None:
    ran = validate("nowhere.json")
    assert (ran.status, ran.stdout) == (2, "")
    assert "nowhere.json" in ran.stderr


def test_codes_to_ignore(validate: Validate) -> None:
    ran = validate("odd.json", "--strict", "--ignore", "UNKNOWN_VERSION", odd=WARNED)
    assert ran == (0, "", "odd.json: valid\n")


def test_an_unknown_code_to_ignore_is_wrong_usage(validate: Validate) -> None:
    ran = validate("odd.json", "--ignore", "VERSION", odd=WARNED)
    assert ran.status == 2
    assert "--ignore: there is no diagnostic VERSION" in ran.stderr


def test_a_folder(validate: Validate) -> None:
    ran = validate(".", good=VALID, bad=INVALID)
    assert ran.status == 1
    assert [line for line in ran.stdout.splitlines() if ".json:" in line] == [
        "bad.json:1:13: error MISSING_TRANSITION_TARGET Missing 'Next' target: B"
    ]
    assert validate(".", bad=VALID).stderr == "2 files: valid\n"


def test_code_scanning_and_annotations(validate: Validate) -> None:
    ran = validate("bad.json", "--format", "sarif", bad=INVALID)
    assert ran.status == 1
    assert json.loads(ran.stdout)["runs"][0]["results"][0]["ruleId"] == "MISSING_TRANSITION_TARGET"
    ran = validate("bad.json", "--format", "github")
    assert ran.stdout.startswith("::error title=MISSING_TRANSITION_TARGET,file=bad.json,line=1,")


def test_an_empty_report_of_a_machine_is_still_one(validate: Validate) -> None:
    ran = validate("good.json", "--format", "sarif", good=VALID)
    assert (ran.status, json.loads(ran.stdout)["runs"][0]["results"]) == (0, [])
    assert validate("good.json", "--format", "github").stdout == ""


def test_the_pre_commit_hook_calls_the_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["entry"], hook["language"]) == ("aslrun-validate", "aslrun validate", "python")
    for name, is_checked in {"a/b.asl.json": True, "b.asl.yml": True, "c.json": False}.items():
        assert bool(re.search(hook["files"], name)) is is_checked
