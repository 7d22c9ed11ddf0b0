"""`--aws-dump`: what is in the local AWS, written to a folder in the forms that `aslrun.toml` reads.

Tables are `dynamodb/TABLE.json`, objects `s3/BUCKET/KEY`, queues `sqs/QUEUE.json`, and the rest
`ssm.json` and `secretsmanager.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from aslrun.document.writing import write_file
from aslrun.errors import UsageError
from aslrun.services.local.resources.items import plain

Messages: TypeAlias = Callable[[], Mapping[str, list[dict[str, Any]]]]
"""What gives the messages of each queue, also those that somebody has received and not deleted."""


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Raise UsageError for a folder that nothing could be written to."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise UsageError(f"--aws-dump {os.fspath(folder)}: it is a file; name a folder")
    parent = Path(folder).absolute()
    while not parent.exists():
        parent = parent.parent
    if not os.access(parent, os.W_OK):
        raise UsageError(f"--aws-dump {os.fspath(folder)}: {parent} may not be written to")


def write_dump(
    folder: Path, services: Iterable[str], client: Callable[[str], Any], messages: Messages
) -> None:
    """Write what is in these services. Raises UsageError where that cannot be done."""
    for service in services:
        if service in _WRITERS:
            for name, content in _WRITERS[service](client, messages):
                _write(folder / name, content)


def _write(file: Path, content: Any) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise UsageError(f"--aws-dump: {file} cannot be written: {wrong.strerror}") from None
    text = content if isinstance(content, bytes) else json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_file(str(file), "what is in the local AWS", [text])


Found: TypeAlias = "Iterator[tuple[Path, Any]]"


def _tables(client: Callable[[str], Any], messages: Messages) -> Found:
    dynamodb = client("dynamodb")
    for page in dynamodb.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            pages = dynamodb.get_paginator("scan").paginate(TableName=table)
            items = [plain({"M": item}) for page in pages for item in page["Items"]]
            yield Path("dynamodb", f"{_named(table)}.json"), items


def _objects(client: Callable[[str], Any], messages: Messages) -> Found:
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for one in page.get("Contents", []):
                if one["Key"].endswith("/"):  # a folder, as the console makes them
                    continue
                parts = map(_named, one["Key"].split("/"))
                body = s3.get_object(Bucket=name, Key=one["Key"])["Body"].read()
                yield Path("s3", _named(name), *parts), body


def _queues(client: Callable[[str], Any], messages: Messages) -> Found:
    for queue, told in messages().items():
        yield Path("sqs", f"{_named(queue)}.json"), told


def _parameters(client: Callable[[str], Any], messages: Messages) -> Found:
    ssm = client("ssm")
    names = [
        one["Name"]
        for page in ssm.get_paginator("describe_parameters").paginate()
        for one in page["Parameters"]
    ]
    values = {name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names}
    yield Path("ssm.json"), values


def _secrets(client: Callable[[str], Any], messages: Messages) -> Found:
    manager = client("secretsmanager")
    pages = manager.get_paginator("list_secrets").paginate()
    names = [one["Name"] for page in pages for one in page["SecretList"]]
    yield (
        Path("secretsmanager.json"),
        {name: manager.get_secret_value(SecretId=name).get("SecretString") for name in names},
    )


def _named(part: str) -> str:
    """Return what a part of a key is called as a file: no way out of the folder leads through it."""
    return quote(part, safe=" !#$&'()+,;=@[]{}~") if part.strip(".") else part.replace(".", "%2E") or "%"


_WRITERS: Mapping[str, Callable[[Callable[[str], Any], Messages], Found]] = {
    "dynamodb": _tables,
    "s3": _objects,
    "secretsmanager": _secrets,
    "sqs": _queues,
    "ssm": _parameters,
}
