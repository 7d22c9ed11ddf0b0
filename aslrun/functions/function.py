"""A Lambda function: what it is called, and what it takes to run it.

Documentation: "Lambda function ARNs and names", "Configuring Lambda functions".
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from aslrun.states.resource import ARN_PART

# A handler takes (event) or (event, context); what these are is the user's affair.
Handler: TypeAlias = Callable[..., Any]

DEFAULT_TIMEOUT = 60.0
"""Seconds for a function that is given no timeout of its own (Lambda's default of 3 s suits no laptop)."""
DEFAULT_MEMORY = 128
"""MB that a function without a memory size is told to have: Lambda's default. It is not held to it."""
DEFAULT_PREFIX = "arn:aws:lambda:us-east-1:123456789012:function:"
"""What comes before the name in the ARN of a function that is called by its name alone."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACEHOLDER = r"\$\{[^{}]*\}"
_QUALIFIER = re.compile(rf"\$LATEST(\.PUBLISHED)?|(?:[A-Za-z0-9_-]|{_PLACEHOLDER}){{1,128}}")
_REFERENCE = re.compile(
    rf"(?:(?P<region>arn:{ARN_PART}+:lambda:{ARN_PART}*:)?(?P<account>(?:\d*|{_PLACEHOLDER}):)?function:)?"
    rf"(?P<name>{ARN_PART}+)(?::(?P<qualifier>{ARN_PART}+))?"
)
# How other tools name a function's ARN: Pay.Arn, PayArn, pay_arn, aws_lambda_function.pay.arn.
_ARN_OF = re.compile(
    r"(?:\w+\.)*?(?P<name>[\w-]+?)(?:\[[^\]]*\])?(?:[._-]?(?:arn|invoke_arn|qualified_arn)|\.function_name)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A function as a caller names it. `qualifier` is a version or an alias, as in `pay:5`, `pay:prod`."""

    name: str
    qualifier: str | None = None
    prefix: str = DEFAULT_PREFIX

    @property
    def arn(self) -> str:
        """The ARN that the function sees itself called by, with the qualifier if one was given."""
        return self.prefix + self.name + (f":{self.qualifier}" if self.qualifier else "")

    @property
    def version(self) -> str:
        """The version that runs: a number if one was given. Here every alias leads to `$LATEST`."""
        return self.qualifier if self.qualifier and self.qualifier.isdecimal() else "$LATEST"


@lru_cache(maxsize=1024)
def parse_reference(text: str) -> Reference:
    """Take an ARN (whole, or from the account on) or a bare name apart; a text that is neither is a name."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return Reference(text)
    region, account = DEFAULT_PREFIX[: -len("123456789012:function:")], "123456789012:"
    prefix = f"{match['region'] or region}{match['account'] or account}function:"
    return Reference(match["name"], match["qualifier"], prefix)


def is_name(text: str) -> bool:
    """Tell whether Lambda takes it as a function's name (API reference: CreateFunction, FunctionName)."""
    return _NAME.fullmatch(text) is not None


def is_qualifier(text: str) -> bool:
    """Tell whether Lambda takes it as a version or an alias (API reference: Invoke). A placeholder is one."""
    return _QUALIFIER.fullmatch(text) is not None


def function_name(text: str) -> str:
    """Return the name in a function's ARN, without account and qualifier; a bare name is itself."""
    return parse_reference(text).name


@lru_cache(maxsize=1024)
def names_of(text: str) -> tuple[str, ...]:
    """Return the names that the function of an ARN or a name may be found by, the likeliest first.

    A placeholder without a value stands for the function itself: `${PayArn}` is found as PayArn and as Pay,
    `pay-${Stage}` as pay.
    """
    name = function_name(text)
    if re.search(_PLACEHOLDER, name) is None:
        return (name,)
    inner = re.fullmatch(r"\$\{([^{}]+)\}", name)
    if inner is None:
        rest = re.sub(_PLACEHOLDER, "", name).strip("-_. /")
        return (name, rest) if rest else (name,)
    of_arn = _ARN_OF.fullmatch(inner[1])
    return (name, inner[1], of_arn["name"]) if of_arn else (name, inner[1])


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: a `callable` of this process, or a `handler` in a `file`.

    Attributes:
        name: what ARNs call it.
        file: the file of the handler, Python or JavaScript.
        handler: the handler's name in the file.
        callable: what is called instead, in this process.
        takes_context: whether a callable has a second argument.
        root: the folder that would be deployed (CodeUri): the working folder, and first on the import
            path. The file's own folder if None.
        folder: where the definition lies; on the import path after `root`.
        timeout: seconds an invocation may take; None where nothing is configured.
        memory: MB that it may use; None where nothing is configured, and then nothing is held.
        environment: environment variables, over those of this process.
        layers: folders of layers, in order (each laid out as in `/opt`: `python/`, `nodejs/node_modules/`).
        concurrency: reserved concurrency: how many invocations may run at once; None for no limit.
        architecture: `x86_64` or `arm64`, as configured; what is on this machine runs it.
        runtime: Lambda's name of its runtime, as in `nodejs20.x`; what is on this machine runs it.
        aliases: those that a template gives it; they lead to its files.
        has_versions: whether a template publishes versions of it; which numbers they have, it does not tell.
        unusable: why it cannot be run here, which is told when something wants to run it.
    """

    name: str
    file: Path | None = None
    handler: str = "handler"
    callable: Handler | None = None
    takes_context: bool = True
    root: Path | None = None
    folder: Path | None = None
    timeout: float | None = None
    memory: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    concurrency: int | None = None
    runtime: str | None = None
    architecture: str = "x86_64"
    aliases: tuple[str, ...] = ()
    has_versions: bool = False
    unusable: str | None = None

    @property
    def runtime_name(self) -> str:
        """Lambda's name of its runtime; where none is configured, of what runs its file."""
        if self.runtime is not None or self.file is None:
            return self.runtime or ""
        return f"python3.{sys.version_info.minor}" if self.file.suffix == ".py" else "nodejs"

    @property
    def log_format(self) -> str:
        """How its log is written: `Text` or `JSON`."""
        return "JSON" if self.environment.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON" else "Text"

    @property
    def log_group(self) -> str | None:
        """The log group that is configured; None for the function's own."""
        return self.environment.get("AWS_LAMBDA_LOG_GROUP_NAME")

    @property
    def time_limit(self) -> float:
        """Seconds that an invocation may take."""
        return DEFAULT_TIMEOUT if self.timeout is None else self.timeout

    @property
    def memory_size(self) -> int:
        """MB that the function is told to have."""
        return DEFAULT_MEMORY if self.memory is None else self.memory

    @property
    def task_root(self) -> Path:
        """The folder that the function runs in."""
        assert self.file is not None
        return (self.root or self.file.parent).absolute()
