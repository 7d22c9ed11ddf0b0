"""A module that a handler imports and that is not installed here, while it is there on AWS.

Documentation: "Runtime-included SDK versions", "Working with .zip file archives for Python Lambda functions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aslrun.errors import UsageError
from aslrun.functions.function import Function

IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""The modules that Lambda's Python runtime brings along; boto3 needs all of them."""
KINDS = ("Runtime.ImportModuleError", "ModuleNotFoundError")
_MISSING = re.compile(r"No module named '([^'.]+)[^']*'$")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def check_imports(function: Function, error: dict[str, Any]) -> str | None:
    """Raise UsageError where a Python function failed since a module is not installed that it has on AWS.

    Returns what else there is to say of a module that is missing: a requirements.txt that lies there.
    """
    found = _MISSING.search(str(error.get("errorMessage"))) if error["errorType"] in KINDS else None
    if found is None or function.file is None or function.file.suffix != ".py":
        return None
    module = found[1]
    who = f"the Lambda function '{function.name}' ({function.file})"
    told = f"{who} imports {module}, which is not installed here"
    if module in IN_THE_RUNTIME:
        raise UsageError(f"{told}; Lambda's Python runtime has it: pip install 'aslrun[aws]'")
    file = next(_requirements(function), None)
    if file is None:
        return None
    if _plain(module) in {_plain(name) for name in _names_in(file)}:
        raise UsageError(f"{told}; {file} asks for it: pip install -r {file}")
    return f"'{module}' is not installed here: pip install -r {file}, if that asks for it"


def _requirements(function: Function) -> Iterator[Path]:
    assert function.file is not None
    for folder in dict.fromkeys((function.file.parent.absolute(), function.task_root, function.folder)):
        if folder is not None and (file := folder / "requirements.txt").is_file():
            yield file


def _names_in(file: Path) -> Iterator[str]:
    for line in file.read_text("utf-8", "replace").splitlines():
        if match := _REQUIREMENT.match(line):
            yield match[1]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
