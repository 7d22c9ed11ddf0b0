"""`pytest --asl-cov`, as a project sees it that only has aslrun installed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

import aslrun
from aslrun.machine import watchers

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
OTHER = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
TABLE = [
    "*= state machine coverage =*",
    "definition            states  transitions  rules  retriers  catchers  maps   cover",
    "*",
    "flows/other.asl.json     0/1            -      -         -         -     -      0%",
    "flows/small.asl.json     2/3          2/3    1/2         -         -     -   62.5%",
    "*",
    "TOTAL                    2/4          2/3    1/2         -         -     -  55.55%",
]
MISSED = [
    "flows/other.asl.json:1:1: no part of it was run (in it 1 state)",
    "flows/small.asl.json:6:19: Choices[[]0[]] of 'Choose' ($.n > 1) was never false",
    "flows/small.asl.json:7:7: the transition 'Choose' → 'Small' (Default) was never taken",
    "flows/small.asl.json:10:5: state 'Small' was never entered",
]


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import what the runs below do: pytester would forget it after each, and hypothesis alone takes long."""
    import hypothesis

    assert hypothesis.__version__
    aslrun.load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}).execute(functions={})


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Two definitions, one of them tested, and one elsewhere."""
    pytester.mkdir("flows")
    (pytester.path / "flows" / "small.asl.json").write_text(SMALL)
    (pytester.path / "flows" / "other.asl.json").write_text(OTHER)
    (pytester.path / "outside.asl.json").write_text(OTHER)
    pytester.makepyfile(
        """
        import aslrun

        def test_big(state_machine):
            assert state_machine("flows/small.asl.json").execute({"n": 2}).succeeded

        def test_bigger(state_machine):
            assert state_machine("flows/small.asl.json").execute({"n": 3}).succeeded

        def test_outside():
            assert aslrun.load("outside.asl.json").execute().status == "SUCCEEDED"
        """
    )
    return pytester


def test_the_terminal_report(project: pytest.Pytester) -> None:
    ran = project.runpytest("--asl-cov=flows")
    ran.assert_outcomes(passed=3)
    assert ran.ret == 0
    ran.stdout.fnmatch_lines([*TABLE, "", *MISSED], consecutive=True)
    ran.stdout.no_fnmatch_line("*outside*")
    assert not watchers


def test_without_the_option_nothing_is_measured(project: pytest.Pytester) -> None:
    ran = project.runpytest()
    ran.assert_outcomes(passed=3)
    ran.stdout.no_fnmatch_line("*coverage*")


@pytest.mark.parametrize("args", [["--asl-cov-report=term"], ["--asl-cov-report", "term", "-q"]])
def test_only_the_table(project: pytest.Pytester, args: list[str]) -> None:
    ran = project.runpytest("--asl-cov=flows", *args)
    ran.stdout.fnmatch_lines(TABLE, consecutive=True)
    ran.stdout.no_fnmatch_line("*never*")


def test_paths(project: pytest.Pytester) -> None:
    both = project.runpytest("--asl-cov=flows/small.asl.json", "--asl-cov=outside.asl.json")
    both.stdout.fnmatch_lines(["*flows/small.asl.json *62.5%", "outside.asl.json * 100%", "TOTAL*66.66%"])
    both.stdout.no_fnmatch_line("*other*")
    project.runpytest("--asl-cov").stdout.fnmatch_lines(["TOTAL*60%"])


def test_machines_of_templates(project: pytest.Pytester) -> None:
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": json.loads(OTHER)}}
    template = json.dumps({"Resources": {"One": machine, "Two": machine}})
    (project.path / "template.json").write_text(template)
    project.makepyfile(
        """
        import aslrun

        def test_one():
            aslrun.load("template.json:One").execute()
        """
    )
    one = project.runpytest("--asl-cov=template.json")
    one.stdout.fnmatch_lines(["template.json:One * 100%", "template.json:Two * 0%", "TOTAL * 50%"])
    two = project.runpytest("--asl-cov=template.json:Two")
    two.stdout.fnmatch_lines(["TOTAL * 0%"])


@pytest.mark.parametrize(("percent", "status"), [("55", 0), ("55.6", 1), ("100", 1)])
def test_fail_under(project: pytest.Pytester, percent: str, status: int) -> None:
    ran = project.runpytest("--asl-cov=flows", f"--asl-cov-fail-under={percent}", "--asl-cov-report=")
    assert ran.ret == status
    ran.assert_outcomes(passed=3)
    line = f"FAIL required state machine coverage of {percent}% not reached: total coverage is 55.55%"
    assert (line in ran.outlines) == bool(status)


def test_workers_of_xdist_add_up(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(8))
        def test_n(n, state_machine):
            state_machine("flows/small.asl.json").execute({"n": n})
        """
    )
    (project.path / "flows" / "other.asl.json").unlink()
    ran = project.runpytest("-n2", "--asl-cov=flows", "--asl-cov-report=term", "--asl-cov-report=json:c.json")
    ran.assert_outcomes(passed=8)
    assert ran.stdout.str().count("state machine coverage") == 1
    ran.stdout.fnmatch_lines(["TOTAL * 100%"])
    [definition] = json.loads((project.path / "c.json").read_text())["definitions"]
    assert definition["hits"] == {
        "/States/Choose": 8,
        "/States/Choose/Choices/0=true": 6,
        "/States/Choose/Choices/0=false": 2,
        "/States/Choose/Choices/0/Next": 6,
        "/States/Choose/Default": 2,
        "/States/Big": 6,
        "/States/Big/End": 6,
        "/States/Small": 2,
    }


def test_a_worker_that_crashes_is_told(project: pytest.Pytester) -> None:
    project.makepyfile("import os\n\ndef test_crash():\n    os._exit(1)\n")
    ran = project.runpytest("-n1", "--asl-cov=flows", "--max-worker-restart=0")
    assert ran.ret == 1
    ran.stdout.fnmatch_lines(["*a worker ended without handing over its coverage*"])


def test_without_xdist(project: pytest.Pytester) -> None:
    ran = project.runpytest_subprocess("-p", "no:xdist", "--asl-cov=flows", "-W", "error")
    ran.assert_outcomes(passed=3)
    ran.stdout.fnmatch_lines(TABLE)


def test_reports_in_files(project: pytest.Pytester) -> None:
    wanted = ["json:out/c.json", "html:out/html", "data:data"]
    ran = project.runpytest("--asl-cov=flows", *(f"--asl-cov-report={report}" for report in wanted))
    assert ran.ret == 0
    ran.stdout.fnmatch_lines(["wrote json to *c.json", "wrote html to *html", "wrote data to *data"])
    ran.stdout.no_fnmatch_line("TOTAL*")
    report: Any = json.loads((project.path / "out" / "c.json").read_text(encoding="utf-8"))
    assert (report["percent"], report["kinds"]["rules"]) == (55.55, {"covered": 1, "total": 2})
    page = (project.path / "out" / "html" / "index.html").read_text(encoding="utf-8")
    assert "flows/small.asl.json" in page
    project.runpytest("--asl-cov=flows", "--asl-cov-report=data:data")
    [one, _] = json.loads((project.path / "data").read_text(encoding="utf-8"))["definitions"]
    assert (one["file"], one["hits"]["/States/Big"]) == ("flows/small.asl.json", 4)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--asl-cov=nowhere"], "*--asl-cov=nowhere: there is no such file or folder"),
        (["--asl-cov-fail-under=50"], "*--asl-cov-fail-under needs --asl-cov=PATH"),
        (["--asl-cov=flows", "--asl-cov-fail-under=x"], "*'x' is no percentage from 0 to 100"),
        (["--asl-cov=flows", "--asl-cov-report=xml:c"], "*there is no report 'xml:c'; there are term,*"),
    ],
)
def test_wrong_options(project: pytest.Pytester, args: list[str], says: str) -> None:
    ran = project.runpytest(*args)
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines([says])


def test_what_cannot_be_reported_fails_the_run(project: pytest.Pytester) -> None:
    project.mkdir("empty")
    empty = project.runpytest("--asl-cov=empty")
    assert empty.ret == 1
    empty.stdout.fnmatch_lines(["ERROR there is no definition in *empty: none of its *"])
    blocked = project.runpytest("--asl-cov=flows", f"--asl-cov-report=json:outside.asl.json{os.sep}c.json")
    assert blocked.ret == 1
    blocked.stdout.fnmatch_lines(["ERROR the report cannot be written to *c.json: *"])


def test_a_definition_that_cannot_be_read_is_told(project: pytest.Pytester) -> None:
    (project.path / "flows" / "broken.asl.json").write_text("{")
    ran = project.runpytest("--asl-cov=flows")
    note = "flows/broken.asl.json is left out: line 1, column 1: this object is not closed*"
    ran.stdout.fnmatch_lines([*TABLE, note])


def test_tests_that_fail_count_too(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_it(state_machine):
            assert state_machine("flows/small.asl.json").execute({"n": 1}).succeeded
        """
    )
    ran = project.runpytest("--asl-cov=flows/small.asl.json")
    assert ran.ret == 1
    ran.stdout.fnmatch_lines(["TOTAL * 2/3 * 1/3 * 1/2 *"])
