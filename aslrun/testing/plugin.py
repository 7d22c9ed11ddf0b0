"""The pytest plugin. What it needs is imported where it is used: a run without aslrun pays nothing."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from aslrun.testing import coverage

if TYPE_CHECKING:
    from aslrun.machine import PathOrDefinition, StateMachine
    from aslrun.testing.machine import MachineUnderTest, StateMachineFixture
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
def state_machine(request: pytest.FixtureRequest) -> StateMachineFixture:
    """Load a state machine: `state_machine("order.asl.json")`.

    The path counts from the test module's folder, else from the root folder. An invalid definition fails the
    test with its diagnostics. Arguments: `aslrun.testing.StateMachineFixture`.
    """
    results: Results = []
    request.node.stash[RESULTS] = results

    def load(source: PathOrDefinition, **options: Any) -> MachineUnderTest:
        from aslrun.testing.machine import MachineUnderTest

        machine = load_valid(source if isinstance(source, Mapping) else find(source, request), options)
        return MachineUnderTest(machine, lambda result: results.append((machine.name, result)))

    return load


def find(path: str | os.PathLike[str], request: pytest.FixtureRequest) -> str:
    """Return where a definition lies: beside the test module, or below the root folder."""
    from aslrun.document.definitions import split_reference

    file, id = split_reference(os.fspath(path))
    folders = list(dict.fromkeys([request.path.parent, request.config.rootpath]))
    for folder in folders:
        if (folder / file).is_file():
            return str(folder / file) + (f":{id}" if id else "")
    pytest.fail(f"there is no {file} in {' or '.join(map(str, folders))}", pytrace=False)


def load_valid(source: PathOrDefinition, options: dict[str, Any]) -> StateMachine:
    """Load a machine; fail the test, without a traceback, for one that cannot be run."""
    from aslrun.diagnostics import DefinitionError
    from aslrun.errors import UsageError
    from aslrun.machine import load
    from aslrun.views.diagnostics import render_text

    try:
        machine = load(source, **options)
        _ = machine.compiled
    except UsageError as mistake:
        wrong = str(mistake)
    except DefinitionError as refused:
        sources = {refused.source.file: refused.source} if refused.source else {}
        wrong = render_text(refused.diagnostics, sources, False)
    else:
        return machine
    # Not in the `except`, where pytest would tell the same twice.
    pytest.fail(wrong, pytrace=False)


@pytest.fixture
def history_snapshot(request: pytest.FixtureRequest) -> HistorySnapshot:
    """Compare an execution's history with the one kept: `history_snapshot(execution)`."""
    from aslrun.testing.snapshot import HistorySnapshot

    def fail(message: str) -> None:
        pytest.fail(message, pytrace=False)

    folder = request.path.parent / "snapshots"
    # The classes a test is in are part of its name.
    name = ".".join([request.path.stem, *request.node.nodeid.split("::", 1)[1].split("::")])
    return HistorySnapshot(folder, name, request.config.getoption("--asl-update"), fail)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Tell the story of each execution of a test that failed."""
    report: Any = yield
    if report.when in ("setup", "call") and report.failed:
        from aslrun.testing.result import tell_story

        for machine, result in item.stash.get(RESULTS, []):
            report.sections.append(("state machine execution", tell_story(machine, result)))
    return report
