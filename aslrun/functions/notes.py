"""What is worth knowing of a function that runs all the same: it is said once, before its first invocation.

Documentation: "Lambda quotas" (as of 2026-11-19), "Using dynamic references to specify template values".
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from aslrun.functions.function import Function

MAX_TIMEOUT = 1_800
"""Seconds that Lambda takes as a synchronous function's timeout."""
MAX_MEMORY = 32_768
"""MB that Lambda takes as a function's memory."""
DYNAMIC = "{{resolve:"
"""How a reference begins that CloudFormation replaces when it deploys."""


def notes_of(function: Function, resolves: bool = False) -> Iterator[str]:
    """Yield a sentence for each thing that may be otherwise on AWS; `resolves` tells that dynamic references
    are looked up."""
    if function.timeout is not None and function.timeout > MAX_TIMEOUT:
        yield f"its timeout is {function.timeout:g} s, and Lambda is known to take at most {MAX_TIMEOUT:,} s"
    if function.memory is not None and function.memory > MAX_MEMORY:
        yield f"its memory is {function.memory:,} MB, and Lambda is known to take at most {MAX_MEMORY:,} MB"
    for name, value in function.environment.items():
        if DYNAMIC in value and name not in os.environ and not resolves:
            yield (
                f"its environment variable {name} is '{value}', which CloudFormation resolves: without AWS"
                f" (--aws) the function sees it as it is written; set {name} in your environment to give it a"
                " value"
            )
    yield from _of_python(function)


def _of_python(function: Function) -> Iterator[str]:
    named = re.fullmatch(r"python(\d+)\.(\d+)", function.runtime or "")
    if named and (int(named[1]), int(named[2])) > sys.version_info[:2]:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        yield f"its Runtime is {function.runtime}, and Python {here} runs it here: what is newer is not there"
