"""A test as users with mypy write it: the repository's own strict run of mypy checks this module."""

from __future__ import annotations

import pytest

import aslrun.testing
from aslrun.testing import ExecutionResult, HistorySnapshot, MachineUnderTest, StateMachineFixture

ANSWER = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 42, "End": True}}}


@pytest.fixture
def machine(state_machine: StateMachineFixture) -> MachineUnderTest:
    return state_machine(ANSWER, type="EXPRESS")


@pytest.fixture
def execution(machine: MachineUnderTest) -> ExecutionResult:
    return machine.execute({"question": None})


def test_annotated(execution: ExecutionResult, history_snapshot: HistorySnapshot) -> None:
    assert execution.output == 42
    assert execution.path == ["A"]
    assert execution.clock.now > 0
    assert not history_snapshot.update


def test_names_are_imported_on_first_use() -> None:
    for name in aslrun.testing.__all__:
        assert getattr(aslrun.testing, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = aslrun.testing.nothing
