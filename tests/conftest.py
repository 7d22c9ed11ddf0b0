"""Fixtures for all tests: `run` executes a definition on the virtual clock; `golden` compares with a file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml  # noqa: F401 - first imported within pytester it would be forgotten, but not by its part in C
from chromium import chromium  # noqa: F401 - a fixture

import aslrun
from aslrun.drivers.clock import VirtualClock

# A machine that is busy with something else must not fail a test.
hypothesis.settings.register_profile("aslrun", deadline=None)
hypothesis.settings.load_profile("aslrun")

# A shell that runs the tests in the background may have had them ignore Ctrl-C and hang-ups, which processes
# that they start would inherit.
for name in ("SIGINT", "SIGHUP", "SIGTERM"):
    if (number := getattr(signal, name, None)) and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else lambda *_: sys.exit(1))

START = 1_770_000_000.0
"""When the executions of tests begin: 2026-02-02T02:40:00Z."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing")


@pytest.fixture
def run() -> Callable[..., aslrun.Execution]:
    """Execute a definition, or the states of one that starts at the first of them."""

    def run(
        definition: Mapping[str, Any],
        input: Any = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        **options: Any,
    ) -> aslrun.Execution:
        if "States" not in definition:
            definition = {"StartAt": next(iter(definition)), "States": definition}
        type = options.pop("type", "STANDARD")
        options.setdefault("clock", VirtualClock(START))
        return aslrun.load(definition, type=type).execute(input, functions=functions, seed=1, **options)

    return run


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Callable[[str, Path], None]:
    """Compare a text with a golden file; `--update-golden` writes it instead."""

    def compare(text: str, path: Path) -> None:
        if pytestconfig.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return compare
