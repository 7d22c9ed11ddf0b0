"""Files of Terraform, and programs: what is said of them, and what `terraform show -json` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.document import DocumentError
from aslrun.document.definitions import definition_in, definitions_in
from aslrun.errors import UsageError
from aslrun.validation.files import validate_files
from aslrun.values import JSON

ENCODED = """\
# The workflow
resource "aws_sfn_state_machine" "order" {
  name       = "order"
  definition = jsonencode({
    StartAt = "A"
    States  = { A = { Type = "Succeed" } }
  })
}
"""
HEREDOC = 'resource "aws_sfn_state_machine" "order" {\n  definition = <<EOF\n{"StartAt": "A"}\nEOF\n}\n'
TEMPLATE = """\
resource "aws_sfn_state_machine" "order" {
  definition = templatefile("${path.module}/machines/order.asl.json", {
    pay_arn = aws_lambda_function.pay.arn,
    "table" = aws_dynamodb_table.orders.name
    limit = 5
  })
}
"""
DEFINITION = """\
{"StartAt": "W", "States": {
  "W": {"Type": "Wait", "Seconds": ${ limit }, "Next": "P"},
  "P": {"Type": "Task", "Resource": "${pay_arn}", "Comment": "${~ table ~}", "End": true}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/pay.py").write_text(
        "import os\ndef handler(event, context): return [os.environ['STAGE'], event]\n", encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "main.tf",
            ENCODED,
            "is Terraform, and no definition: it has the state machine order; run `terraform",
        ),
        ("main.tf", ENCODED, "name state.json:order; or keep the definition in a file of its own"),
        ("main.tf", HEREDOC, "run `terraform show -json > state.json` after an apply"),
        ("order.asl.json", HEREDOC, "is Terraform, and no definition"),
        ("order.txt", ENCODED, "is Terraform, and no definition"),
        (
            "main.tf",
            TEMPLATE,
            "`aslrun execute machines/order.asl.json --substitute pay_arn=VALUE --substitute table=VALUE"
            " --substitute limit=VALUE`",
        ),
        (
            "main.tf",
            TEMPLATE.replace("limit = 5", 'limit = "${var.limit}"'),
            "--substitute table=VALUE --substitute limit=VALUE`",
        ),
        (
            "main.tf",
            'locals {\n  x = file("${path.module}/sfn/o.json.tmpl")\n}\n',
            "`aslrun execute sfn/o.json.tmpl`",
        ),
        ("main.tf", 'data "local_file" "x" {\n  filename = "./o.json"\n}\n', "`aslrun execute o.json`"),
        ("empty.tf", "", "is Terraform, and no definition: run `terraform show"),
        ("vars.json", 'variable "x" {\n  default = 5\n}\n', "is Terraform, and no definition"),
        ("app.py", "import aws_cdk\n", "is a program, and no definition: of CDK, run `cdk synth`"),
        ("serverless.ts", "export default {}", "run `serverless print --format yaml > service.yml`"),
        (
            "o.tftpl",
            '{"States": {%{ for n in names }"${n}": {}%{ endfor }}}',
            "a template of Terraform with %{ for",
        ),
    ],
)
def test_what_is_no_definition_says_what_to_run(name: str, text: str, says: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    for use in (aslrun.load, aslrun.validate):
        with pytest.raises(UsageError) as refused:
            use(name)
        assert says in str(refused.value)


def test_the_file_of_a_templatefile_with_its_values() -> None:
    for name in ("order.asl.json", "order.json.tftpl"):
        Path(name).write_text(DEFINITION, encoding="utf-8")
        given = {"limit": "5", "pay_arn": "arn:aws:lambda:us-east-1:123456789012:function:pay", "table": "t"}
        machine = aslrun.load(name, substitutions=given)
        assert machine.diagnostics == []
        states: Any = machine.definition
        assert (states["States"]["W"]["Seconds"], states["States"]["P"]["Comment"]) == (5, "t")
        partly = aslrun.load(name, substitutions={"limit": "5"})
        ran = partly.execute(1, functions={"pay_arn": lambda event: event + 1})
        assert ran.output == 2


def resource(type: str, name: str, values: dict[str, JSON], **more: JSON) -> JSON:
    return {
        "address": f"{type}.{name}",
        "mode": "managed",
        "type": type,
        "name": name,
        "values": values,
        **more,
    }


PAY = "arn:aws:lambda:eu-west-1:111122223333:function:shop-pay"
ORDER: dict[str, JSON] = {
    "StartAt": "P",
    "States": {"P": {"Type": "Task", "Resource": PAY, "End": True}},
}


def shown(definition: dict[str, JSON] | None = ORDER) -> dict[str, Any]:
    """What `terraform show -json` writes of a state, as far as it matters."""
    machine: dict[str, JSON] = {"name": "shop-order", "type": "EXPRESS"}
    if definition is not None:
        machine["definition"] = json.dumps(definition)
    function: dict[str, JSON] = {
        "function_name": "shop-pay",
        "handler": "pay.handler",
        "runtime": "python3.12",
        "filename": "./build/pay.zip",
        "timeout": 7,
        "memory_size": 256,
        "environment": [{"variables": {"STAGE": "qa"}}],
        "reserved_concurrent_executions": -1,
        "image_uri": "",
    }
    child = {"resources": [resource("aws_lambda_function", "pay", function)], "address": "module.functions"}
    archive: dict[str, JSON] = {"output_path": "build/pay.zip", "source_dir": "src", "source_file": None}
    module = {
        "resources": [
            resource("aws_sfn_state_machine", "order", machine),
            resource("archive_file", "pay", archive, mode="data"),
        ],
        "child_modules": [child],
    }
    return {"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": module}}


@pytest.mark.parametrize("name", ["state.json", "state.json:order", "state.json:shop-order"])
def test_a_state_runs(name: str) -> None:
    Path("state.json").write_text(json.dumps(shown(), indent=1), encoding="utf-8")
    machine = aslrun.load(name)
    assert (machine.name, machine.type) == ("shop-order", "EXPRESS")
    assert machine.execute(5).output == ["qa", 5]


def test_a_plan_runs_where_it_knows_the_definition() -> None:
    state = shown()
    data = state["values"]["root_module"]["resources"].pop()
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.5",
        "planned_values": state["values"],
        "prior_state": {"values": {"root_module": {"resources": [data]}}},
    }
    Path("plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert aslrun.load("plan.json").execute(5).output == ["qa", 5]


def test_a_source_file_and_code_in_s3() -> None:
    state = shown()
    archive = state["values"]["root_module"]["resources"][1]["values"]
    archive |= {"source_dir": None, "source_file": "src/pay.py"}
    Path("state.json").write_text(json.dumps(state), encoding="utf-8")
    assert aslrun.load("state.json").execute(5).output == ["qa", 5]
    function = state["values"]["root_module"]["child_modules"][0]["resources"][0]["values"]
    function |= {"filename": None, "s3_bucket": "b", "s3_key": "k.zip"}
    Path("state.json").write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(UsageError, match=r"its code lies in S3, at s3://b/k\.zip"):
        aslrun.load("state.json").execute(5)


def test_a_definition_that_only_an_apply_tells() -> None:
    Path("plan.json").write_text(json.dumps(shown(None)), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"order has no definition .*after an apply"):
        definition_in("plan.json").read()


def test_what_is_wrong_is_told_in_its_place() -> None:
    wrong: dict[str, JSON] = {**ORDER, "Nxt": 1}
    Path("state.json").write_text(json.dumps(shown(wrong), indent=1), encoding="utf-8")
    (found,), sources = validate_files(["state.json"])
    assert found.span is not None
    line = sources["state.json"].line_text(found.span.line)
    assert line[found.span.column - 1 : found.span.end_column - 1] == r"\"Nxt\""
    assert [one.id for one in definitions_in("state.json")] == ["order"]
