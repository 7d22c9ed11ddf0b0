"""Validation of anything: it answers, and never raises."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aslrun
from aslrun.compiler import compile_machine
from aslrun.diagnostics import CODES
from aslrun.document import document_of, parse_document
from aslrun.errors import UsageError
from aslrun.validation import validate_document
from aslrun.validation.files import validate_files
from aslrun.views.diagnostics import FORMATS

VALID = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "cases" / "ok").glob("*.asl.json"))
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["$", "$.a", "$.a[", "States.Format('", "{% x", "%}", "{%", "${X}", "Pass", "JSONata"])
    | st.sampled_from(
        ["{% $states.input.a %}", "{% ($x; $$) %}", "{% $f(a.b) %}", "{%%}", "$x.y", "$$.a", "A"]
    )
    | st.sampled_from(
        ["arn:aws:states:::lambda:invoke.waitForTaskToken", "arn:aws:states:::", "arn:::::", "Map"]
    )
)
FIELDS = """StartAt States Type Next End Choices And Not Retry Catch ErrorEquals Branches ItemProcessor
Parameters a.$ Seconds QueryLanguage Credentials ItemReader Variable Assign Output Arguments Result ResultPath
ResultSelector InputPath OutputPath Resource ItemSelector Iterator ErrorEquals Default Items x states"""
fields = st.sampled_from(FIELDS.split()) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(fields, inner, max_size=5),
    max_leaves=25,
)


@given(values)
@settings(deadline=None)
def test_any_json_value_is_answered(value: Any) -> None:
    for diagnostic in validate_document(document_of(value)):
        assert diagnostic.code in CODES
        assert diagnostic.location.startswith("/")


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, each in inner for place in places(each, (*at, key))]


def changed(definition: Any, draw: Any) -> Any:
    """The definition with something at one place removed, renamed or replaced."""
    definition = copy.deepcopy(definition)
    *path, last = draw(st.sampled_from(places(definition)))
    parent = definition
    for part in path:
        parent = parent[part]
    how = draw(st.sampled_from(["remove", "rename", "replace"]))
    if how == "replace":
        parent[last] = draw(values)
    elif how == "remove" or not isinstance(parent, dict):
        del parent[last]
    else:
        parent[draw(fields)] = parent.pop(last)
    return definition


@given(st.data())
@settings(max_examples=200)
def test_a_valid_definition_with_changes_is_answered(data: st.DataObject) -> None:
    definition = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 3))):
        definition = changed(definition, data.draw) if places(definition) else definition
    document = parse_document(json.dumps(definition), "machine.asl.json", "json")
    for diagnostic in validate_document(document):
        assert diagnostic.span is not None
        assert diagnostic.span.line >= 1
    assert validate_document(document) == validate_document(document)


@given(st.sampled_from(VALID))
@settings(deadline=None)
def test_a_value_and_its_text_have_the_same_findings(definition: Any) -> None:
    text = json.dumps(definition)
    assert validate_document(document_of(definition)) == []
    assert validate_document(parse_document(text, "machine.asl.json", "json")) == []


@given(st.data())
@settings(max_examples=150)
def test_what_has_no_error_compiles(data: st.DataObject) -> None:
    definition = changed(data.draw(st.sampled_from(VALID)), data.draw)
    if all(one.severity != "error" for one in validate_document(document_of(definition))):
        with suppress(UsageError):  # what cannot be run here yet
            compile_machine(definition)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(["json", "yaml"]))
@settings(deadline=None)
def test_any_bytes_are_answered(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.asl.{suffix}"
    path.write_bytes(data)
    diagnostics, _ = validate_files([str(path)])
    assert diagnostics  # nothing so short is a machine
    for render in FORMATS.values():
        render(diagnostics, {}, False)


def test_aliases_do_not_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "bomb.asl.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (diagnostic,) = validate_files([str(path)])[0]
    assert diagnostic.code == "INVALID_JSON_DESCRIPTION"
    assert "aliases" in diagnostic.message


places_in_data = st.sampled_from(["$", "$.a", "$.b", "$.a.b", "$.b.a", "$.a.b.c"])
constants = st.sampled_from([1, "x", None, [1], {}, {"a": 1}, {"b": {"a": 2}}, {"a": {"b": {"c": 3}}}])
templates = st.dictionaries(st.sampled_from(["a", "b"]), constants, max_size=2) | st.dictionaries(
    st.sampled_from(["a.$", "b.$"]), places_in_data | st.just("$v.a"), min_size=1, max_size=2
)
passes = st.fixed_dictionaries(
    {},
    optional={
        "InputPath": places_in_data | st.none(),
        "Parameters": templates,
        "Result": constants,
        "ResultPath": places_in_data | st.none(),
        "OutputPath": places_in_data | st.none(),
        "Assign": st.fixed_dictionaries({"v": constants}),
    },
)


@given(st.lists(passes, min_size=1, max_size=5), constants)
@settings(max_examples=300)
def test_data_said_to_be_missing_is_missing(fields: list[Any], input: Any) -> None:
    """Where there is one way only, an execution fails on whatever is told of it, with any input."""
    states = {f"S{n}": {"Type": "Pass", **each, "Next": f"S{n + 1}"} for n, each in enumerate(fields)}
    definition: Any = {"StartAt": "S0", "States": {**states, f"S{len(fields)}": {"Type": "Succeed"}}}
    told = {one.code for one in validate_document(document_of(definition))}
    if told & {"MISSING_DATA", "UNASSIGNED_VARIABLE"}:
        assert aslrun.load(definition).execute(input).status == "FAILED"


def codes_of(definition: Any) -> list[str]:
    return [diagnostic.code for diagnostic in validate_document(document_of(definition))]


def pass_with(result: Any) -> Any:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}}


def parallel_in_parallel(levels: int) -> Any:
    machine: Any = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    for level in range(levels):
        state = {"Type": "Parallel", "Branches": [machine], "End": True}
        machine = {"StartAt": f"P{level}", "States": {f"P{level}": state}}
    return machine


def choice_of(rule: Any) -> Any:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "B"}], "Default": "B"}
    return {"StartAt": "A", "States": {"A": choice, "B": {"Type": "Succeed"}}}


def nested(levels: int, wrap: Callable[[Any], Any], value: Any = None) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "definition",
    [
        pass_with(nested(10_000, lambda inner: [inner])),
        pass_with(nested(10_000, lambda inner: {"a": inner})),
        choice_of(nested(10_000, lambda inner: {"Not": inner}, {})),
        parallel_in_parallel(2_500),
    ],
    ids=["lists", "objects", "rules", "machines"],
)
def test_ten_thousand_levels_are_one_finding(definition: Any) -> None:
    assert codes_of(definition) == ["TOO_DEEPLY_NESTED"]


@pytest.mark.parametrize(
    "definition",
    [
        pass_with(nested(190, lambda inner: [inner])),
        choice_of(nested(190, lambda inner: {"Not": inner}, {"Variable": "$.a", "IsNull": True})),
        parallel_in_parallel(48),
    ],
    ids=["lists", "rules", "machines"],
)
def test_what_is_not_too_deep_is_silent(definition: Any) -> None:
    assert codes_of(definition) == []


def test_thousands_of_mistakes_are_all_told() -> None:
    states = {f"S{number}": {"Type": "Pass", "Next": f"T{number}"} for number in range(2_000)}
    definition: Any = {"StartAt": "S0", "States": states}
    diagnostics = validate_document(document_of(definition))
    assert sum(diagnostic.location.endswith("/Next") for diagnostic in diagnostics) == 2_000
