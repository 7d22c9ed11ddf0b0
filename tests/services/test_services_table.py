"""The table in docs/services.md is the code's."""

from __future__ import annotations

from pathlib import Path

from aslrun.services.table import LOCALLY, OTHERS, rows, table
from aslrun.validation.integrations import OPTIMIZED

DOCS = Path(__file__).parents[2] / "docs" / "services.md"


def test_the_documentation_has_the_table() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), "python -m aslrun.services.table prints it"


def test_all_actions_are_in_it_once() -> None:
    told = [(service, action) for service, actions, _, _ in rows() for action in actions.split(", ")]
    known = [(service, action) for service, actions in OPTIMIZED.items() for action in actions]
    assert sorted(told) == sorted(known)


def test_what_is_told_of_an_action_is_one_that_there_is() -> None:
    for service, told in LOCALLY.items():
        assert service not in OTHERS
        assert {action for action in told if action} <= OPTIMIZED[service].keys()
