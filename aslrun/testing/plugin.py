"""The pytest plugin. What it needs is imported where it is used: a run without aslrun pays nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aslrun.testing import coverage

if TYPE_CHECKING:
    from aslrun.testing.machine import MachineUnderTest
    from aslrun.testing.result import ExecutionResult
    from aslrun.testing.snapshot import HistorySnapshot

Results = list[tuple[str, "ExecutionResult"]]
RESULTS = pytest.StashKey[Results]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("aslrun", "state machines (aslrun)")
    group.addoption("--asl-update", action="store_true", help="write history snapshots instead of comparing")
    coverage.add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    coverage.configure(config)


@pytest.fixture
def state_machine(request: pytest.FixtureRequest) -> Callable[..., MachineUnderTest]:
    """Load a state machine: `state_machine("order.asl.json")`.

    The path counts from the test module's folder, else from the root folder. An invalid definition fails the
    test with its diagnostics.
    """
    results: Results = []
    request.node.stash[RESULTS] = results

    def load(path: str, *, type: Any = "STANDARD") -> MachineUnderTest:
        from aslrun.machine import load as load_machine
        from aslrun.testing.machine import MachineUnderTest

        machine = load_machine(find(path, request), type=type)
        check(machine)
        return MachineUnderTest(machine, lambda result: results.append((machine.name, result)))

    return load


def find(path: str, request: pytest.FixtureRequest) -> Path:
    """Return where a definition lies: beside the test module, or below the root folder."""
    folders = [request.path.parent, request.config.rootpath]
    for folder in folders:
        if (folder / path).is_file():
            return folder / path
    pytest.fail(f"there is no {path} in {' or '.join(map(str, folders))}", pytrace=False)


def check(machine: Any) -> None:
    """Fail the test, without a traceback, for a definition that cannot be run."""
    from aslrun.errors import DefinitionError
    from aslrun.report import render_text

    try:
        _ = machine.compiled
    except DefinitionError as refused:
        sources = {refused.source.file: refused.source} if refused.source else {}
        pytest.fail(render_text(refused.diagnostics, sources, False), pytrace=False)


@pytest.fixture
def history_snapshot(request: pytest.FixtureRequest) -> HistorySnapshot:
    """Compare an execution's history with the one kept: `history_snapshot(execution)`."""
    from aslrun.testing.snapshot import HistorySnapshot

    def fail(message: str) -> None:
        pytest.fail(message, pytrace=False)

    folder = request.path.parent / "snapshots"
    name = f"{request.path.stem}.{request.node.name}"
    return HistorySnapshot(folder, name, request.config.getoption("--asl-update"), fail)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Tell the story of each execution of a test that failed."""
    report: Any = yield
    if report.when == "call" and report.failed:
        from aslrun.testing.result import tell_story

        for machine, result in item.stash.get(RESULTS, []):
            report.sections.append(("state machine execution", tell_story(machine, result)))
    return report
