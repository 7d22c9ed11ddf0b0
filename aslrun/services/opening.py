"""The place that a machine's calls to AWS go to, with what its template and `aslrun.toml` put there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.services.places import Aws, aws_at
from aslrun.services.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from aslrun.document.cloudformation.evaluation import Template


def open_aws(
    at: str | None,
    folder: Path | None,
    template: Template | None = None,
    dump: str | os.PathLike[str] | None = None,
) -> Aws:
    """Return the place that `at` says, else `[aws] at` in `aslrun.toml`, else `local` where it is installed.

    `folder` is where the definition lies, with its `aslrun.toml`. Raises UsageError for what is wrong in it,
    and for data that is not there.
    """
    settings = Settings(folder)
    return aws_at(settings.at if at is None else at)


class OpenedOnce:
    """The place that calls go to, opened by `open` when somebody needs it for the first time."""

    def __init__(self, open: Callable[[], Aws]) -> None:
        self._open = open
        self._opened: Aws | None = None

    @property
    def opened(self) -> Aws:
        """The place. Raises UsageError as `open` does."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def close(self) -> None:
        """Close it, if it was opened."""
        if self._opened is not None:
            self._opened.close()
