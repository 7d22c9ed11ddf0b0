"""The JSON Schemas in `schemas/`: valid themselves, complete, packaged, and of use to any other validator."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from aslrun.states.types import STATES
from aslrun.validation.expressions import CHECKERS
from aslrun.validation.schema_files import schema_at, schema_folder, state_schemas

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "schemas").glob("*.json"))
SCHEMAS: dict[str, dict[str, Any]] = {path.name: json.loads(path.read_text("utf-8")) for path in FILES}
CASES = ROOT / "tests" / "validation" / "cases"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_draft_2020_12(name: str) -> None:
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_state_type_has_a_schema() -> None:
    assert state_schemas().keys() == STATES.keys()


def test_each_state_type_has_the_file_of_its_name() -> None:
    for name, schema in state_schemas().items():
        assert schema == SCHEMAS[f"{name.lower()}.json"]
        assert schema["properties"]["Type"] == {"const": name}


def test_the_schemas_lie_where_the_wheel_and_the_checkout_have_them() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["schemas"] == "aslrun/schemas"
    assert {entry.name for entry in schema_folder().iterdir()} >= SCHEMAS.keys()


def subschemas(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    if isinstance(schema, dict | list):
        for inner in schema.values() if isinstance(schema, dict) else schema:
            yield from subschemas(inner)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_reference_leads_somewhere(name: str) -> None:
    for schema in subschemas(SCHEMAS[name]):
        if isinstance(reference := schema.get("$ref"), str):
            assert schema_at(reference)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_format_has_a_checker(name: str) -> None:
    for schema in subschemas(SCHEMAS[name]):
        if isinstance(schema.get("format"), str):
            assert schema["format"] in CHECKERS


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_alternatives_that_answer_with_a_heap_of_errors(name: str) -> None:
    assert not any("oneOf" in schema for schema in subschemas(SCHEMAS[name]))


def plain_validator() -> Draft202012Validator:
    """A validator as an editor has it: it knows the standard keywords and nothing of ours."""
    resources = [(name, DRAFT202012.create_resource(schema)) for name, schema in SCHEMAS.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator({"$ref": "state_machine.json"}, registry=registry)


OTHERS_REFUSE = {"placeholders"}
"""Definitions with placeholders where other validators cannot know what will be filled in."""


VALID = sorted(path.name.split(".")[0] for path in (CASES / "ok").glob("*.asl.json"))


@pytest.mark.parametrize("name", [name for name in VALID if name not in OTHERS_REFUSE])
def test_other_validators_take_what_is_valid(name: str) -> None:
    plain_validator().validate(json.loads((CASES / "ok" / f"{name}.asl.json").read_text("utf-8")))


INVALID = """required_fields unknown_type unknown_state_field next_and_end wait_for_two choices_is_empty
number_in_quotes reader_in_an_inline_map next_in_a_nested_rule credentials_without_role"""


@pytest.mark.parametrize("name", INVALID.split())
def test_other_validators_refuse_what_is_not(name: str) -> None:
    definition = json.loads((CASES / f"{name}.asl.json").read_text("utf-8"))
    assert not plain_validator().is_valid(definition)
