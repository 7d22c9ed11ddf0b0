"""The functions that a server's executions can call: those made through Lambda's API, then those of files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from aslrun.functions.function import Function, function_name
from aslrun.functions.table import Functions
from aslrun.server.lambda_api.deployed import Deployed


class ServerFunctions(Functions):
    """A table of functions in which those made through the API come first. They come and go while it
    lives."""

    def __init__(
        self,
        deployed: Deployed,
        named_files: Sequence[str] = (),
        folder: Path | None = None,
        declared: Iterable[Function] = (),
    ) -> None:
        super().__init__({}, named_files, folder, declared)
        self.deployed = deployed

    def find(self, name: str) -> Function:
        function = self.deployed.find(function_name(name))
        return super().find(name) if function is None or function.unusable else function

    def has(self, name: str) -> bool:
        return self.deployed.find(function_name(name)) is not None or super().has(name)
