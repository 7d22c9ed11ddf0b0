"""For each kind of mistake a machine that has it: it is found, and its reproduction reproduces it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from machines import MISTAKES, RIGHT, machine, service

import aslrun
from aslrun.cli import aslrun as cli
from aslrun.fuzzing.plan import make_plan
from aslrun.fuzzing.reproduce import Command, reproduce
from aslrun.fuzzing.search import search

WORKFLOWS = Path(__file__).parent.parent.parent / "workflows"


def fuzz(definition: Any, folder: Path, *options: str, runs: int = 150) -> Any:
    """Fuzz a definition with the command, and return what it prints as JSON."""
    path = folder / "machine.asl.json"
    path.write_text(json.dumps(definition, indent=2), encoding="utf-8")
    command = ["fuzz", str(path), "--runs", str(runs), "--format", "json", "--quiet", *options]
    ran = CliRunner().invoke(cli, command)
    told = json.loads(ran.stdout)
    assert ran.exit_code == (1 if told["findings"] else 0)
    return told


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_and_reproduced(name: str, tmp_path: Path) -> None:
    definition, kind, state = MISTAKES[name]
    told = fuzz(definition, tmp_path, "--output", str(tmp_path / "found"))
    found = [(finding["kind"], finding["state"]) for finding in told["findings"]]
    # Behind a loop that never ends are states that nobody comes to.
    assert [one for one in found if kind != "NEVER_ENDS" or one[0] == kind] == [(kind, state)]
    finding = told["findings"][0]
    assert finding["location"]["file"].endswith("machine.asl.json")
    assert finding["location"]["line"] > 1
    if kind == "UNVISITED_STATE":
        return
    assert finding["isReproduced"]
    words = shlex.split(finding["command"])
    assert words[:2] == ["aslrun", "execute"]
    ran = CliRunner().invoke(cli, words[1:])
    if finding["error"] is None:
        assert ran.exit_code == 0
    else:
        assert ran.exit_code == 1
        assert f"Execution failed in state '{state}'" in ran.stderr or kind == "NEVER_ENDS"
        assert finding["error"] in ran.stderr
    assert not (kind == "NEVER_ENDS" and "maximum number of history events" not in ran.stderr)


@pytest.mark.parametrize("name", RIGHT)
def test_a_machine_without_mistakes_is_not_talked_about(name: str) -> None:
    found = search(make_plan(aslrun.load(RIGHT[name])), 150)
    assert found.findings == []


@pytest.mark.parametrize(
    "file",
    [
        "order/order.asl.json",
        "fulfilment/fulfilment.asl.json",
        "fulfilment/fulfilment.jsonata.asl.json",
        "restock/restock.asl.json",
        "refund/template.yaml",
    ],
)
def test_the_examples_are_not_talked_about(file: str) -> None:
    found = search(make_plan(aslrun.load(WORKFLOWS / file)), 200)
    assert found.findings == []
    assert found.runs > 20


def found_in(definition: Any, **options: Any) -> list[tuple[str, str]]:
    plan = make_plan(aslrun.load(definition), **options)
    return [(finding.kind, finding.state) for finding in search(plan, 150).findings]


READS: dict[str, Any] = {
    "StartAt": "Read",
    "States": {"Read": {"Type": "Pass", "Parameters": {"id.$": "$.id"}, "End": True}},
}


def test_what_is_read_is_taken_to_be_there_unless_a_schema_or_wild_says_otherwise() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    assert found_in(READS) == []
    assert found_in(READS, schema=schema) == [("RUNTIME_ERROR", "Read")]
    assert found_in(READS, schema={**schema, "required": ["id"]}) == []
    assert found_in(READS, wild=True) == [("RUNTIME_ERROR", "Read")]


def test_a_schema_decides_which_values_there_are() -> None:
    definition, kind, state = MISTAKES["a Choice without Default"]
    total = {"type": "integer", "minimum": 0}
    schema = {"type": "object", "properties": {"total": total}, "required": ["total"]}
    assert found_in(definition, schema=schema) == [(kind, state)]
    schema["properties"] = {"total": {**total, "maximum": 99}}
    assert found_in(definition, schema=schema) == []


def test_a_field_that_is_read_before_it_is_asked_for_is_there() -> None:
    definition, _, state = MISTAKES["a variable that may be missing"]
    reading = {"Type": "Pass", "Parameters": {"id.$": "$.id"}, "Next": "Known"}
    states = {"First": reading, **definition["States"]}
    assert found_in(definition) == [("RUNTIME_ERROR", state)]
    assert found_in({"StartAt": "First", "States": states}) == []


def test_one_mistake_is_told_once_and_two_are_two() -> None:
    low = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 5, "Next": "Done"}]}
    rest = {"Type": "Choice", "Choices": [{"Variable": "$.s", "StringEquals": "x", "Next": "Low"}]}
    definition = {"StartAt": "S", "States": {"S": rest, "Low": low, "Done": {"Type": "Succeed"}}}
    assert sorted(found_in(definition)) == [("NO_CHOICE_MATCHED", "Low"), ("NO_CHOICE_MATCHED", "S")]


def test_a_failure_of_the_outside_is_no_finding() -> None:
    definition = {
        "StartAt": "Call",
        "States": {
            "Call": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "Retry": [{"ErrorEquals": ["Busy"]}],
                "Next": "Fail",
            },
            "Fail": {"Type": "Fail", "Error": "States.Runtime", "Cause": "meant so"},
        },
    }
    assert found_in(definition) == []


def test_the_error_of_a_child_is_told_of_though_the_map_tolerates_it() -> None:
    child = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Pack",
        "States": {"Pack": {"Type": "Pass", "Parameters": {"order.$": "$.id"}, "End": True}},
    }
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": child,
        "End": True,
    }
    plan = make_plan(aslrun.load({"StartAt": "Each", "States": {"Each": each}}))
    (finding,) = search(plan, 150).findings
    assert (finding.kind, finding.state) == ("RUNTIME_ERROR", "Pack")
    assert [one.is_reproduced for one in reproduce(plan, [finding], Command("x")).findings] == [True]


def test_items_are_read_and_results_not_written(tmp_path: Path) -> None:
    (tmp_path / "aslrun.toml").write_text('[s3]\n"b" = "."\n')
    (tmp_path / "items.jsonl").write_text('{"id": 1}\n{}\n')
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "b", "Key": "items.jsonl"},
        },
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Pack",
            "States": {"Pack": {"Type": "Pass", "Parameters": {"order.$": "$.id"}, "End": True}},
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "b", "Prefix": "out"},
        },
        "End": True,
    }
    told = fuzz({"StartAt": "Each", "States": {"Each": each}}, tmp_path, runs=20)
    assert [(one["kind"], one["state"]) for one in told["findings"]] == [("RUNTIME_ERROR", "Pack")]
    assert not (tmp_path / "out").exists()


def test_states_behind_one_that_always_fails_are_not_told_of() -> None:
    definition: Any = {
        "StartAt": "Fails",
        "States": {
            "Fails": {"Type": "Pass", "Result": {}, "OutputPath": "$.none", "Next": "Next"},
            "Next": {"Type": "Pass", "Next": "Last"},
            "Last": {"Type": "Pass", "End": True},
        },
    }
    assert found_in(definition) == [("RUNTIME_ERROR", "Fails")]


def test_what_aws_leaves_out_is_known_without_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslrun.teststate.field_validation.output_shape", lambda resource: None)
    table = {"TableName": "t", "Key": {"id": {"S.$": "$.id"}}}
    read = {"Type": "Pass", "Parameters": {"name.$": "$.row.Item.name.S"}, "End": True}
    for action, findings in (("getItem", [("RUNTIME_ERROR", "Read")]), ("updateItem", [])):
        get = service(f"dynamodb:{action}", Parameters=table, ResultPath="$.row", Next="Read")
        assert found_in(machine(Get=get, Read=read)) == findings
