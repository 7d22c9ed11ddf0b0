"""What `aslrun.toml` says of AWS: where it is, and what is there at the start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aslrun.document import read_toml
from aslrun.errors import UsageError

SECTIONS = ("s3", "dynamodb", "sqs", "ssm", "secretsmanager")
"""Sections of what is there at the start: names of resources → their data."""


class Settings:
    """The settings of `aslrun.toml` in a folder; empty where there is none.

    Raises UsageError for a file that cannot be read, and for sections that are no tables.
    """

    def __init__(self, folder: Path | None) -> None:
        file = None if folder is None else folder / "aslrun.toml"
        self.file = file if file is not None and file.is_file() else None
        self._told: Mapping[str, Any] = {} if self.file is None else read_toml(self.file)

    @property
    def at(self) -> str | None:
        """Where calls go, as `--aws` has it; None where it is not said."""
        section = self.section("aws")
        for name in section:
            if name != "at":
                raise UsageError(f"{self.place('aws', name)}: there is no setting '{name}'; there is at")
        at = section.get("at")
        if at is not None and not isinstance(at, str):
            raise UsageError(f'{self.place("aws", "at")}: write at = "local"')
        return at

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section's table; an empty one where there is none."""
        section = self._told.get(name, {})
        if not isinstance(section, dict):
            raise UsageError(f"{self.file}: [{name}] must be a table of names")
        return section

    def data(self) -> Iterator[tuple[str, str, Any]]:
        """Yield (section, name, what is written) of what is there at the start."""
        for section in SECTIONS:
            for name, written in self.section(section).items():
                yield section, name, written

    def beside(self, path: str) -> Path:
        """Return a path that is written in the file: it counts from the file's folder."""
        assert self.file is not None
        return self.file.parent / path

    def place(self, section: str, name: str) -> str:
        """Return where a setting stands, as `aslrun.toml:12: [s3] uploads`."""
        return f"{self.file}{self._line(section, name)}: [{section}] {name}"

    def _line(self, section: str, name: str) -> str:
        """The parser tells no lines: it is the first one of the section that begins with the name."""
        assert self.file is not None
        header = re.compile(rf"\s*\[\s*{re.escape(section)}\s*(?:\.\s*(?P<name>[^\]]+?)\s*)?\]")
        wanted = re.compile(rf"""\s*["']?{re.escape(name)}["']?\s*[.=]""")
        inside = False
        for number, line in enumerate(self.file.read_text("utf-8", "replace").splitlines(), 1):
            if line.lstrip().startswith("["):
                match = header.match(line)
                inside = match is not None
                if match and (match["name"] or "").strip("\"'") == name:
                    return f":{number}"
            elif inside and wanted.match(line):
                return f":{number}"
        return ""
