"""What commands take as input, and streams that are closed, full, or show little."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from aslrun.__main__ import main as program
from aslrun.cli import run
from aslrun.cli.signals import Ended

STATES: dict[str, Any] = {"A": {"Type": "Pass", "End": True}}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.asl.json").write_text(json.dumps({"StartAt": "A", "States": STATES}), encoding="utf-8-sig")
    return tmp_path


def execute(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    status = run(["execute", "m.asl.json", *args])
    return status, *capsys.readouterr()


@pytest.mark.parametrize("text", ['{"a": "%s"}' % ("x" * 100_000), "\ufeff[1]", '"\\ud83d"', " 5 ", "false"])
def test_inline_json(capsys: pytest.CaptureFixture[str], text: str) -> None:
    status, out, err = execute(capsys, "--input", text)
    assert (status, json.loads(out), err) == (0, json.loads(text.lstrip("\ufeff")), "")


@pytest.mark.parametrize("text", ['{"a": ', "x" * 5_000, "[1", "{'a': 1}"])
def test_text_that_is_neither_json_nor_a_file(capsys: pytest.CaptureFixture[str], text: str) -> None:
    status, out, err = execute(capsys, "--input", text)
    assert (status, out) == (2, "")
    assert err.startswith("aslrun: the")
    assert len(err) < 400
    assert err.count("\n") <= 3  # the message, the line, a caret


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in the file system")
def test_a_named_pipe_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_text("[1]", encoding="utf-8"))
    writer.start()
    status, out, _ = execute(capsys, "--input", "pipe")
    writer.join()
    assert (status, json.loads(out)) == (0, [1])


@pytest.mark.parametrize("data", [b'"\xe9"', b"\xff\xfe{\x00}\x00"])
def test_stdin_that_is_not_utf_8(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
    status, out, err = execute(capsys, "--input", "-")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "save" in err


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_is_closed(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    monkeypatch.setattr(sys, stream, None)
    given = "-" if stream == "stdin" else "[1]"
    assert run(["execute", "m.asl.json", "--input", given]) == (0 if stream == "stderr" else 2)


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("args", [["execute", "m.asl.json"], ["--help"], ["validate", "-h"], ["--version"]])
def test_a_full_stdout_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    monkeypatch.setattr("sys.stdout", Full())
    assert run(args) == 2
    told = (
        "the result cannot be printed to stdout"
        if args[0] == "execute"
        else "neither stdout nor the disk takes more"
    )
    assert capsys.readouterr().err == f"aslrun: {told}: No space left on device\n"


def test_what_an_encoding_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr("sys.stdout", out)
    assert run(["execute", "m.asl.json", "--input", '"é😀\\ud83d"']) == 0
    assert out.buffer.getvalue() == b'"\\u00e9\\ud83d\\ude00\\ud83d"\n'


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let a folder go that a process works in")
def test_a_working_folder_that_is_gone(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(["execute", str(folder / "m.asl.json")]) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_half_a_surrogate_pair_is_written_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    half = '{"\\ud83d": "\\udc00x"}'
    files = ["--history", "h.json", "--report", "r.html"]
    status, out, _ = execute(capsys, "--input", half, "--json", *files)
    assert (status, json.loads(out)["output"]) == (0, json.loads(half))
    events = json.loads(Path("h.json").read_bytes())["events"]
    assert json.loads(events[-1]["executionSucceededEventDetails"]["output"]) == json.loads(half)
    for args in (
        ["history", "h.json"],
        ["diff", "h.json", "h.json"],
        ["replay", "h.json"],
        ["view", "h.json"],
    ):
        more = ["--definition", "m.asl.json"] if args[0] in ("replay", "view") else []
        assert run([*args, *more]) == 0
    assert "\\ud83d" in capsys.readouterr().out


def test_a_cause_is_one_line_of_at_most_32_768_characters(capsys: pytest.CaptureFixture[str]) -> None:
    fail = {"Type": "Fail", "Error": "E\x1b[2J", "CausePath": "$"}
    Path("m.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": fail}}), encoding="utf-8")
    status, out, err = execute(capsys, "--input", json.dumps("a\n::error::b" * 5_000), "--json")
    assert (status, len(json.loads(out)["cause"])) == (1, 32_768)
    assert "\x1b" not in err
    assert not [line for line in err.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_run_in_order(folder: Path, name: str) -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    Path("w.asl.json").write_text(json.dumps(wait), encoding="utf-8")
    number = getattr(signal, name)
    # The process sends itself the signal as soon as its execution sleeps: nothing here depends on the time.
    code = (
        f"import os, signal; signal.signal(signal.{name}, signal.SIG_DFL)\n"
        "import aslrun.drivers.clock as clock, aslrun.cli\n"
        f"clock.time.sleep = lambda seconds: os.kill(os.getpid(), {int(number)})\n"
        "aslrun.cli.main()\n"
    )
    options = ["--time", "real", "--history", "h.json", "--report", "r.html", "--quiet"]
    command = [sys.executable, "-c", code, "execute", "w.asl.json", *options]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (128 + number, "", "")
    last = json.loads(Path("h.json").read_text(encoding="utf-8"))["events"][-1]
    assert (last["type"], last["executionAbortedEventDetails"]["cause"]) == (
        "ExecutionAborted",
        f"The execution was stopped by {name}.",
    )
    assert sorted(path.name for path in folder.iterdir()) == ["h.json", "m.asl.json", "r.html", "w.asl.json"]


@pytest.mark.parametrize(("interrupt", "status"), [(KeyboardInterrupt(), 130), (Ended(signal.SIGTERM), 143)])
def test_a_signal_while_modules_are_imported(
    monkeypatch: pytest.MonkeyPatch, interrupt: KeyboardInterrupt, status: int
) -> None:
    def end() -> None:
        raise interrupt

    monkeypatch.setattr("sys.argv", ["aslrun", "validate", "m.asl.json"])
    monkeypatch.setattr("aslrun.cli.main", end)
    with pytest.raises(SystemExit) as ended:
        program()
    assert ended.value.code == status
