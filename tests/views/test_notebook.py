"""What notebooks show: drawings and summaries, by the methods that IPython looks for."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from typing import Any

import pytest

import aslrun
from aslrun.testing.machine import MachineUnderTest
from aslrun.testing.result import ExecutionResult

PAY = {
    "StartAt": "Pay",
    "States": {
        "Pay": {
            "Type": "Task",
            "Resource": "pay",
            "Retry": [{"ErrorEquals": ["TimeoutError"], "IntervalSeconds": 60, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["ValueError"], "Next": "Refused"}],
            "Next": "Done",
        },
        "Refused": {"Type": "Fail", "Error": "<Refused>", "Cause": "<script>alert(1)</script>"},
        "Done": {"Type": "Succeed"},
    },
}


def pay(outcomes: list[Any]) -> aslrun.Execution:
    def function(event: Any) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return aslrun.load(PAY).execute({}, functions={"pay": function}, seed=1)


class Read(HTMLParser):
    """The texts of a page, and its tags; every tag that is opened must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.tags.add(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.texts.append(data.strip())


def test_a_machine_is_drawn() -> None:
    drawn = aslrun.load(PAY)._repr_svg_()
    assert drawn is not None
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert 'data-id="/States/Pay"' in drawn


@pytest.mark.parametrize("definition", [{}, {"States": 3}, {"StartAt": "A", "States": []}])
def test_a_machine_that_cannot_be_drawn_has_its_repr(definition: Any) -> None:
    machine = aslrun.load(definition)
    assert machine._repr_svg_() is None
    assert repr(machine) == "<StateMachine StateMachine>"


def test_a_machine_with_too_many_levels_has_its_repr() -> None:
    state: Any = {"Type": "Pass", "End": True}
    for _ in range(400):
        state = {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": state}}], "End": True}
    assert aslrun.load({"StartAt": "A", "States": {"A": state}})._repr_svg_() is None


def shown(execution: aslrun.Execution) -> str:
    page = execution._repr_html_()
    assert page is not None
    return page


def test_a_success_is_summarised_and_drawn() -> None:
    page = shown(pay([TimeoutError(), {"receipt": "R-1 & more"}]))
    read = Read(page)
    assert read.texts[:11] == [
        "Execution succeeded",
        "output",
        '{\n  "receipt": "R-1 & more"\n}',
        "path",
        "Pay → Done",
        "retries",
        "Pay 1",
        "skipped",
        "1 min of waiting",
        *read.texts[9:11],
    ]
    assert 'class="node state task succeeded"' in page


def test_a_failure_is_explained_and_everything_is_escaped() -> None:
    page = shown(pay([ValueError("no")]))
    read = Read(page)
    assert "script" not in read.tags
    assert read.texts[:7] == [
        "Execution failed in state 'Refused': <Refused>",
        "cause",
        "<script>alert(1)</script>",
        "path",
        "Pay → Refused",
        "caught",
        "Pay: ValueError: no",
    ]


def test_an_output_that_is_long_is_cut() -> None:
    page = shown(pay([{"text": "x" * 10_000}]))
    assert "x" * 1_900 in page
    assert "x" * 2_001 not in page


def test_half_a_surrogate_pair_does_no_harm() -> None:
    shown(pay([{"text": "\ud800"}])).encode()


def test_an_execution_that_has_not_ended() -> None:
    execution, close = aslrun.load(PAY).start({}, aslrun.RunOptions(functions={"pay": lambda event: event}))
    close()
    assert "Execution has not ended" in shown(execution)


def test_the_objects_of_tests_are_shown_alike() -> None:
    execution = pay([{}])
    assert ExecutionResult(execution)._repr_html_() == execution._repr_html_()
    machine = aslrun.load(PAY)
    assert MachineUnderTest(machine, lambda result: None)._repr_svg_() == machine._repr_svg_()


def test_nothing_is_imported_for_it_before() -> None:
    code = "import sys, aslrun.machine; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"networkx", "rich", "aslrun.views.notebook", "aslrun.graph"} & set(loaded.stdout.split())
