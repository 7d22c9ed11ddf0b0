"""What a state's fields say in short, for its card: a Lambda's name, how long a Wait is, how a Map runs.

Spec: Wait State, Map State; the fields of `lambda:invoke` as in its API. Nothing is checked: what is of
another type than it should be says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aslrun.graph.words import resource_words
from aslrun.timestamps import duration_text
from aslrun.values import JSON, is_number

READERS: Mapping[str, str] = {
    "CSV": "CSV",
    "JSON": "JSON",
    "JSONL": "JSON Lines",
    "MANIFEST": "a manifest",
    "PARQUET": "Parquet",
}
"""InputType of a reader → what it reads, in words."""


def state_words(fields: Mapping[str, JSON]) -> str:
    """Return the words for a state: `Lambda: charge`, `Wait 1 h 30 min`, `Map, distributed, 40 at once`.

    They are empty for a state of which its Type or Resource say enough.
    """
    match fields.get("Type"):
        case "Task":
            return _task(fields)
        case "Wait":
            return _wait(fields)
        case "Map":
            return ", ".join(["Map", *words]) if (words := list(_map(fields))) else ""
    return ""


def _task(fields: Mapping[str, JSON]) -> str:
    resource = fields.get("Resource")
    if not isinstance(resource, str):
        return ""
    invoke = re.fullmatch(r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?lambda:invoke(\..+)?", resource)
    name = _argument(fields, "FunctionName")
    if invoke is None or not name:
        return ""
    arn = re.fullmatch(r"(?:arn:[^:]*:lambda:[^:]*:)?[^:]*:function:([^:]+)(?::.+)?", name)
    return f"Lambda: {arn[1] if arn else name}{invoke[1] or ''}"


def _argument(fields: Mapping[str, JSON], name: str) -> str:
    for field in ("Arguments", "Parameters"):
        given = fields.get(field)
        if isinstance(given, dict):
            value = given.get(name, given.get(f"{name}.$"))
            if isinstance(value, str):
                return _expression(value)
    return ""


def _expression(value: str) -> str:
    """Return JSONata without its `{% %}`; other text as it is."""
    text = value.strip()
    return text[2:-2].strip() if text.startswith("{%") and text.endswith("%}") else value


def _wait(fields: Mapping[str, JSON]) -> str:
    seconds = fields.get("Seconds")
    if isinstance(seconds, (int, float)) and is_number(seconds):
        return f"Wait {duration_text(float(seconds))}"
    for field, word in (("Seconds", "{} seconds"), ("SecondsPath", "{} seconds"), ("Timestamp", "until {}"),
                        ("TimestampPath", "until {}")):  # fmt: skip
        if isinstance(value := fields.get(field), str):
            return "Wait " + word.format(_expression(value))
    return ""


def _map(fields: Mapping[str, JSON]) -> Iterator[str]:
    processor = fields.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        yield "distributed"
    for field in ("MaxConcurrency", "MaxConcurrencyPath"):
        value = fields.get(field)
        if (is_number(value) and value) or isinstance(value, str):
            yield f"{_expression(value) if isinstance(value, str) else value} at once"
    if isinstance(reader := fields.get("ItemReader"), dict):
        yield _reader(reader)
    batcher = fields.get("ItemBatcher")
    if isinstance(batcher, dict) and is_number(size := batcher.get("MaxItemsPerBatch")):
        yield f"batches of {size}"
    if isinstance(fields.get("ResultWriter"), dict):
        yield "writes its results"


def _reader(reader: Mapping[str, JSON]) -> str:
    config = reader.get("ReaderConfig")
    kind = config.get("InputType") if isinstance(config, dict) else None
    if isinstance(kind, str):
        return f"reads {READERS.get(kind, kind)}"
    resource = reader.get("Resource")
    return f"reads {resource_words(resource)}" if isinstance(resource, str) else "reads its items"
