"""Where functions come from: `--function`, `aslrun.toml`, templates, `handlers/NAME.py`, `handlers.py`.

A function that is nowhere is told once, before anything runs: where it was looked for, and what was there.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aslrun.document import read_toml
from aslrun.errors import UsageError
from aslrun.functions.function import Function, Handler, function_name, is_name, names_of

SUFFIXES = (".py", ".mjs", ".js", ".cjs")
"""Suffixes of the files that hold handlers."""


class Functions:
    """The functions that can be called.

    They are looked for in this order: `callables` given in code, `named_files` of the command line
    (`NAME=FILE:HANDLER`), `aslrun.toml` in `folder`, `declared` ones (of a template), and the handlers
    that lie in `folder`. Raises UsageError for what is wrong with an option or with aslrun.toml.

    `at_once` are the names of callables that have a `takes_no_time` that is true: their answers are given,
    and no time passes for the execution until they come.
    """

    def __init__(
        self,
        callables: Mapping[str, Handler],
        named_files: Sequence[str] = (),
        folder: Path | None = None,
        declared: Iterable[Function] = (),
    ) -> None:
        self.folder = folder
        self.at_once = {name for name, one in callables.items() if getattr(one, "takes_no_time", False)}
        self._found: dict[str, Function] = {
            name: Function(name, callable=function, takes_context=_takes_context(function))
            for name, function in callables.items()
        }
        for function in (*map(_from_option, named_files), *_from_toml(folder), *declared):
            self._found.setdefault(function.name, function)

    def find(self, name: str) -> Function:
        """Return the function of an ARN or a name; UsageError where it is nowhere, or cannot run here."""
        function = self.look_up(name)
        name = function_name(name)
        if function is None:
            raise UsageError(self.nowhere(name))
        if function.unusable:
            raise UsageError(f"the Lambda function '{name}' cannot run here: {function.unusable}")
        return function

    def has(self, name: str) -> bool:
        """Tell whether `find` would find it."""
        return self.look_up(name) is not None

    def look_up(self, name: str) -> Function | None:
        """Return the function of an ARN or a name, also one that cannot run here; None if it is nowhere."""
        for one in names_of(name):
            found = self._found.get(one) or self._beside_the_definition(one)
            if found is not None:
                self._found[function_name(name)] = found
                return found
        return None

    def _beside_the_definition(self, name: str) -> Function | None:
        # A name may come from data: one that Lambda does not take is no part of a file's name either.
        if self.folder is None or not is_name(name):
            return None
        for stem in dict.fromkeys((name, name.replace("-", "_"))):
            for suffix in SUFFIXES:
                file = self.folder / "handlers" / f"{stem}{suffix}"
                if file.is_file():
                    return self._handler_file(name, file)
        file = self.folder / "handlers.py"
        python_name = name.replace("-", "_")
        if file.is_file() and python_name in names_defined(file):
            return Function(name, file, python_name, folder=self.folder)
        return None

    def _handler_file(self, name: str, file: Path) -> Function:
        defined = names_defined(file) if file.suffix == ".py" else frozenset()
        # Where neither is there, or the file cannot be parsed, the worker says so in the runtime's words.
        handler = next((one for one in ("handler", "lambda_handler") if one in defined), "handler")
        return Function(name, file, handler, folder=self.folder)

    def nowhere(self, name: str) -> str:
        """Return the text for a name that is nowhere."""
        known = sorted({*self._found, *_names_in(self.folder)})
        close = get_close_matches(name, known, 1)
        lines = [f"there is no Lambda function '{name}'" + (f"; did you mean '{close[0]}'?" if close else "")]
        in_a_test = f'functions={{"{name}": ...}}'
        lines.append(f"  looked for: --function {name}=FILE:HANDLER (in a test: {in_a_test})")
        if self.folder is not None:
            python_name = name.replace("-", "_")
            file = self.folder / "handlers" / f"{python_name}.py"
            lines += [
                f"              [functions] in {self.folder / 'aslrun.toml'}",
                "              template.yaml (SAM or CloudFormation) in that folder or above it",
                f"              {file} with handler or lambda_handler (or .mjs, .js, .cjs with handler)",
                f"              {self.folder / 'handlers.py'} with a function {python_name}",
            ]
        lines.append(f"  found: {', '.join(known) or 'no functions'}")
        return "\n".join(lines)


def _takes_context(function: Handler) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell its signature
        return False
    return True


def names_defined(file: Path) -> frozenset[str]:
    """Return the names that a Python file defines at its top level, without running it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return frozenset()
    return frozenset(name for node in tree.body for name in _names_of(node))


def _names_of(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
    elif isinstance(node, (ast.If, ast.Try)):
        yield from (name for inner in node.body for name in _names_of(inner))


def _names_in(folder: Path | None) -> Iterator[str]:
    if folder is None:
        return
    if (folder / "handlers").is_dir():
        files = (file for file in (folder / "handlers").iterdir() if file.suffix in SUFFIXES)
        yield from (file.stem for file in files if file.stem != "__init__")
    if (folder / "handlers.py").is_file():
        yield from (name for name in names_defined(folder / "handlers.py") if not name.startswith("_"))


# ---------------------------------------------------------------- what the user writes


def _from_option(text: str) -> Function:
    name, equals, place = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--function {text}: write NAME=FILE:HANDLER, for example pay=src/pay.py:handler")
    return _function(name, place, Path(), f"--function {text}")


def _function(name: str, place: str, folder: Path, where: str, **more: Any) -> Function:
    """Make the function of `FILE:HANDLER`; the file must be there."""
    file_name, colon, handler = place.rpartition(":")
    if not colon or not file_name or not handler:
        raise UsageError(f"{where}: '{place}' must be FILE:HANDLER, for example src/pay.py:handler")
    file = folder / file_name
    if not file.is_file():
        raise UsageError(f"{where}: there is no file {file}")
    if file.suffix not in SUFFIXES:
        raise UsageError(f"{where}: {file} is neither Python nor JavaScript ({', '.join(SUFFIXES)})")
    return Function(name, file, handler, folder=folder, **more)


def _from_toml(folder: Path | None) -> Iterator[Function]:
    file = folder / "aslrun.toml" if folder is not None else None
    if file is None or not file.is_file():
        return
    told = read_toml(file)
    functions = told.get("functions", {})
    if not isinstance(functions, dict):
        raise UsageError(f"{file}: [functions] must be a table of names")
    for name, given in functions.items():
        where = f"{file}: [functions] {name}"
        options = _checked({"handler": given} if isinstance(given, str) else given, where)
        options["layers"] = tuple(_layer(file.parent / layer, where) for layer in options.get("layers", ()))
        yield _function(name, folder=file.parent, where=where, **options)


def _layer(folder: Path, where: str) -> Path:
    if not folder.is_dir():
        raise UsageError(f"{where}: there is no folder {folder} for a layer")
    return folder


_RUNTIME = re.compile(r"nodejs\d+\.x|python3\.\d+")
_OPTIONS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "handler": (lambda value: isinstance(value, str), 'text like "src/pay.py:handler"'),
    "timeout": (lambda value: _is_number(value) and 0 < value < math.inf, "seconds, above 0"),
    "memory": (lambda value: _is_number(value) and 128 <= value < math.inf, "MB, 128 or more"),
    "environment": (lambda value: isinstance(value, dict) and _are_texts(value.values()), "a table of texts"),
    "layers": (lambda value: isinstance(value, list) and _are_texts(value), "a list of folders"),
    "runtime": (
        lambda value: isinstance(value, str) and bool(_RUNTIME.fullmatch(value)),
        'like "nodejs22.x"',
    ),
    "concurrency": (lambda value: type(value) is int and value >= 0, "a whole number, 0 or more"),
}


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(one, str) for one in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _checked(options: Any, where: str) -> dict[str, Any]:
    """Return a function's options, `handler` under the name `place`; UsageError for what is wrong."""
    if not isinstance(options, dict):
        raise UsageError(f'{where}: write "FILE:HANDLER", or a table with handler = "FILE:HANDLER"')
    for option, value in options.items():
        if option not in _OPTIONS:
            raise UsageError(f"{where}: there is no option '{option}'; there are {', '.join(_OPTIONS)}")
        is_right, wanted = _OPTIONS[option]
        if not is_right(value):
            raise UsageError(f"{where}: {option} must be {wanted}")
    if "handler" not in options:
        raise UsageError(f'{where}: handler = "FILE:HANDLER" is missing')
    return {"place" if option == "handler" else option: value for option, value in options.items()}
