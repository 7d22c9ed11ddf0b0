"""The documentation is true: README's examples are run, and every command and option is documented."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from command_line import run_command

from aslrun.cli import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def shown(command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    args = shlex.split(command)[1:]
    return run_command(*args, cwd=folder)


def test_the_readme_shows_the_order_workflows_real_output() -> None:
    ran = shown("aslrun execute workflows/order/order.asl.json --input workflows/order/in.json")
    assert blocks(README, "json")[0] == ran.stdout


def test_the_readme_shows_the_real_failure() -> None:
    command, failure = blocks(README, "text")[0].split("\n", 1)
    ran = shown(command.removeprefix("$ "))
    assert ran.returncode == 1
    for line in failure.rstrip().splitlines():
        assert line in ran.stderr


def test_the_readmes_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for block in [block for text in (README, *DOCS.values()) for block in blocks(text, "python")]:
        # In <>: hypothesis and pytest would read a real file's text as Python, which fails on CPython 3.13.0.
        exec(compile(block, "<documentation>", "exec"), {})


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_documented(name: str) -> None:
    assert f"`aslrun {name}" in README
    command: click.Command = import_module(f"aslrun.cli.{name.replace('-', '_')}").command
    documented = README + "".join(DOCS.values())
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert re.search(rf"{option}\b", documented), f"{option} of {name} is not documented"


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{name}" for name in sorted(DOCS))])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https:)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_the_histories_in_the_docs_are_json() -> None:
    for text in DOCS.values():
        for block in blocks(text, "json"):
            json.loads(block)


def test_the_report_in_the_docs_is_real(tmp_path: Path) -> None:
    definition, report = blocks(DOCS["validate.md"], "yaml")[0], blocks(DOCS["validate.md"], "text")[0]
    (tmp_path / "order.asl.yaml").write_text(definition, encoding="utf-8")
    command, _, output = report.partition("\n")
    ran = shown(command.removeprefix("$ "), tmp_path)
    assert (ran.returncode, ran.stdout) == (1, output)


def test_the_response_of_test_state_in_the_docs_is_real(tmp_path: Path) -> None:
    request, response = blocks(DOCS["test-state.md"], "json")[:2]
    (tmp_path / "request.json").write_text(request, encoding="utf-8")
    ran = shown("aslrun test-state request.json", tmp_path)
    assert (ran.returncode, ran.stdout) == (0, response)


def test_five_minutes_of_testing_are_real(tmp_path: Path) -> None:
    """The files and commands of docs/testing.md, in their order, in an empty folder."""
    text = DOCS["testing.md"].partition("## The fixture")[0]
    definition, tests = tmp_path / "order.asl.json", tmp_path / "test_order.py"
    tests.touch()
    for language, block in re.findall(r"```(json|py|text)\n(.*?)```", text, re.DOTALL):
        if language == "py":
            tests.write_text(tests.read_text(encoding="utf-8") + block, encoding="utf-8")
        elif language == "json":
            definition.write_text(mended(definition, json.loads(block), block), encoding="utf-8")
        else:
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                told = said(command, tmp_path)
                pieces = re.split(r"(?<!\.)\.\.\.(?!\.)", output.rstrip())  # more dots are tests
                wanted = "(?s:.*)".join(map(re.escape, pieces))
                assert re.fullmatch(wanted, told), told


def mended(file: Path, given: dict[str, Any], text: str) -> str:
    """A definition as the documentation has it, or with the states that it is mended with."""
    if "StartAt" in given:
        return text
    before = json.loads(file.read_text(encoding="utf-8"))
    before["States"] |= given
    before["States"]["LookUp"]["Next"] = next(iter(given))
    return json.dumps(before, indent=2)


def said(command: str, folder: Path) -> str:
    module, *args = shlex.split(command)
    # Hypothesis, which none of these tests uses, takes longer to import than they take.
    others = ("cacheprovider", "hypothesispytest")
    plain = [f"-pno:{name}" for name in others] if module == "pytest" else []
    ran = subprocess.run(
        [sys.executable, "-m", module, *args, *plain],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1"},
        timeout=120,
        check=False,
    )
    return ran.stdout.rstrip()
