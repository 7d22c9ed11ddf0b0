"""Recorded histories as the commands take them: files, or - for stdin, of one or several pages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslrun.history.reading import RecordedHistory


def read_histories(paths: Sequence[str]) -> RecordedHistory:
    """Return the history whose pages lie in some files, - for stdin; UsageError for what is no history, and
    for one without events."""
    from aslrun.cli.execute import read_text
    from aslrun.history.reading import read_history

    return read_history((path, sys.stdin.read() if path == "-" else read_text(path)) for path in paths)
