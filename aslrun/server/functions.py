"""The functions that a server's executions can call: those made through Lambda's API, then those of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from aslrun.errors import UsageError
from aslrun.functions.function import Function, function_name, parse_reference
from aslrun.functions.invocation import service_error
from aslrun.functions.table import Functions
from aslrun.server.lambda_api.deployed import LATEST, Deployed


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
        reference = parse_reference(name)
        version = self.deployed.version_of(reference.name, reference.qualifier) or LATEST
        function = self.deployed.find(reference.name, version) if self._is_deployed(reference.name) else None
        if function is not None:
            if function.unusable:
                raise service_error(502, "InvalidRuntimeException", function.unusable)
            return function
        try:
            return super().find(name)
        except UsageError as nowhere:
            if (function := self.deployed.declared.get(reference.name)) is not None:
                return function
            self.tell(str(nowhere))
            arn = parse_reference(name).arn
            raise service_error(404, "ResourceNotFoundException", f"Function not found: {arn}") from None

    def has(self, name: str) -> bool:
        return self.deployed.find(function_name(name)) is not None or super().has(name)

    def _is_deployed(self, name: str) -> bool:
        return self.deployed.by_name(name) is not None
