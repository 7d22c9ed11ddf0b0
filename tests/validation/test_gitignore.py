"""Files that git is told not to look at are not validated in a folder; named by themselves they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from aslrun.validation.files import files_of, validate_files

VALID = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
PATTERNS = """
# a comment
build/
*.tmp.asl.json
!keep.tmp.asl.json
/top.asl.json
docs/**/made.asl.json
a/*/x.asl.json
part[0-9].asl.json
not[!0-9].asl.json
**/deep/one.asl.json
trailing.asl.json\x20
wh?t.asl.json
\\#odd.asl.json
everything/**
"""
OUT = (
    *("build/a", "sub/build/a", "x.tmp", "sub/x.tmp", "top", "docs/made", "docs/a/b/made", "a/b/x", "part1"),
    *("notx", "deep/one", "a/deep/one", "trailing", "what", "#odd", "everything/a", "everything/b/c"),
    "in/local",
)
IN = (
    *("keep.tmp", "sub/top", "a/x", "a/b/c/x", "partx", "not1", "deep/two", "wht", "docs/other", "in/part1"),
    "plain",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*OUT, *IN):
        path = tmp_path / f"{name}.asl.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(VALID, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text(PATTERNS, encoding="utf-8")
    (tmp_path / "in" / ".gitignore").write_text("!part1.asl.json\nlocal.asl.json\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found_in(folder: str) -> set[str]:
    return {Path(path).as_posix().removesuffix(".asl.json") for path in files_of(folder)}


def test_what_git_ignores_is_left_out(folder: Path) -> None:
    assert found_in(".") == set(IN)
    assert found_in("in") == {"in/part1"}
    assert len(validate_files(["build/a.asl.json"])[1]) == 1


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there to compare with")
def test_git_itself_says_the_same(folder: Path) -> None:
    (folder / ".git").rmdir()
    subprocess.run(["git", "init", "-q", "."], check=True)
    ran = subprocess.run(
        ["git", "-c", "core.excludesFile=", "ls-files", "-o", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {name.removesuffix(".asl.json") for name in ran.stdout.split("\n") if name.endswith(".asl.json")}
    assert found_in(".") == names


def test_the_search_of_a_folder_tells_how_far_it_is(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    files_of(".", lambda looked_at, found: told.append((looked_at, found)))
    assert told[-1] == (len(IN), len(IN))
