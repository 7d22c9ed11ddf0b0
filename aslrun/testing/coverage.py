"""Coverage of definitions by a test run: `pytest --asl-cov=PATH`. Options are named as those of pytest-cov.

With pytest-xdist each worker counts for itself and hands over what it counted when it ends; the controller
adds up and reports.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aslrun.coverage.report import Report

HANDED_OVER = "aslrun_coverage"
"""The key of a worker's counts in what it hands to the controller."""

TO_TERMINAL = ("term", "term-missing")
TO_FILE = {"json": "asl-coverage.json", "html": "asl-coverage", "data": ".asl-coverage"}
"""Reports that are written, and where to, unless the option says it."""


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options of coverage."""
    group.addoption(
        "--asl-cov",
        dest="asl_cov",
        action="append",
        nargs="?",
        const=".",
        default=[],
        metavar="PATH",
        help="measure the coverage of the definitions in PATH: a folder, a definition, a template, or"
        " TEMPLATE:ID; may be repeated",
    )
    group.addoption(
        "--asl-cov-report",
        dest="asl_cov_report",
        action="append",
        default=[],
        type=check_report,
        metavar="TYPE",
        help="term, term-missing (the default), json[:FILE], html[:FOLDER], or data[:FILE], which adds to a"
        " file for `aslrun coverage`; empty for none; may be repeated",
    )
    group.addoption(
        "--asl-cov-fail-under",
        dest="asl_cov_fail_under",
        type=read_percent,
        metavar="PERCENT",
        help="fail if less of the definitions is covered",
    )


def check_report(text: str) -> str:
    """Check a value of --asl-cov-report: `term`, `json:FILE`, or nothing."""
    # A value stays a string: pytest-xdist sends all options to its workers, and knows plain values only.
    kind = text.partition(":")[0]
    if text and text not in TO_TERMINAL and kind not in TO_FILE:
        there_are = ", ".join([*TO_TERMINAL, *(f"{name}:PATH" for name in TO_FILE)])
        raise argparse.ArgumentTypeError(f"there is no report '{text}'; there are {there_are}")
    return text


def read_percent(text: str) -> float:
    """Read a value of --asl-cov-fail-under."""
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"'{text}' is no percentage from 0 to 100")
    return percent


def configure(config: pytest.Config) -> None:
    """Begin to measure, if that is asked for; pytest.UsageError for options that cannot be followed."""
    options = config.option
    if options.asl_cov and not options.collectonly:
        config.pluginmanager.register(CoveragePlugin(config), "aslrun-coverage")
    elif options.asl_cov_fail_under is not None and not options.asl_cov:
        raise pytest.UsageError("--asl-cov-fail-under needs --asl-cov=PATH")


class CoveragePlugin:
    """Measures a test run, or a worker's part of it, and reports."""

    def __init__(self, config: pytest.Config) -> None:
        from aslrun.coverage.recording import Recording
        from aslrun.machine import watchers

        self.config = config
        # A worker may run where the paths are not; it does not need them.
        paths = [] if hasattr(config, "workerinput") else config.option.asl_cov
        self.paths = [find_path(config, path) for path in paths]
        self.recording = Recording()
        self.report: Report | None = None
        self.notes: list[str] = []
        watchers.append(self.recording.instrument)

    def pytest_unconfigure(self) -> None:
        from aslrun.machine import watchers

        watchers.remove(self.recording.instrument)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker of pytest-xdist hands over when it ends."""
        from aslrun.coverage.data import from_json

        handed = getattr(node, "workeroutput", {}).get(HANDED_OVER)
        if handed is None:
            self.notes.append("a worker ended without handing over its coverage")
        else:
            self.recording.coverage.add(from_json(handed, str(self.config.rootpath)))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        from aslrun.coverage.data import to_json
        from aslrun.errors import AslrunError

        worker = getattr(self.config, "workeroutput", None)
        if worker is not None:
            worker[HANDED_OVER] = to_json(self.recording.coverage, str(self.config.rootpath))
            return
        try:
            self.make_reports()
        except AslrunError as wrong:
            self.notes.append(f"ERROR {wrong}")
        if session.exitstatus == pytest.ExitCode.OK and (self.report is None or self.is_under()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def make_reports(self) -> None:
        """Measure, and write the reports that go to files; UsageError where that cannot be done."""
        from aslrun.coverage import FORMATS
        from aslrun.coverage.data import add_to_file, write_report
        from aslrun.coverage.report import changed_text, measure

        report = measure(self.recording.coverage, self.paths)
        for kind, path in self.files():
            if kind == "data":
                dropped = add_to_file(path, self.recording.coverage)
                self.notes += map(changed_text, dropped)
            else:
                text: str = import_module(FORMATS[kind]).render(report)
                write_report(os.path.join(path, "index.html") if kind == "html" else path, text)
            self.notes.append(f"wrote {kind} to {path}")
        self.report = report

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the kinds of the reports that are written, and where to."""
        for kind, _, path in (text.partition(":") for text in self.config.option.asl_cov_report):
            if kind in TO_FILE:
                yield kind, os.path.join(self.config.invocation_params.dir, path or TO_FILE[kind])

    def is_under(self) -> bool:
        least = self.config.option.asl_cov_fail_under
        return least is not None and self.report is not None and self.report.is_under(least)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        from aslrun.coverage.report import under_text
        from aslrun.coverage.text import render

        wanted = self.config.option.asl_cov_report or ["term-missing"]
        shown = [kind for kind in wanted if kind in TO_TERMINAL]
        notes = [*self.notes, *(self.report.notes if self.report else ())]
        if not (shown or notes or self.is_under()):
            return
        terminalreporter.section("state machine coverage")
        if self.report is not None and shown:
            terminalreporter.write(render(self.report, missing="term-missing" in shown))
        for note in notes:
            terminalreporter.write_line(note)
        if self.report is not None and self.is_under():
            told = under_text(self.report, self.config.option.asl_cov_fail_under)
            terminalreporter.write_line(f"FAIL {told}", red=True)


def find_path(config: pytest.Config, path: str) -> str:
    """Return a PATH of --asl-cov as an absolute one; pytest.UsageError if there is nothing."""
    from aslrun.document.definitions import split_reference

    found = os.path.abspath(os.path.join(config.invocation_params.dir, path))
    if not os.path.exists(split_reference(found)[0]):
        raise pytest.UsageError(f"--asl-cov={path}: there is no such file or folder")
    return found
