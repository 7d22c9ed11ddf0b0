"""The Lambda functions of a machine: found before it runs, and answered by workers while it does.

Imported for machines that have Tasks only: processes and templates cost a tenth of a second to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aslrun.document.cloudformation.evaluation import Template
from aslrun.errors import UsageError
from aslrun.functions.function import names_of
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


def answer_functions(
    table: Functions, *, cold: bool, reports: bool, show: Show | None, quota: bool
) -> LambdaFunctions:
    """Return the integration that calls the functions of a table. Options: see `StateMachine.start`."""
    workers = Workers(cold=cold, reports=reports)
    return LambdaFunctions(table, workers, show=show or show_on_stderr, quota=quota)
