"""What `aslrun.toml` puts into the local AWS: objects, items, messages, parameters and secrets.

Each section is checked before anything runs, and read when its service is first called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.services.local.resources.creation import CallService
from aslrun.services.settings import Settings
from aslrun.values import to_json_text

Step: TypeAlias = Callable[[CallService], None]
MOST_AT_ONCE = 10
"""Messages of one SendMessageBatch."""


def data_steps(settings: Settings, declared: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Step]]:
    """Yield (service, what puts the data there) for each line of the data sections.

    `declared` are the names, logical and physical, of the template's resources, by service, each with its
    physical name. Raises UsageError for data that is not there, or is not what it should be.
    """
    for section, name, written in settings.data():
        known = declared.get(section, {})
        where = settings.place(section, name)
        make = _SECTIONS[section]
        step = make(settings, where, known.get(name, name), written, name in known)
        yield section, _told(where, step)


def _told(where: str, step: Step) -> Step:
    """Return a step whose failure is told as the user's mistake."""

    def put(call: CallService) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            step(call)
        except (BotoCoreError, ClientError) as wrong:
            raise UsageError(f"{where}: {wrong}") from None

    return put


def _objects(settings: Settings, where: str, bucket: str, written: Any, is_declared: bool) -> Step:
    folder = _path(settings, where, written)
    if not folder.is_dir():
        raise UsageError(f"{where}: there is no folder {folder}")

    def put(call: CallService) -> None:
        if not is_declared:
            call("s3", "CreateBucket", {"Bucket": bucket})
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            key = file.relative_to(folder).as_posix()
            call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": file.read_bytes()})

    return put


def _items(settings: Settings, where: str, table: str, written: Any, is_declared: bool) -> Step:
    from aslrun.services.local.resources.items import sent

    file = _path(settings, where, written)
    told = _read(where, file)
    keys = told.get("key") if isinstance(told, dict) else None
    items = told.get("items") if isinstance(told, dict) else told
    if not isinstance(items, list) or not all(isinstance(one, dict) and one for one in items):
        raise UsageError(f'{where}: {file} must be a list of items, or {{"key": ["id"], "items": [...]}}')
    sending = [sent(one) for one in items]
    create = None if is_declared else _new_table(where, file, table, keys, sending)

    def put(call: CallService) -> None:
        if create is not None:
            call("dynamodb", "CreateTable", create)
        for item in sending:
            call("dynamodb", "PutItem", {"TableName": table, "Item": item})

    return put


def _new_table(where: str, file: Path, table: str, keys: Any, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what makes a table that no template has; the types of its keys are those of the first item."""
    names = [keys] if isinstance(keys, str) else keys
    if not isinstance(names, list) or not 1 <= len(names) <= 2 or not all(isinstance(n, str) for n in names):
        raise UsageError(
            f"{where}: no template declares the table {table}: say in {file} what its key is:"
            ' {"key": ["id"], "items": [...]}, or ["customer", "order"] with a sort key'
        )
    missing = [name for name in names for item in items if name not in item]
    if missing:
        raise UsageError(f"{where}: an item of {file} has no '{missing[0]}', which is in the table's key")
    kinds = {name: next(iter(items[0][name])) if items else "S" for name in names}
    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kinds[name]} for name in names],
    }


def _messages(settings: Settings, where: str, queue: str, written: Any, is_declared: bool) -> Step:
    told = written if isinstance(written, list) else _read(where, _path(settings, where, written))
    if not isinstance(told, list):
        raise UsageError(f"{where}: there must be a list of messages")
    entries = [_message(one, number, queue) for number, one in enumerate(told)]

    def send(call: CallService) -> None:
        if not is_declared:
            fifo = {"FifoQueue": "true"} if queue.endswith(".fifo") else {}
            call("sqs", "CreateQueue", {"QueueName": queue, "Attributes": fifo})
        url = call("sqs", "GetQueueUrl", {"QueueName": queue})["QueueUrl"]
        for at in range(0, len(entries), MOST_AT_ONCE):
            call("sqs", "SendMessageBatch", {"QueueUrl": url, "Entries": entries[at : at + MOST_AT_ONCE]})

    return send


def _message(told: Any, number: int, queue: str) -> dict[str, Any]:
    """Return a message: a text, or a value that is sent as JSON text, or what SendMessage takes."""
    entry: dict[str, Any] = {"Id": str(number % MOST_AT_ONCE)}
    if isinstance(told, dict) and "MessageBody" in told:
        entry |= {**told, "MessageBody": _text(told["MessageBody"])}
    else:
        entry["MessageBody"] = _text(told)
    if queue.endswith(".fifo"):
        entry = {"MessageGroupId": "start", "MessageDeduplicationId": f"start-{number}", **entry}
    return entry


def _parameter(settings: Settings, where: str, name: str, written: Any, is_declared: bool) -> Step:
    if isinstance(written, list):
        kind, value = "StringList", ",".join(map(_text, written))
    elif isinstance(written, dict):
        kind, value = str(written.get("type", "String")), _text(written.get("value"))
        if not {"type", "value"}.issuperset(written) or "value" not in written:
            raise UsageError(f'{where}: write a text, or {{ type = "SecureString", value = "..." }}')
    else:
        kind, value = "String", _text(written)
    given = {"Name": name, "Type": kind, "Value": value, "Overwrite": True}
    return lambda call: _ignored(call("ssm", "PutParameter", given))


def _secret(settings: Settings, where: str, name: str, written: Any, is_declared: bool) -> Step:
    operation, named = ("PutSecretValue", "SecretId") if is_declared else ("CreateSecret", "Name")
    given = {named: name, "SecretString": _text(written)}
    return lambda call: _ignored(call("secretsmanager", operation, given))


def _ignored(output: object) -> None:
    pass


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json_text(value)


def _path(settings: Settings, where: str, written: Any) -> Path:
    if not isinstance(written, str):
        raise UsageError(f"{where}: there must be a path, as a text")
    return settings.beside(written)


def _read(where: str, file: Path) -> Any:
    from aslrun.services.local.resources.items import read_items

    if not file.is_file():
        raise UsageError(f"{where}: there is no file {file}")
    try:
        return read_items(file.read_text("utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"{where}: {file} is not JSON: {wrong}") from None


_SECTIONS: Mapping[str, Callable[[Settings, str, str, Any, bool], Step]] = {
    "dynamodb": _items,
    "s3": _objects,
    "secretsmanager": _secret,
    "sqs": _messages,
    "ssm": _parameter,
}
