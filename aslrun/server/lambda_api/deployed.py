"""The functions that were made through the API: their settings in the store, their code in a folder of
its own."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import stat
import tempfile
import threading
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aslrun.functions.function import DEFAULT_PREFIX, Function
from aslrun.functions.template import Unusable, find_handler
from aslrun.server.lambda_api.errors import wrong_value
from aslrun.store import Resource, Store
from aslrun.values import JSON

KIND, VERSION, ALIAS, LAYER = "function", "functionVersion", "functionAlias", "layer"
LATEST = "$LATEST"
_VERSION = re.compile(r"[1-9][0-9]*")
LARGEST = 250 * 2**20
"""Bytes of a function's code, unpacked. Documentation: Lambda quotas."""


class Deployed:
    """Functions by their names. `folder` is where code is unpacked; a temporary one if None.

    `declared` are those of templates: their code is run where it lies, until the API changes it.
    `told` is what templates set of them besides, as `aslrun.server.lambda_api.templates` has it.
    """

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self.store = store
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="aslrun-functions-"))
        self._lock = threading.Lock()
        self._functions: dict[str, tuple[str, Function]] = {}
        self.declared: dict[str, Function] = {}
        self.told: Mapping[str, Mapping[str, Mapping[str, JSON]]] = {}
        self.choose: Callable[[Sequence[str], Sequence[int]], str] = lambda among, weights: among[0]

    def close(self) -> None:
        """Remove what is not to outlive the server."""
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def find(self, name: str, version: str = LATEST) -> Function | None:
        """Return the function of a name, to be run, in one of its versions; None if there is none."""
        return self.made(name, version) or (self.declared.get(name) if version == LATEST else None)

    def made(self, name: str, version: str = LATEST) -> Function | None:
        """As `find`; None also for a function that only files tell of."""
        resource = self.by_name(name) if version == LATEST else self.store.get(VERSION, f"{name}:{version}")
        if resource is None:
            return None
        if version == LATEST and resource.data.get("declared") and name in self.declared:
            return self._as_set(self.declared[name], resource.data)
        revision, key = str(resource.data["RevisionId"]), f"{name}:{version}"
        with self._lock:
            known = self._functions.get(key)
            if known is None or known[0] != revision:
                known = self._functions[key] = (revision, self._made(name, resource))
            return known[1]

    def _as_set(self, function: Function, data: Mapping[str, Any]) -> Function:
        """Return a function of files, with the settings that the API has changed."""
        return replace(
            function,
            timeout=float(data["Timeout"]),
            memory=int(data["MemorySize"]),
            environment={key: str(one) for key, one in data["Variables"].items()},
            concurrency=data.get("Concurrency", function.concurrency),
            layers=(*function.layers, *self._layers(data.get("Layers") or ())),
        )

    def version_of(self, name: str, qualifier: str | None) -> str | None:
        """Return the version that a qualifier leads to this time; None where it leads nowhere.

        The aliases of a template lead to its files until the API makes one of that name, and the numbers of
        its versions until the API publishes any. All leads to the files of what no template tells of.
        """
        if qualifier in (None, "", LATEST):
            return LATEST
        if self.store.get(VERSION, f"{name}:{qualifier}") is not None:
            return qualifier
        alias = self.store.get(ALIAS, f"{name}:{qualifier}")
        if alias is None:
            return LATEST if self._leads_to_files(name, str(qualifier)) else None
        data: Mapping[str, Any] = alias.data
        weights: dict[str, int] = data.get("weights") or {}
        first = str(data["FunctionVersion"])
        if not weights:
            return first
        versions = {first: max(0, 1_000_000 - sum(weights.values())), **weights}
        return self.choose([*versions], [*versions.values()])

    def _leads_to_files(self, name: str, qualifier: str) -> bool:
        own, made = self.declared.get(name), self.by_name(name)
        if own is None:
            return made is None
        if qualifier in own.aliases or "${" in qualifier:  # what only a deployment knows
            return True
        is_published = made is not None and "Published" in made.data
        return own.has_versions and not is_published and _VERSION.fullmatch(qualifier) is not None

    def setting(self, name: str, key: str) -> Mapping[str, Any]:
        """Return what is set of a function under a key, by its qualifiers: by the API, or by a template."""
        found = self.by_name(name)
        own = self.told.get(name, {}).get(key, {}) if name in self.declared else {}
        told = found.data.get(key, own) if found else own
        return told if isinstance(told, Mapping) else {}

    def reserved(self, name: str) -> int | None:
        """Return a function's reserved concurrency, by the API or by a template."""
        found, own = self.by_name(name), self.declared.get(name)
        data: Mapping[str, Any] = found.data if found else {}
        reserved: int | None = data.get("Concurrency", own.concurrency if own else None)
        return reserved

    def by_name(self, name: str) -> Resource | None:
        """Return what the store has of a function."""
        return self.store.get(KIND, name)

    def names(self) -> list[str]:
        """Return the names of all functions."""
        return [one.name for one in self.store.resources(KIND, limit=10_000).items]

    def _made(self, name: str, resource: Resource) -> Function:
        data: Mapping[str, Any] = resource.data
        code = self._unpacked(name, str(data["code"]))
        function = Function(
            name,
            code / "nothing.py",
            root=code,
            timeout=float(data["Timeout"]),
            memory=int(data["MemorySize"]),
            environment={key: str(one) for key, one in data["Variables"].items()},
            concurrency=data.get("Concurrency"),
            runtime=data["Runtime"],
            layers=tuple(self._layers(data.get("Layers") or ())),
        )
        try:
            root, file, handler = find_handler([code], data["Handler"], data["Runtime"])
        except Unusable as why:
            return replace(function, unusable=str(why))
        return replace(function, root=root, file=file, handler=handler)

    def _layers(self, arns: Sequence[str]) -> Iterator[Path]:
        for arn in arns:
            name, _, version = arn.partition("layer:")[2].partition(":")
            layer = self.store.get(LAYER, f"{name}:{version}")
            if layer is not None:
                yield self._unpacked(layer_name(name), str(layer.data["code"]))

    def adopt(self, name: str) -> Resource | None:
        """Return what the store has of a function; what only files tell of is taken into it, with its code as
        it is now; its files go on being what runs, until the API changes the code."""
        found, declared = self.by_name(name), self.declared.get(name)
        if declared is None or declared.file is None or (found and not found.data.get("declared")):
            return found
        data = self.described(declared, whole=True)
        if found is None:
            self.store.add(Resource(kind=KIND, arn=name, name=name, data={**data, "declared": True}))
            return self.by_name(name)
        code = {key: data[key] for key in ("code", "CodeSize", "CodeSha256")}
        return self.store.update(KIND, name, lambda there: replace(there, data={**there.data, **code}))

    def described(self, function: Function, *, whole: bool = False) -> dict[str, JSON]:
        """Return the settings of a function of files; with its code if `whole`."""
        root = function.root or (function.file.parent if function.file else Path())
        module = function.file.relative_to(root).with_suffix("").as_posix() if function.file else "index"
        code: dict[str, JSON] = {"CodeSize": 0, "CodeSha256": ""}
        if whole:
            code = self.keep(function.name, packed(root))
        return {
            "Runtime": function.runtime or "python3.12",
            "Handler": f"{module}.{function.handler}",
            "Role": "arn:aws:iam::123456789012:role/aslrun",
            "Description": "",
            "Timeout": int(function.time_limit),
            "MemorySize": function.memory_size,
            "Variables": dict(function.environment),
            "Tags": dict(self.setting(function.name, "Tags")),
            "FunctionArn": f"{DEFAULT_PREFIX}{function.name}",
            "LastModified": "2026-01-01T00:00:00.000+0000",
            "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_URL, function.name)),
            **code,
        }

    def _unpacked(self, name: str, hash: str) -> Path:
        folder = self.folder / f"{name}-{hash[:16]}"
        if not folder.is_dir():
            content = self.store.content(hash)
            assert content is not None
            made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=_made_folder(self.folder)))
            try:
                unpack(content, made)
                made.rename(folder)
            except OSError:  # another server was faster
                if not folder.is_dir():
                    raise
            finally:
                shutil.rmtree(made, ignore_errors=True)
        return folder

    def keep(self, name: str, content: bytes) -> dict[str, JSON]:
        """Keep the zip of a function, or of a layer, and unpack it, so that no invocation has to; return what
        settings tell of it. LambdaError for what is no zip."""
        unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again."
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                size = sum(one.file_size for one in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise wrong_value(unreadable) from None
        if size > LARGEST:
            raise wrong_value(f"Unzipped size must be smaller than {LARGEST} bytes")
        hash = self.store.keep(content)
        try:
            self._unpacked(name, hash)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):  # encrypted, a wrong sum
            raise wrong_value(unreadable) from None
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return {"code": hash, "CodeSize": len(content), "CodeSha256": digest}

    def forget(self, resource: Resource) -> None:
        """Remove a function."""
        self.store.delete(KIND, resource.arn)
        for kind in (VERSION, ALIAS):
            for one in self.store.resources(kind, resource.name, limit=10_000).items:
                self.store.delete(kind, one.arn)
        with self._lock:
            for key in [one for one in self._functions if one.startswith(f"{resource.name}:")]:
                del self._functions[key]


def layer_name(name: str) -> str:
    """Return what a layer's code is kept under, beside that of functions."""
    return f"layer-{name}"


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


def packed(folder: Path) -> bytes:
    """Return a folder as a zip, without what no package has."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for root, inner, files in os.walk(folder):
            inner[:] = sorted(one for one in inner if one[0] != "." and one not in ("__pycache__", "venv"))
            for file in sorted(files):
                archive.write(os.path.join(root, file), os.path.relpath(os.path.join(root, file), folder))
    return made.getvalue()
