"""The JSON Schemas: `aslrun/schemas` in an installed package, `schemas/` beside it in a checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

ROOT = "state_machine.json"
STATE = f"{ROOT}#/$defs/State"


@cache
def schema_folder() -> Path:
    """Return the folder that holds the schema files."""
    package = Path(__file__).parents[1]
    return package / "schemas" if (package / "schemas").is_dir() else package.parent / "schemas"


@cache
def read_schema(name: str) -> Schema:
    """Return the schema in file `name`."""
    schema: Schema = json.loads((schema_folder() / name).read_text(encoding="utf-8"))
    return schema


@cache
def schema_at(reference: str) -> Schema:
    """Return what a `$ref` of ours points at: `task.json`, or `fields.json#/$defs/Path`."""
    name, _, pointer = reference.partition("#/")
    schema = read_schema(name)
    for part in pointer.split("/") if pointer else ():
        schema = schema[part]
    return schema


@cache
def state_schemas() -> dict[str, Schema]:
    """Return the schema of each state type, as the table in `state_machine.json` has them."""
    return {
        entry["if"]["properties"]["Type"]["const"]: schema_at(entry["then"]["$ref"])
        for entry in schema_at(STATE)["allOf"]
    }


def type_list(schema: Schema) -> list[str]:
    """Return the types that a schema allows, as a list."""
    types: str | list[str] = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def language_gate(schema: Schema) -> str | None:
    """Return the query language that the schema of a field is only for, None for both."""
    if "$ref" in schema and "x-queryLanguage" not in schema:
        return language_gate(schema_at(schema["$ref"]))
    gate: str | None = schema.get("x-queryLanguage")
    return gate
