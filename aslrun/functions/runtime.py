"""How the worker process of a function is started: command and environment, by the file's language.

Documentation: "Defined runtime environment variables", "Packaging layer content"; layers are laid out as
they are below `/opt`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from aslrun.errors import UsageError
from aslrun.functions.function import Function

NODE_HEAP = 0.9
"""The share of its memory that a Node.js function may use as heap."""
MAX_VARIABLE = 32_000 if sys.platform == "win32" else 131_000
"""Bytes that an environment variable may have, with its name (Linux: MAX_ARG_STRLEN)."""
_RELATIVE = re.compile(r"^\s*from\s+\.", re.MULTILINE)
NODE_RUNTIME = "nodejs24.x"
"""The runtime of a Node.js function that names none: what Lambda's console chooses for a new one."""
_PROGRAMS = Path(__file__).parent / "programs"


class Surroundings(Protocol):
    """What a worker is told of AWS."""

    def environment(self) -> dict[str, str]:
        """Return the variables that a worker is given beside Lambda's own and the function's."""

    def localized(self, text: str) -> str:
        """Return a text with the QueueUrls of a template led to where its queues are."""

    def resolved(self, text: str) -> str:
        """Return a text with the values of its dynamic references, `{{resolve:ssm:NAME}}`; as it is where
        nothing has them. Raises UsageError for one that is not there."""

    @property
    def resolves(self) -> bool:
        """Whether dynamic references are resolved."""


class ThisProcess:
    """Surroundings that are those of this process, AWS and all."""

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def localized(self, text: str) -> str:
        return text

    def resolved(self, text: str) -> str:
        return text

    @property
    def resolves(self) -> bool:
        return False


def is_python(function: Function) -> bool:
    """Tell whether a function's file is Python; else it is JavaScript."""
    return function.file is not None and function.file.suffix == ".py"


_NEWER = (23, 0)
_MODULE_FEATURES: Mapping[str, Mapping[int, tuple[int, int]]] = {
    "require-module": {20: (20, 17), 21: _NEWER, 22: (22, 0)},
    "detect-module": {20: (20, 10), 21: (21, 1), 22: (22, 0)},
}
"""What loads modules that are none by name → the versions of Node.js that have a flag for it, by major."""


@lru_cache(maxsize=1)
def node_version() -> tuple[int, int]:
    """Return the major and minor version of the `node` on the PATH; zeros if it does not tell."""
    try:
        told = subprocess.run(
            [find_node() or "node", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0, 0
    found = re.match(r"v(\d+)\.(\d+)", told.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@lru_cache(maxsize=1)
def find_node() -> str | None:
    """Return the `node` on the PATH."""
    return shutil.which("node")


def check(function: Function) -> None:
    """Raise UsageError for a function whose language cannot run here."""
    if function.callable is None and not is_python(function) and find_node() is None:
        raise UsageError(
            f"the Lambda function '{function.name}' ({function.file}) runs on Node.js, and there is no node"
            " on the PATH: install Node.js, or mock the function"
        )
    check_environment(function)


def check_environment(function: Function) -> None:
    """Raise UsageError for environment variables that no process can be given here."""
    for name, value in function.environment.items():
        told = f"the Lambda function '{function.name}': its environment variable {name!r}"
        if not name or "=" in name or "\0" in name:
            raise UsageError(f"{told} has a name that is none: write letters, digits and _")
        if "\0" in value:
            raise UsageError(f"{told} has a null character in its value")
        size = len(name) + len(value.encode("utf-8", "surrogatepass"))
        if size > MAX_VARIABLE:
            raise UsageError(
                f"{told} has {size:,} bytes; a process here takes at most {MAX_VARIABLE:,} (on AWS"
                " a function's variables have 4 KB together)"
            )


def command_of(function: Function, channel: str, mark: str) -> list[str]:
    """Return the command of a function's worker: it has the protocol on `channel`, and answers by `mark`."""
    make = _python_command if is_python(function) else _node_command
    return make(function, [channel, mark, str(_file_of(function))])


def _python_command(function: Function, told: list[str]) -> list[str]:
    # -P keeps our own modules off the import path.
    command = [sys.executable, "-P", "-X", "utf8", str(_PROGRAMS / "worker.py")]
    return [*command, *told, module_of(function), function.handler, *map(str, import_path(function))]


def _node_command(function: Function, told: list[str]) -> list[str]:
    told = [*told, function.handler]
    heap = [f"--max-old-space-size={int(function.memory * NODE_HEAP)}"] if function.memory else []
    main = str(_PROGRAMS / "worker.mjs")
    root = "" if function.root is None else str(function.root.absolute())
    command = [find_node() or "node", *heap, *_node_flags(function), main]
    return [*command, *told, root, str(node_major(function))]


def node_major(function: Function) -> int:
    """Return the major version of Node.js that a function's runtime has, whatever is on this machine."""
    named = re.fullmatch(r"nodejs(\d+)(?:\..*)?", function.runtime or NODE_RUNTIME)
    return int(named[1]) if named else 0


def _file_of(function: Function) -> Path:
    assert function.file is not None
    return function.file.absolute()


def import_path(function: Function) -> list[Path]:
    """Return where a Python function's imports are looked for first."""
    site_packages = Path("lib", f"python{_version()}", "site-packages")
    layers = [_part_of(layer, "python") for layer in function.layers]
    folder = [] if function.folder is None else [function.folder.absolute()]
    return [package_root(function), *folder, *layers, *(layer / site_packages for layer in layers)]


def module_of(function: Function) -> str:
    """Return the name that a Python file is imported by: `app`, or `package.app` further down.

    It counts from the root; a file with relative imports that has no package around it counts from the
    folder of the definition or of aslrun.toml. A file that no name leads to (`my.app.py`) has a slash before.
    """
    file, root = _file_of(function), package_root(function)
    folder = function.folder and function.folder.absolute()
    if folder and file.parent == root and folder in root.parents and _RELATIVE.search(_text_of(file)):
        root = folder
    parts = file.relative_to(root).with_suffix("").parts if root in file.parents else (file.stem,)
    return "/" + file.stem if any("." in part for part in parts) else ".".join(parts)


def package_root(function: Function) -> Path:
    """Return where imports begin: the folder that is deployed, else the one around the package."""
    if function.root is not None:
        return function.task_root
    folder = _file_of(function).parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _part_of(layer: Path, language: str) -> Path:
    """Return a language's folder in a layer; the layer itself where `sam build` has still to make one."""
    part = layer.absolute() / language
    return part if part.is_dir() else layer.absolute()


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def environment_of(
    function: Function, version: str, surroundings: Surroundings | None = None
) -> dict[str, str]:
    """Return a worker's environment: what surrounds it, what Lambda defines, the function's own."""
    assert function.file is not None
    around = surroundings or ThisProcess()
    log_stream = f"local/[{version}]aslrun"
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        **around.environment(),
        **(_python_environment(function) if is_python(function) else _node_environment(function)),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": "",
        "LAMBDA_TASK_ROOT": str(function.task_root),
        "_HANDLER": f"{function.file.stem}.{function.handler}",
        "TZ": ":UTC",
        **{name: _value(name, function, around) for name in function.environment},
    }


def _value(name: str, function: Function, around: Surroundings) -> str:
    try:
        return around.resolved(around.localized(function.environment[name]))
    except UsageError as wrong:
        raise UsageError(f"the environment variable {name} of {function.name}: {wrong}") from None


def _python_environment(function: Function) -> dict[str, str]:
    named = function.runtime or ""
    runtime = named if named.startswith("python") else f"python{_version()}"
    return {"AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}", "PYTHONUNBUFFERED": "1"}


def _node_environment(function: Function) -> dict[str, str]:
    assert function.file is not None
    parts = [_part_of(layer, "nodejs") for layer in function.layers]
    major = node_major(function)
    folders = [str(part / f"node{major}" / "node_modules") for part in parts]
    folders += [str(part / "node_modules") for part in parts]
    if inherited := os.environ.get("NODE_PATH"):
        folders.append(inherited)
    # Lambda's own bootstrap has the task's root last.
    folders.append(str(function.task_root))
    place = os.path.relpath(function.file.absolute(), function.task_root)
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime or NODE_RUNTIME}",
        "NODE_PATH": os.pathsep.join(folders),
        "_HANDLER": f"{Path(place).with_suffix('').as_posix()}.{function.handler}",
    }


def _node_flags(function: Function) -> list[str]:
    """Return the flags that make the Node.js of this machine load modules as the function's runtime does.

    Documentation: "Building Lambda functions with Node.js", "Experimental Node.js features": up to 22 Lambda
    turns two of them off, unless NODE_OPTIONS turns them on; from 24 on they are there.
    """
    version = node_version()
    wanted = function.environment.get("NODE_OPTIONS", os.environ.get("NODE_OPTIONS", ""))
    prefix = "--" if node_major(function) >= 24 else "--no-"
    return [
        f"{prefix}experimental-{name}"
        for name, since in _MODULE_FEATURES.items()
        if version >= since.get(version[0], _NEWER) and f"experimental-{name}" not in wanted
    ]
