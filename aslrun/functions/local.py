"""The Lambda functions of a machine: found before it runs, and answered by workers while it does.

Imported for machines that have Tasks only: processes and templates cost a tenth of a second to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aslrun.document.cloudformation.evaluation import Template
from aslrun.errors import UsageError
from aslrun.functions.function import function_name, names_of
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.log import Show, show_on_stderr
from aslrun.functions.runtime import check
from aslrun.functions.table import Functions
from aslrun.functions.template import functions_of
from aslrun.functions.workers import Workers
from aslrun.states.fields import UNFILLED
from aslrun.validation.placeholders import has_placeholder


def find_functions(
    callables: Mapping[str, Callable[..., Any]] | None,
    function_files: Sequence[str],
    folder: Path | None,
    template: Template | None,
) -> Functions:
    """Return the table of the functions that can be called. Raises UsageError as `Functions` does."""
    return Functions(callables or {}, function_files, folder, functions_of(template) if template else ())


def check_functions(table: Functions, called: Iterable[tuple[str, str]]) -> None:
    """Raise UsageError if one of (state, function) is nowhere, or cannot run here."""
    for state, function in called:
        if has_placeholder(function) and not table.has(function):
            told = f"state '{state}': the Lambda function is '{function}': {UNFILLED}"
            raise UsageError(f"{told}; or say which it is: --function {names_of(function)[-1]}=FILE:HANDLER")
        check(table.find(function))


def check_named(
    names: Iterable[str], function_files: Sequence[str], called: Iterable[str], machine: str
) -> None:
    """Raise UsageError for a function that is given, by its name or as `NAME=FILE:HANDLER`, and that is none
    of those that a machine calls."""
    calls = {name for function in called for name in names_of(function)}
    for name in (*names, *(option.partition("=")[0] for option in function_files if "=" in option)):
        if name in calls or function_name(name) in calls:
            continue
        known = sorted(one for one in calls if "${" not in one)
        close = get_close_matches(name, known, 1)
        guess = f"; did you mean '{close[0]}'?" if close else ""
        there = f"they call {', '.join(known)}" if known else "they call none"
        raise UsageError(f"no Task of {machine} calls the Lambda function '{name}'; {there}{guess}")


def answer_functions(
    table: Functions, workers: Workers, *, show: Show | None, quota: bool
) -> LambdaFunctions:
    """Return the integration that calls the functions of a table. Options: see `StateMachine.start`."""
    return LambdaFunctions(table, workers, show=show or show_on_stderr, quota=quota)
