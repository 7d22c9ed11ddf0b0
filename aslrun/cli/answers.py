"""Answers that the command line gives: `--mock 'State={"json": 1}'` and `--mock 'State!Error=cause'`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aslrun.cli.files import read_input
from aslrun.errors import StateError, UsageError


def read_answers(given: Iterable[str]) -> dict[str, Any]:
    """Return what `--mock` options say, by states: one answer for all calls, or, where a state is named more
    than once, a tuple of one for each. UsageError for an option that says nothing of the kind."""
    answers: dict[str, list[Any]] = {}
    for option in given:
        state, answer = _read(option)
        answers.setdefault(state, []).append(answer)
    return {state: found[0] if len(found) == 1 else tuple(found) for state, found in answers.items()}


def _read(option: str) -> tuple[str, Any]:
    name, equals, value = option.partition("=")
    state, mark, error = name.rpartition("!")
    if mark and state and error:
        return state, StateError(error, value if equals else "")
    if not name or not equals or not value.strip() or value == "-" or mark:
        raise UsageError(
            f"--mock {option}: write STATE=JSON for an answer (or STATE=FILE), STATE!ERROR=CAUSE for an error"
        )
    return name, read_input(value, f"answer of '{name}'")
