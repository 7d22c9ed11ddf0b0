"""`--watch`: what is looked at, what is a change, and that the command runs again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import aslrun
from aslrun.cli import aslrun as cli
from aslrun.cli.watch import next_change, stamps

VALID = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'


def test_what_a_run_may_depend_on_is_looked_at(tmp_path: Path) -> None:
    for name in ("a.asl.json", "handlers/f.py", "notes.txt", "node_modules/m.js", ".venv/x.py", "out.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    seen = stamps([str(tmp_path)], [str(tmp_path / "out.json")])
    assert {Path(path).relative_to(tmp_path).as_posix() for path in seen} == {"a.asl.json", "handlers/f.py"}


def test_a_change_is_a_saved_file_a_new_one_or_one_that_is_gone() -> None:
    looks = iter([{"a": (1, 1), "b": (1, 1)}, {"a": (2, 1), "c": (1, 1)}])
    pauses: list[float] = []
    after, changed = next_change({"a": (1, 1), "b": (1, 1)}, lambda: next(looks), pauses.append)
    assert (after, changed) == ({"a": (2, 1), "c": (1, 1)}, ["a", "b", "c"])
    assert len(pauses) == 2


def test_the_command_runs_again_when_a_file_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "a.asl.json"
    file.write_text('{"StartAt": "A"}')
    command = [sys.executable, "-m", "aslrun", "validate", "--watch", file.name]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stderr is not None
        try:
            assert "watching 1 files" in watching.stderr.readline()
            beside = tmp_path / "a.new"
            beside.write_text(VALID)
            os.replace(beside, file)
            assert watching.stderr.readline() == "\n"
            assert watching.stderr.readline() == "aslrun: a.asl.json changed\n"
            assert watching.stderr.readline() == "a.asl.json: valid\n"
        finally:
            watching.kill()


@pytest.mark.parametrize("command", [["validate", "-"], ["graph", "-"], ["execute", "a", "--input", "-"]])
def test_stdin_cannot_be_watched(command: list[str]) -> None:
    ran = CliRunner().invoke(cli, [*command, "--watch"])
    assert isinstance(ran.exception, aslrun.UsageError)
    assert "stdin" in str(ran.exception)
