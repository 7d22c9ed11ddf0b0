"""The functions that a server's executions can call: those made through Lambda's API, then those of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from aslrun.functions.function import Function, function_name, parse_reference
from aslrun.functions.invocation import service_error
from aslrun.functions.table import Functions
from aslrun.server.lambda_api.deployed import Deployed


class ServerFunctions(Functions):
    """A table of functions in which those made through the API come first. They come and go while it lives.

    `tell` is told where a function was looked for that is nowhere: its Task fails as it does at AWS.
    """

    def __init__(
        self,
        deployed: Deployed,
        named_files: Sequence[str] = (),
        folder: Path | None = None,
        declared: Iterable[Function] = (),
        *,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__({}, named_files, folder, declared)
        self.deployed = deployed
        self.tell = tell

    def find(self, name: str) -> Function:
        """Return a function; StateError Lambda.ResourceNotFoundException if it is nowhere."""
        function = self.look_up(name)
        if function is None:
            reference = parse_reference(name)
            is_there = super().look_up(name) is not None
            none = f"{reference.name} has no version or alias '{reference.qualifier}'"
            self.tell(none if is_there else self.nowhere(function_name(name)))
            raise service_error(404, "ResourceNotFoundException", f"Function not found: {reference.arn}")
        if function.unusable:
            raise service_error(502, "InvalidRuntimeException", function.unusable)
        return function

    def look_up(self, name: str) -> Function | None:
        reference = parse_reference(name)
        version = self.deployed.version_of(reference.name, reference.qualifier)
        if version is None:
            return None
        made = self.deployed.made(reference.name, version)
        return made or super().look_up(name) or self.deployed.declared.get(reference.name)
