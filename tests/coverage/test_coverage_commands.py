"""`aslrun execute --coverage FILE` adds up, `aslrun coverage FILE` reports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import run_command
from known_machine import KNOWN

Cli = Callable[..., subprocess.CompletedProcess[str]]

SMALL = """{
  "StartAt": "Choose",
  "States": {
    "Choose": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Big"}],
      "Default": "Small"
    },
    "Big": {"Type": "Pass", "End": true},
    "Small": {"Type": "Fail", "Error": "TooSmall"}
  }
}
"""
TEMPLATE = """\
Resources:
  One:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Pass, Next: B}
          B:
            Type: Succeed
  Two:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
  Three:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: three.asl.json
      DefinitionSubstitutions: {Attempts: 2}
"""
THREE = """{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
"Parameters": {"TopicArn": "t", "Message": "m"},
"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": ${Attempts}}], "End": true}}}"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    (tmp_path / "small.asl.json").write_text(SMALL)

    def cli(*args: str) -> subprocess.CompletedProcess[str]:
        ran = run_command(*args, cwd=tmp_path)
        assert "Traceback" not in ran.stderr
        return ran

    return cli


def run(cli: Cli, machine: str, input: str, *more: str) -> subprocess.CompletedProcess[str]:
    return cli("execute", machine, "--input", input, "--coverage", "cov.json", *more)


def test_runs_add_up_the_failed_ones_too(cli: Cli) -> None:
    big = run(cli, "small.asl.json", '{"n": 2}')
    assert (big.returncode, json.loads(big.stdout), big.stderr) == (0, {"n": 2}, "")
    first = cli("coverage", "cov.json")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == (
        "definition      states  transitions  rules  retriers  catchers  maps  cover\n"
        "---------------------------------------------------------------------------\n"
        "small.asl.json     2/3          2/3    1/2         -         -     -  62.5%\n"
        "---------------------------------------------------------------------------\n"
        "TOTAL              2/3          2/3    1/2         -         -     -  62.5%\n"
        "\n"
        "small.asl.json:6:19: Choices[0] of 'Choose' ($.n > 1) was never false\n"
        "small.asl.json:7:7: the transition 'Choose' → 'Small' (Default) was never taken\n"
        "small.asl.json:10:5: state 'Small' was never entered\n"
    )
    assert run(cli, "small.asl.json", '{"n": 1}').returncode == 1
    total = cli("coverage", "cov.json")
    assert "\nTOTAL              3/3          3/3    2/2         -         -     -   100%\n" in total.stdout
    assert "never" not in total.stdout


def test_as_json_and_to_a_file(cli: Cli, tmp_path: Path) -> None:
    run(cli, "small.asl.json", '{"n": 2}')
    assert cli("coverage", "cov.json", "--format", "json", "--output", "new/report.json").stdout == ""
    report = json.loads((tmp_path / "new" / "report.json").read_text(encoding="utf-8"))
    assert (report["covered"], report["total"], report["percent"], report["notes"]) == (5, 8, 62.5, [])
    [definition] = report["definitions"]
    assert (definition["file"], definition["percent"]) == ("small.asl.json", 62.5)
    assert definition["kinds"]["rules"] == {"covered": 1, "total": 2}
    assert definition["hits"]["/States/Choose/Choices/0=true"] == 1
    assert definition["missed"][0] == {
        "kind": "rules",
        "location": "/States/Choose/Choices/0",
        "message": "Choices[0] of 'Choose' ($.n > 1) was never false",
        "line": 6,
        "column": 19,
        "endLine": 6,
        "endColumn": 78,
    }
    assert [missed["kind"] for missed in definition["missed"]] == ["rules", "transitions", "states"]


def test_fail_under(cli: Cli) -> None:
    run(cli, "small.asl.json", '{"n": 2}')
    assert cli("coverage", "cov.json", "--fail-under", "62.5").returncode == 0
    under = cli("coverage", "cov.json", "--fail-under", "63")
    assert (under.returncode, under.stderr) == (
        1,
        "aslrun: required state machine coverage of 63% not reached: total coverage is 62.5%\n",
    )


def test_definitions_that_no_run_came_to(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "known.asl.json").write_text(json.dumps(KNOWN))
    run(cli, "small.asl.json", '{"n": 2}')
    missed = cli("coverage", "cov.json", "flows").stdout
    assert (
        "flows/known.asl.json:1:1: no part of it was run"
        " (in it 11 states, 14 transitions, 6 rule outcomes, 2 retriers, 3 catchers, 2 Map bodies)\n"
    ) in missed
    assert "small" not in missed
    assert "TOTAL                   2/14 " in cli("coverage", "cov.json", "flows", "small.asl.json").stdout


def test_a_definition_that_was_changed(cli: Cli, tmp_path: Path) -> None:
    run(cli, "small.asl.json", '{"n": 2}')
    (tmp_path / "small.asl.json").write_text(SMALL.replace("TooSmall", "Small"), newline="\r\n")
    stale = cli("coverage", "cov.json")
    note = "aslrun: small.asl.json was changed since it was run: what was counted before is dropped\n"
    assert (stale.returncode, stale.stderr) == (0, note)
    assert "small.asl.json     0/3 " in stale.stdout
    assert run(cli, "small.asl.json", '{"n": 2}').stderr == note
    (tmp_path / "small.asl.json").write_text(SMALL.replace("TooSmall", "Small"), newline="\n")
    assert "small.asl.json     2/3 " in cli("coverage", "cov.json").stdout
    (tmp_path / "small.asl.json").unlink()
    gone = cli("coverage", "cov.json")
    assert "small.asl.json is left out: there is no file" in gone.stderr


def test_machines_in_templates(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "three.asl.json").write_text(THREE)
    mocks = {
        "StateMachines": {"Three": {"TestCases": {"t": {"A": "ok"}}}},
        "MockedResponses": {"ok": {"0": {"Return": {}}}},
    }
    (tmp_path / "mocks.json").write_text(json.dumps(mocks))
    assert run(cli, "template.yaml:One", "{}").returncode == 0
    assert run(cli, "three.asl.json", "{}", "--mock-config", "mocks.json").returncode == 0
    assert run(cli, "template.yaml:Three", "{}", "--mock-config", "mocks.json").returncode == 0
    data = json.loads((tmp_path / "cov.json").read_text())
    assert [(each["file"], each.get("id")) for each in data["definitions"]] == [
        ("template.yaml", "One"),
        ("three.asl.json", None),
    ]
    assert data["definitions"][1]["hits"] == {"/States/A": 2, "/States/A/End": 2}
    report = cli("coverage", "cov.json", ".").stdout
    rows = {line.split()[0]: line.split()[1:] for line in report.splitlines()[2:7] if "/" in line}
    assert rows["template.yaml:One"][0] == "2/2"
    assert rows["template.yaml:Two"][0] == "0/1"
    assert rows["three.asl.json"][0] == "1/1"
    assert "template.yaml:14:26: no part of it was run (in it 1 state)" in report
    assert "three.asl.json:3:11: Retry[0] of 'A' (E) never retried" in report
    # What else is in the template may change.
    (tmp_path / "template.yaml").write_text("Description: changed\n" + TEMPLATE)
    assert cli("coverage", "cov.json", "template.yaml:One").stdout.splitlines()[2].split()[1] == "2/2"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["coverage", "nowhere.json"], "nowhere.json cannot be read"),
        (["coverage", "small.asl.json"], "small.asl.json is no coverage data of aslrun's"),
        (["coverage", "cov.json", "nowhere"], "there is no file nowhere"),
        (["coverage", "cov.json", "--fail-under", "200"], "200"),
        (["coverage", "cov.json", "--output", "small.asl.json/x"], "the report cannot be written to"),
        (["execute", "small.asl.json", "--coverage", "small.asl.json"], "no coverage data of aslrun's"),
        (["execute", "small.asl.json", "--coverage", "no/cov.json"], "there is no folder"),
        (["execute", "-", "--coverage", "cov.json"], "lies in a file"),
    ],
)
def test_wrong_usage(cli: Cli, tmp_path: Path, args: list[str], says: str) -> None:
    run(cli, "small.asl.json", '{"n": 2}')
    ran = run_command(*args, cwd=tmp_path, stdin=SMALL)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_invalid_definition_is_told_as_ever(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.asl.json").write_text('{"StartAt": "A", "States": {}}')
    assert run(cli, "bad.asl.json", "{}").returncode == 1
    assert not (tmp_path / "cov.json").exists()
