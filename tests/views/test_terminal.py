"""Progress on real terminals: pseudo-terminals, which Windows does not have."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pty = pytest.importorskip("pty", reason="no pseudo-terminals on Windows")

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
HANDLERS = """
import pathlib, time

def work(event, context):
    print("at work")
    while not pathlib.Path(context_file()).exists():
        time.sleep(0.02)
    print("done")
    return {"done": True}

def context_file():
    return pathlib.Path(__file__).parent / "go"
"""
WORK = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "work", "End": True}}}
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


class Terminal:
    """`aslrun execute machine.asl.json` with its stderr on a pseudo-terminal. `seen` is what came there."""

    def __init__(self, folder: Path, machine: Any, *options: str, **environment: str) -> None:
        (folder / "handlers.py").write_text(HANDLERS, encoding="utf-8")
        (folder / "machine.asl.json").write_text(json.dumps(machine), encoding="utf-8")
        self.reading, terminal = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aslrun", "execute", "machine.asl.json", *options],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "", "TERM": "xterm-256color", "COLUMNS": "80", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
        )
        os.close(terminal)

    def read_until(self, text: str) -> None:
        while text not in self.seen:
            assert self.read(), f"the terminal never showed {text!r} but {self.seen!r}"

    def read(self) -> bool:
        try:
            data = os.read(self.reading, 65_536)
        except OSError:  # Linux's end of a terminal
            data = b""
        self.seen += data.decode()
        return bool(data)

    def end(self) -> tuple[int, str]:
        """Return the exit status and stdout, when all is over."""
        while self.read():
            pass
        os.close(self.reading)
        stdout, _ = self.process.communicate(timeout=60)
        return self.process.returncode, stdout.decode()

    @property
    def lines(self) -> list[str]:
        """What was written, without what controls the terminal."""
        return [line for line in ESCAPE.sub("", self.seen).replace("\r", "\n").split("\n") if line.strip()]


def test_a_long_execution_is_displayed_and_then_only_summarised(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, WORK)
    terminal.read_until("machine runs for")
    terminal.read_until("Work")
    (tmp_path / "go").touch()
    status, output = terminal.end()
    assert (status, json.loads(output)) == (0, {"done": True})
    assert terminal.seen.count(HIDE_CURSOR) == terminal.seen.count(SHOW_CURSOR) == 1
    after = terminal.seen.split(SHOW_CURSOR)[1]
    assert "runs for" not in after
    assert "\x1b[2K" in after, "the display is erased"
    assert "\x1b[32mExecution succeeded" in after
    assert "  path:    Work" in after


def test_logs_come_above_the_display_on_lines_of_their_own(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, WORK)
    terminal.read_until("machine runs for")
    (tmp_path / "go").touch()
    terminal.end()
    assert "work | at work" in terminal.lines
    assert "work | done" in terminal.lines


def test_ctrl_c_leaves_the_terminal_clean_and_the_history_written(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, WORK, "--history", "h.json")
    terminal.read_until("machine runs for")
    terminal.process.send_signal(signal.SIGINT)
    status, output = terminal.end()
    assert (status, output) == (130, "")
    after = terminal.seen.split(SHOW_CURSOR)[1]
    assert "Execution was interrupted" in after
    assert "Traceback" not in terminal.seen
    events = json.loads((tmp_path / "h.json").read_text(encoding="utf-8"))["events"]
    assert events[-1]["type"] == "ExecutionAborted"


def test_a_short_execution_is_summarised_without_a_display(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, PASS)
    assert terminal.end()[0] == 0
    assert terminal.lines[:2] == ["Execution succeeded", "  path:    P"]
    assert HIDE_CURSOR not in terminal.seen


def test_quiet_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    terminal = Terminal(tmp_path, WORK, "--quiet")
    assert (terminal.end()[0], terminal.seen) == (0, "")


def test_quiet_still_explains_a_failure(tmp_path: Path) -> None:
    fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
    terminal = Terminal(tmp_path, fail, "--quiet")
    assert terminal.end()[0] == 1
    assert terminal.lines == ["Execution failed in state 'F': E", "  cause: c", "  path:  F"]


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_none_are_wanted(tmp_path: Path, environment: dict[str, str]) -> None:
    terminal = Terminal(tmp_path, PASS, **environment)
    terminal.end()
    assert "\x1b" not in terminal.seen


def test_a_dumb_terminal_gets_lines_only(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, WORK, TERM="dumb")
    terminal.read_until("at work")
    (tmp_path / "go").touch()
    assert terminal.end()[0] == 0
    assert "\x1b" not in terminal.seen
    assert "runs for" not in terminal.seen


@pytest.mark.parametrize("options", [(), ("--quiet",)])
def test_rich_is_not_imported_without_need(tmp_path: Path, options: tuple[str, ...]) -> None:
    """On a terminal with --quiet, or for an execution that is soon over; elsewhere never."""
    terminal = Terminal(tmp_path, PASS, *options, PYTHONPROFILEIMPORTTIME="1")
    terminal.end()
    assert "aslrun.machine" in terminal.seen
    assert not re.search(r"\brich\b", terminal.seen)


def test_rich_is_not_imported_where_stderr_is_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    (tmp_path / "handlers.py").write_text(HANDLERS.replace("0.02", "0.5"), encoding="utf-8")
    (tmp_path / "machine.asl.json").write_text(json.dumps(WORK), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "aslrun", "execute", "machine.asl.json"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert "aslrun.machine" in ran.stderr
    assert not re.search(r"\brich\b", ran.stderr)
