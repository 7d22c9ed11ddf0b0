"""The functions that were made through the API: their settings in the store, their code in a folder of
its own."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aslrun.functions.function import Function
from aslrun.functions.template import Unusable, find_handler
from aslrun.server.lambda_api.errors import wrong_value
from aslrun.store import Resource, Store
from aslrun.values import JSON

KIND = "function"
LARGEST = 250 * 2**20
"""Bytes of a function's code, unpacked. Documentation: Lambda quotas."""


class Deployed:
    """Functions by their names. `folder` is where code is unpacked; a temporary one if None.

    `declared` are those of templates: their code is run where it lies, until the API changes it.
    """

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self.store = store
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="aslrun-functions-"))
        self._lock = threading.Lock()
        self._functions: dict[str, tuple[str, Function]] = {}
        self.declared: dict[str, Function] = {}

    def close(self) -> None:
        """Remove what is not to outlive the server."""
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def find(self, name: str) -> Function | None:
        """Return the function of a name, to be run; None if there is none."""
        resource = self.by_name(name)
        if resource is None:
            return self.declared.get(name)
        revision = str(resource.data["RevisionId"])
        with self._lock:
            known = self._functions.get(name)
            if known is None or known[0] != revision:
                known = self._functions[name] = (revision, self._made(resource))
            return known[1]

    def by_name(self, name: str) -> Resource | None:
        """Return what the store has of a function."""
        return self.store.get(KIND, name)

    def names(self) -> list[str]:
        """Return the names of all functions."""
        return [one.name for one in self.store.resources(KIND, limit=10_000).items]

    def _made(self, resource: Resource) -> Function:
        data: Mapping[str, Any] = resource.data
        code = self._unpacked(resource.name, str(data["code"]))
        function = Function(
            resource.name,
            code / "nothing.py",
            root=code,
            timeout=float(data["Timeout"]),
            memory=int(data["MemorySize"]),
            environment={key: str(one) for key, one in data["Variables"].items()},
            concurrency=data.get("Concurrency"),
            runtime=data["Runtime"],
        )
        try:
            root, file, handler = find_handler([code], data["Handler"], data["Runtime"])
        except Unusable as why:
            return replace(function, unusable=str(why))
        return replace(function, root=root, file=file, handler=handler)

    def _unpacked(self, name: str, hash: str) -> Path:
        folder = self.folder / f"{name}-{hash[:16]}"
        if not folder.is_dir():
            content = self.store.content(hash)
            assert content is not None
            made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=_made_folder(self.folder)))
            unpack(content, made)
            try:
                made.rename(folder)
            except OSError:  # another server was faster
                shutil.rmtree(made, ignore_errors=True)
        return folder

    def keep(self, content: bytes) -> dict[str, JSON]:
        """Keep a function's zip; return what its settings tell of it. LambdaError for what is no zip."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                size = sum(one.file_size for one in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise wrong_value(
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            ) from None
        if size > LARGEST:
            raise wrong_value(f"Unzipped size must be smaller than {LARGEST} bytes")
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return {"code": self.store.keep(content), "CodeSize": len(content), "CodeSha256": digest}

    def forget(self, resource: Resource) -> None:
        """Remove a function."""
        self.store.delete(KIND, resource.arn)
        with self._lock:
            self._functions.pop(resource.name, None)


def _made_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unpack(content: bytes, folder: Path) -> None:
    """Unpack a zip into a folder. Nothing is written outside of it; links are left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            mode = one.external_attr >> 16
            if stat.S_ISLNK(mode):
                continue
            path = Path(archive.extract(one, folder))
            if mode & 0o111 and path.is_file():
                path.chmod(0o755)
