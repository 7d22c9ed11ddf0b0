"""Files are there as a whole or as they were, and never what a command reads."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslrun.cli import run
from aslrun.document.writing import check_target, write_file
from aslrun.errors import UsageError

MACHINE = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.asl.json").write_text(MACHINE, encoding="utf-8")
    return tmp_path


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    def pieces() -> Iterator[str]:
        yield "half"
        raise OSError(28, "No space left on device")

    Path("h.json").write_text("old", encoding="utf-8")
    with pytest.raises(UsageError, match=r"the history cannot be written to h\.json: No space left"):
        write_file("h.json", "the history", pieces())
    assert Path("h.json").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["h.json", "m.asl.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights, and links only for some users")
def test_rights_stay_and_links_are_followed(folder: Path) -> None:
    Path("real.json").write_text("old", encoding="utf-8")
    Path("real.json").chmod(0o640)
    Path("link.json").symlink_to("real.json")
    write_file("link.json", "x", ["new \ud83d", b"\n"])
    assert Path("link.json").is_symlink()
    assert Path("real.json").read_bytes() == b"new \\ud83d\n"
    assert stat.S_IMODE(Path("real.json").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no/h.json", "there is no folder no"),
        (".", "it is a folder"),
        ("m.asl.json", "written over m.asl.json, which is read"),
        ("./m.asl.json", "which is read"),
        ("m.asl.json/x", "Not a directory"),
        ("a\0b", "no name of a file"),
    ],
)
def test_what_cannot_or_must_not_be_written_is_refused_before_the_run(path: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_target(path, "it", ["m.asl.json", "nowhere"])


@pytest.mark.parametrize(
    "args",
    [
        ["execute", "m.asl.json", "--history", "m.asl.json"],
        ["execute", "m.asl.json", "--report", "m.asl.json"],
        ["execute", "m.asl.json", "--input", "in.json", "--history", "in.json"],
        ["execute", "m.asl.json", "--history", "no/h.json"],
        ["execute", "m.asl.json", "--history", "x", "--report", "./x"],
        ["graph", "m.asl.json", "--format", "svg", "--output", "m.asl.json"],
        ["view", "h.json", "--definition", "m.asl.json", "--output", "h.json"],
        ["replay", "h.json", "--definition", "m.asl.json", "--history", "m.asl.json"],
        ["test-state", "in.json", "--output", "in.json"],
        ["coverage", "c.json", "--output", "c.json"],
        ["fuzz", "m.asl.json", "--mock-config", "mocks.json", "--output", "."],
    ],
)
def test_no_command_writes_over_what_it_reads(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("in.json", "mocks.json"):
        Path(name).write_text("{}", encoding="utf-8")
    assert run(["execute", "m.asl.json", "--history", "h.json", "--coverage", "c.json", "--quiet"]) == 0
    before = {path: path.read_bytes() for path in Path().iterdir()}
    capsys.readouterr()
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
