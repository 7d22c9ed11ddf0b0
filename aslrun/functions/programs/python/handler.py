"""Finding the handler: how its module is imported, and what is told when that fails. As the client does."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

from .errors import Fault

Handler: TypeAlias = Callable[[Any, Any], Any]


def find_handler(file: str, module: str, name: str) -> Handler:
    """Import a module, and return its handler. Raises Fault, or what the module raises."""
    if module.partition(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", f"Cannot use built-in module {module} as a handler module")
    try:
        # What is no name of a module (`my.app.py`) is imported by its file.
        is_name = not module.startswith("/")
        loaded = importlib.import_module(module) if is_name else import_file(file, module[1:])
    except ImportError as wrong:
        raise Fault("ImportModuleError", f"Unable to import module '{module}': {wrong}") from None
    except SyntaxError as wrong:
        trace = [f'  File "{wrong.filename}" Line {wrong.lineno}\n    {wrong.text}']
        raise Fault("UserCodeSyntaxError", f"Syntax error in module '{module}': {wrong}", trace) from None
    try:
        found: Handler = getattr(loaded, name)
    except AttributeError:
        raise Fault("HandlerNotFound", f"Handler '{name}' missing on module '{module}'") from None
    return found


def import_file(file: str, module: str) -> ModuleType:
    """Import a file under its own name, as `import` would."""
    spec = importlib.util.spec_from_file_location(module, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module] = loaded
    spec.loader.exec_module(loaded)
    return loaded
