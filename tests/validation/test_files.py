"""Files, folders and values: `aslrun.validate`, and what silences a diagnostic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.validation.files import files_of, validate_files

VALID = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
INVALID = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "B"}], "Default": "C"},
        "C": {"Type": "Succeed"},
    },
}
WARNED = {"Version": "2", **VALID}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: object) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def codes(source: Any, **options: Any) -> list[str]:
    return [diagnostic.code for diagnostic in aslrun.validate(source, **options)]


def test_a_value_a_name_and_a_path_are_validated(folder: Path) -> None:
    path = write("m.asl.json", INVALID)
    assert codes(INVALID) == codes("m.asl.json") == codes(path) == ["MISSING_TRANSITION_TARGET"]
    assert codes(VALID) == []


def test_a_value_has_no_places_and_a_file_has() -> None:
    (diagnostic,) = aslrun.validate(WARNED)
    assert (diagnostic.span, diagnostic.location) == (None, "/Version")


def test_the_type_is_an_option() -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
    machine = {"StartAt": "A", "States": {"A": task}}
    assert codes(machine) == []
    assert codes(machine, type="EXPRESS") == ["SCHEMA_VALIDATION_FAILED"]


def test_a_reader_of_what_is_filled_in_is_asked_for_nothing() -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "${Format}"}}
    each = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "B",
        "States": {"B": {"Type": "Succeed"}},
    }
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": each, "End": True}
    assert codes({"StartAt": "A", "States": {"A": state}}) == []
    reader["ReaderConfig"] = {"InputType": "CSV"}
    assert codes({"StartAt": "A", "States": {"A": state}}) == ["SCHEMA_VALIDATION_FAILED"]


def test_what_is_no_json_is_a_diagnostic(folder: Path) -> None:
    assert codes(write("m.asl.json", "{")) == ["INVALID_JSON_DESCRIPTION"]


def test_a_folder_is_all_definitions_below_it(folder: Path) -> None:
    write("src/a/order.asl.json", VALID)
    write("src/b.json", INVALID)
    write("src/c.yml", "StartAt: A\nStates: {A: {Type: Succeed}}\n")
    write("src/d.asl.yaml", "no definition, but its name says so")
    write("src/package.json", {"name": "x", "description": "StartAt and States"})
    write("src/broken.json", '{"StartAt": "A", "States": ')
    write("src/notes.txt", json.dumps(VALID))
    write("src/node_modules/x.asl.json", INVALID)
    write("src/.git/x.asl.json", INVALID)
    found = [Path(file).as_posix() for file in files_of("src")]
    assert found == ["src/a/order.asl.json", "src/b.json", "src/c.yml", "src/d.asl.yaml"]
    assert codes("src") == ["MISSING_TRANSITION_TARGET", "SCHEMA_VALIDATION_FAILED"]


def test_a_folder_without_definitions_is_wrong_usage(folder: Path) -> None:
    with pytest.raises(aslrun.UsageError, match="there is no definition in"):
        aslrun.validate(folder)


def test_a_file_named_twice_is_validated_once(folder: Path) -> None:
    write("m.asl.json", INVALID)
    diagnostics, sources = validate_files(["m.asl.json", "m.asl.json"])
    assert len(diagnostics) == len(sources) == 1


def test_codes_are_ignored(folder: Path) -> None:
    assert codes(WARNED) == ["UNKNOWN_VERSION"]
    assert codes(WARNED, ignore=["UNKNOWN_VERSION"]) == []
    assert codes(write("m.asl.json", WARNED), ignore=["UNKNOWN_VERSION"]) == []


@pytest.mark.parametrize("code", ["NO_DEFALT", "no_default"])
def test_a_code_that_there_is_not_is_wrong_usage(code: str) -> None:
    with pytest.raises(aslrun.UsageError, match=r"there is no diagnostic .*did you mean 'NO_DEFAULT'"):
        aslrun.validate(VALID, ignore=[code])


@pytest.mark.parametrize(
    "text",
    [
        '{"Version": "2", // aslrun: ignore UNKNOWN_VERSION\n%s}',
        '{\n  // aslrun: ignore NO_DEFAULT, UNKNOWN_VERSION\n  "Version": "2",\n%s}',
        '{"Version": "2", /* aslrun:ignore UNKNOWN_VERSION */ %s}',
    ],
    ids=["beside", "above", "block"],
)
def test_a_comment_silences_its_place(folder: Path, text: str) -> None:
    rest = '"StartAt": "A", "States": {"A": {"Type": "Succeed"}}'
    assert codes(write("m.asl.json", text % rest)) == []
    assert codes(write("m.asl.json", (text % rest).replace("UNKNOWN_VERSION", "NO_PATH"))) == [
        "UNKNOWN_VERSION"
    ]


def test_a_comment_in_yaml_silences_its_place(folder: Path) -> None:
    rest = "StartAt: A\nStates: {A: {Type: Succeed}}\n"
    assert codes(write("m.asl.yaml", f"Version: '2'  # aslrun: ignore UNKNOWN_VERSION\n{rest}")) == []
    assert codes(write("m.asl.yaml", f"# aslrun: ignore UNKNOWN_VERSION\nVersion: '2'\n{rest}")) == []
    # A comment after something else is about its own line.
    elsewhere = f"Comment: x  # aslrun: ignore UNKNOWN_VERSION\nVersion: '2'\n{rest}"
    assert codes(write("m.asl.yaml", elsewhere)) == ["UNKNOWN_VERSION"]


def test_aslrun_toml_beside_or_above_ignores(folder: Path) -> None:
    write("a/b/m.asl.json", WARNED)
    write("aslrun.toml", '[validate]\nignore = ["UNKNOWN_VERSION"]\n')
    assert codes("a/b/m.asl.json") == codes(folder) == []


def test_the_nearest_aslrun_toml_counts(folder: Path) -> None:
    write("a/m.asl.json", WARNED)
    write("aslrun.toml", '[validate]\nignore = ["UNKNOWN_VERSION"]\n')
    write("a/aslrun.toml", "[functions]\n")
    assert codes("a/m.asl.json") == ["UNKNOWN_VERSION"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[validate\n", "is not TOML"),
        ('[validate]\nignore = "NO_PATH"\n', "is a list of codes"),
        ('[validate]\nignore = ["NO_PATHS"]\n', "did you mean 'NO_PATH'"),
        ("[validate]\nignore = [1]\n", "there is no diagnostic 1"),
    ],
)
def test_a_wrong_aslrun_toml_is_wrong_usage(folder: Path, settings: str, message: str) -> None:
    write("m.asl.json", VALID)
    write("aslrun.toml", settings)
    with pytest.raises(aslrun.UsageError, match=message):
        aslrun.validate("m.asl.json")
