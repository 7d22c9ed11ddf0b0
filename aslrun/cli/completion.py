"""What the shell completes of arguments and options that name files; docs/start.md."""

from __future__ import annotations

from typing import Any

import click


class _File(click.Path):
    """A text that may name a file: it is checked where it is read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value


FILE = _File()
