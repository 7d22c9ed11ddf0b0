"""Laws of templates: whatever one says, reading it raises our own errors and nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aslrun.document import DocumentError
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import CONDITIONS, FUNCTIONS
from aslrun.document.cloudformation.resources import KINDS
from aslrun.document.definitions import read_template
from aslrun.document.pieces import origins
from aslrun.document.spans import Text
from aslrun.document.templates import machines_of
from aslrun.document.yaml_text import parse_yaml_text, scalar_offsets
from aslrun.functions.template import functions_of
from aslrun.validation import validate_document

IDS = st.sampled_from(
    ["A", "B", "A.Arn", "B.Alias", "AWS::Region", "P", "C", "${A}", "${B.Arn}-${P}", "${!P}"]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | IDS
    | st.text(max_size=5)
)


def calls(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from([*FUNCTIONS, *CONDITIONS]), inner, min_size=1, max_size=1)


VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: calls(inner) | calls(st.lists(inner, max_size=3)) | st.lists(inner, max_size=3)
    | st.dictionaries(IDS, inner, max_size=2),
    max_leaves=12,
)  # fmt: skip
PROPERTIES = st.dictionaries(
    st.sampled_from(
        [
            "Definition",
            "DefinitionString",
            "DefinitionUri",
            "DefinitionS3Location",
            "DefinitionSubstitutions",
            "Name",
            "Type",
            "FunctionName",
            "CodeUri",
            "Code",
            "InlineCode",
            "Handler",
            "Runtime",
            "Layers",
            "Environment",
            "Timeout",
            "AutoPublishAlias",
        ]
    ),
    VALUES,
    max_size=5,
)
RESOURCES = st.dictionaries(
    st.sampled_from("ABP"),
    st.fixed_dictionaries({"Type": st.sampled_from([*KINDS]) | VALUES, "Properties": PROPERTIES | VALUES}),
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": RESOURCES | VALUES},
    optional={
        "Parameters": st.dictionaries(st.just("P"), st.dictionaries(st.just("Default"), VALUES)) | VALUES,
        "Conditions": st.dictionaries(st.sampled_from("AC"), VALUES) | VALUES,
        "Mappings": VALUES,
        "Globals": st.dictionaries(st.just("Function"), PROPERTIES | VALUES) | VALUES,
    },
)


def in_full(template: Template) -> None:
    """Ask for everything that there is to ask of a template."""
    for machine in machines_of(template):
        assert isinstance(machine.name, str)
        assert machine.type in ("STANDARD", "EXPRESS", None)
        try:
            document = machine.read()
        except DocumentError:
            continue
        for diagnostic in validate_document(document):
            assert diagnostic.message
    for function in functions_of(template):
        assert function.unusable or function.file


@given(TEMPLATES)
def test_any_template_is_read(value: Any) -> None:
    source = Text("template.json", json.dumps(value) + "// AWS::")
    try:
        template = read_template(source)
    except DocumentError:
        return
    if template is not None:
        in_full(template)


@given(TEMPLATES, VALUES)
def test_any_value_is_resolved_and_texts_stay_short(value: Any, other: Any) -> None:
    from aslrun.document import document_of

    template = Template(document_of(value))
    template.resolve(other)
    assert isinstance(template.text(other), str)


@given(st.text(), st.sampled_from(["'", '"', "|", ">", ""]))
def test_offsets_of_yaml_texts_point_at_their_characters(text: str, style: str) -> None:
    import yaml

    written = yaml.dump({"a": text}, default_style=style or None, allow_unicode=True, width=20)
    document = parse_yaml_text(Text("a.yaml", written))
    value = document.value["a"] if isinstance(document.value, dict) else None
    node = document.node_at(("a",))
    if not isinstance(value, str) or node is None:
        return
    offsets = scalar_offsets(written[node.start : node.end], value)
    assert len(offsets) == len(value) + 1
    assert offsets == sorted(offsets)
    for character, offset in zip(value, offsets, strict=False):
        found = written[node.start + offset]
        assert (
            found in (character, "\\") or (character.isspace() and found.isspace()) or not value.isprintable()
        )


@given(st.lists(st.text(max_size=8), max_size=4), st.dictionaries(st.sampled_from("XY"), st.text(max_size=8)))
def test_a_joined_text_comes_from_its_pieces(pieces: list[str], known: dict[str, str]) -> None:
    join = {"Fn::Join": ["", [*pieces, {"Ref": "P"}, "${X}"]]}
    properties = {"DefinitionString": join, "DefinitionSubstitutions": known}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    source = Text("template.json", json.dumps({"Resources": {"M": machine}}))
    template = read_template(source)
    assert template is not None
    try:
        text = machines_of(template)[0].read().source
    except DocumentError:
        return
    offsets = origins(text, source)
    assert len(offsets) == len(text.text) + 1
    assert all(0 <= offset <= len(source.text) for offset in offsets)


def test_what_refers_to_itself_ends() -> None:
    resources: dict[str, Any] = {
        f"R{number}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": f"${{R{(number + 1) % 3000}.QueueName}}" * 2}},
        }
        for number in range(3000)
    }
    conditions: dict[str, Any] = {"A": {"Fn::Not": [{"Condition": "A"}]}}
    from aslrun.document import document_of

    template = Template(document_of({"Resources": resources, "Conditions": conditions}))
    assert len(template.text({"Ref": "R0"})) < 2000
    assert template.resolve({"Fn::If": ["A", 1, 2]}) == "${A}"
    deep: Any = {"Ref": "AWS::Region"}
    for _ in range(190):
        deep = [deep]
    assert template.resolve(deep) == json.loads("[" * 190 + '"us-east-1"' + "]" * 190)
