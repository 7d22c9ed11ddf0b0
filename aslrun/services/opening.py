"""The place that a machine's calls to AWS go to, with what its template and `aslrun.toml` put there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.errors import UsageError
from aslrun.services.places import Aws, aws_at
from aslrun.services.settings import Settings

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.services.local.resources.stock import Stock


def open_aws(
    at: str | None,
    folder: Path | None,
    template: Template | None = None,
    dump: str | os.PathLike[str] | None = None,
    more: Sequence[Template] = (),
) -> Aws:
    """Return the place that `at` says, else `[aws] at` in `aslrun.toml`, else `local` where it is installed.

    `folder` is where the definition lies, with its `aslrun.toml`; `more` are further
    templates. Raises UsageError for what is wrong in it,
    and for data that is not there.
    """
    settings = Settings(folder)

    def stock() -> Stock | None:
        if template is None and not more and not any(settings.data()):
            return None
        from aslrun.services.local.resources.stock import Stock

        return Stock(template, settings, more)

    aws = aws_at(settings.at if at is None else at, stock)
    if dump is not None:
        from aslrun.services.local.dump import check_folder

        if aws.at != "local":
            raise UsageError(
                f"--aws-dump writes what is in the local AWS, and calls go elsewhere: --aws {aws.at}"
            )
        check_folder(dump)
        aws.dump = Path(dump)
    return aws
