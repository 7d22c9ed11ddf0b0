"""What the shell completes of arguments and options that name files; docs/start.md."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


class _File(click.ParamType):
    """A text that may name a file: it is checked where it is read."""

    name = "file"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


FILE = _File()
