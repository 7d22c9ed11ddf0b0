"""A server that is killed at random moments, and started again: `make test-crashes`."""

from __future__ import annotations

import pytest

from benchmarks.crashes import run


@pytest.mark.crashes
def test_nothing_is_lost_and_nothing_done_twice() -> None:
    assert run(kills=25, executions=50, seed=18) == []
