"""Where on this machine lies what a template names: files beside it, CDK's assets, what was taken to S3.

Documentation: "Upload local artifacts" (`aws cloudformation package`); CDK's cloud assembly schema
(`*.assets.json`, `asset.HASH`, `aws:asset:path`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.values import JSON

MOST_FILES = 20_000
"""Files of a repository that are looked at for one whose name is known only."""
SKIPPED = ("node_modules", "__pycache__", "venv")
"""Folders that are not looked into, beside those whose names begin with a dot."""

_HASH = re.compile(r"AssetParameters([0-9a-f]{64})")


def beside(template: Template, name: str) -> Path:
    """Return the path of a name that is relative to its template; backslashes are Windows' separators."""
    folder = Path(template.file).parent
    written = folder / name
    if "\\" in name and not os.path.exists(written):
        written = folder / name.replace("\\", "/")
    return Path(os.path.normpath(written))


def bucket_and_key(template: Template, location: JSON) -> tuple[str, str] | None:
    """Return bucket and key of a place in S3, in any of the ways to write one; None for other values."""
    if isinstance(location, str):
        bucket, slash, key = location.removeprefix("s3://").partition("/")
        return (bucket, key) if location.startswith("s3://") and slash else None
    if not isinstance(location, dict):
        return None
    for bucket_name, key_name in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
        if key_name in location:
            return template.text(location.get(bucket_name)), template.text(location[key_name])
    return None


def find_asset(template: Template, id: str, location: JSON) -> Path | None:
    """Return the file or folder that CDK took a resource's code or definition from.

    The resource's metadata tell it; where there are none, the asset's hash in its key does.
    """
    told = template.metadata(id, "aws:asset:path")
    if told is not None:
        return beside(template, told)
    place = bucket_and_key(template, location)
    if place is None:
        return None
    in_parameter = _HASH.search(place[1])  # CDK 1: the key is made of parameters
    name = PurePosixPath(place[1])
    hash, suffix = (in_parameter[1], "") if in_parameter else (name.stem, name.suffix)
    for direct in (f"asset.{hash}", f"asset.{hash}{suffix}", f"asset.{name}"):
        if os.path.exists(beside(template, direct)):
            return beside(template, direct)
    return next((path for path in _in_manifests(template, hash) if os.path.exists(path)), None)


def _in_manifests(template: Template, hash: str) -> Iterator[Path]:
    """Yield where the manifests of assets beside a template say that an asset comes from."""
    folder = Path(template.file).parent
    for manifest in sorted(folder.glob("*.assets.json")):
        try:
            told = json.loads(manifest.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        path = mapping_at(mapping_at(mapping_at(told, "files"), hash), "source").get("path")
        if isinstance(path, str):
            yield Path(os.path.normpath(folder / path))


def find_by_key(template: Template, key: str) -> Path | None:
    """Return the file of the template's repository whose path the key of an object in S3 ends in.

    The longest such path counts; where there is only the name, the one file that has it.
    """
    parts = PurePosixPath(key.replace("\\", "/")).parts
    if not parts or "${" in parts[-1]:
        return None
    folders = list(_folders_up(Path(template.file).parent))
    for start in range(len(parts)):
        for folder in folders:
            file = folder.joinpath(*parts[start:])
            if os.path.isfile(file):
                return Path(os.path.normpath(file))
    named = list(_named(folders[-1], parts[-1])) if (folders[-1] / ".git").exists() else []
    return named[0] if len(named) == 1 else None


def _folders_up(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it, up to where its repository begins; itself where there is none."""
    above = (folder, *folder.absolute().parents)
    ends = next((at for at, place in enumerate(above) if (place / ".git").exists()), 0)
    yield from above[: ends + 1]


def _named(folder: Path, name: str) -> Iterator[Path]:
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one not in SKIPPED and not one.startswith(".")]
        count += len(files)
        if count > MOST_FILES:
            return
        if name in files:
            yield Path(place, name)
