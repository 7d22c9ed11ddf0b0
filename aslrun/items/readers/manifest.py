"""Manifests: lists of the objects that hold the items. Documentation: "ItemReader (Map)", ManifestType.

S3_INVENTORY: the manifest.json of Amazon S3 Inventory, whose files are CSV, compressed or not; an item is a
row, with the columns of its fileSchema. ATHENA_DATA: what UNLOAD of Athena writes, an S3 URI in each line;
the items are those of the objects there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from aslrun.items.readers.failures import Malformed
from aslrun.items.readers.lines import text_lines
from aslrun.values import JSON, JSONTextError, from_json_text


def inventory_files(stream: BinaryIO) -> tuple[str, list[str], list[str]]:
    """Return the bucket, the keys of the files and the names of the columns of an S3 Inventory's manifest.

    Raises Malformed for what is none, and for files that are not CSV.
    """
    try:
        manifest = from_json_text(stream.read().decode("utf-8-sig"))
    except (JSONTextError, UnicodeDecodeError) as wrong:
        raise Malformed(f"it is not JSON: {wrong}") from None
    if not isinstance(manifest, dict):
        raise Malformed("an object is expected")
    format = manifest.get("fileFormat")
    if format != "CSV":
        raise Malformed(f"its fileFormat is {format}, and only CSV can be read")
    bucket, schema, files = (manifest.get(field) for field in ("destinationBucket", "fileSchema", "files"))
    if not isinstance(bucket, str) or not isinstance(schema, str) or not isinstance(files, list):
        raise Malformed('it needs "destinationBucket" and "fileSchema", texts, and "files", a list')
    keys = [_key(file) for file in files]
    return bucket.rpartition(":")[2], keys, [column.strip() for column in schema.split(",")]


def _key(file: JSON) -> str:
    key = file.get("key") if isinstance(file, dict) else None
    if not isinstance(key, str):
        raise Malformed('each of its "files" needs a "key"')
    return key


def athena_objects(stream: BinaryIO) -> Iterator[tuple[str, str]]:
    """Yield bucket and key of each object in a manifest of Athena. Raises Malformed for a line that is no S3
    URI."""
    for number, line in enumerate(text_lines(stream), 1):
        text = line.strip().strip('"')
        if text:
            yield read_uri(text, f"line {number}")


def read_uri(text: str, where: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI; Malformed for what is none."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme.lower() != "s3" or not bucket or not key:
        raise Malformed(f"{where} is no S3 URI, such as s3://bucket/key: {text[:200]}")
    return bucket, key
