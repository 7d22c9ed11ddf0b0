"""Services of the Serverless Framework: machines and functions, variables, places in included files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import aslrun
from aslrun.document.definitions import definitions_in, template_of
from aslrun.document.serverless import normalized
from aslrun.document.serverless.sources import Sources
from aslrun.document.serverless.variables import Variables
from aslrun.document.spans import Text
from aslrun.functions.template import functions_of
from aslrun.validation.files import validate_files
from aslrun.values import JSON

SERVICE = """\
service: shop
plugins: [serverless-step-functions]
useDotenv: true
custom:
  stage: ${opt:stage, self:provider.stage, 'dev'}
  limits: ${file(limits.yml)}
  orders: ${self:service}-orders-${self:custom.stage}
provider:
  name: aws
  runtime: python3.12
  environment:
    ORDERS: ${self:custom.orders}
    SECRET: ${ssm:/shop/secret}
    DOTENV: ${env:FROM_DOTENV, 'none'}
functions:
  - ${file(functions.yml)}
  - ship-it:
      handler: src/ship.handler
      layers: [{Ref: CommonLambdaLayer}]
layers:
  common: {path: layers/common}
stepFunctions:
  activities: [approve]
  stateMachines:
    order:
      name: ${self:service}-order-${sls:stage}
      type: EXPRESS
      definition: ${file(machines/order.yml)}
    direct:
      id: DirectMachine
      definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: "arn:aws:lambda:#{AWS::Region}:#{AWS::AccountId}:function:shop-${sls:stage}-pay"
            TimeoutSeconds: ${self:custom.limits.seconds}
            Next: B
          B:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: !Ref ShipDashitLambdaFunction, Payload.$: $}
            OutputPath: $.Payload
            End: true
    text:
      definition: '{"StartAt": "W", "States": {"W": {"Type": "Succeed"}}}'
resources:
  - Resources:
      Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: "${self:custom.orders}"}}
"""
FILES = {
    "serverless.yml": SERVICE,
    "limits.yml": "seconds: 30\n",
    "functions.yml": "pay:\n  handler: src/pay.handler\n  timeout: 5\n",
    ".env": "# not a setting\nexport FROM_DOTENV='yes'\n",
    "machines/order.yml": """\
StartAt: Pay
States:
  Pay: {Type: Task, Resource: !GetAtt pay.Arn, Next: Save}
  Save: {Type: Pass, Result: {table: !Ref Orders}, End: true}
""",
    "src/pay.py": """\
import os
def handler(event, context): return [os.environ[name] for name in ("ORDERS", "SECRET", "DOTENV")]
""",
    "src/ship.py": "import common\ndef handler(e, c): return [*e, common.x]\n",
    "layers/common/python/common.py": "x = 5\n",
}


@pytest.fixture(autouse=True)
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FROM_DOTENV", raising=False)
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def test_its_machines() -> None:
    found = [(one.id, one.name, one.type) for one in definitions_in("serverless.yml")]
    assert found == [
        ("order", "shop-order-dev", "EXPRESS"),
        ("direct", "direct", None),
        ("text", "text", None),
    ]
    assert validate_files(["serverless.yml"])[0] == []
    assert validate_files(["."])[0] == []


@pytest.mark.parametrize("name", ["serverless.yml:direct", "serverless.yml:DirectMachine"])
def test_a_machine_runs_with_the_services_functions(name: str) -> None:
    assert aslrun.load(name).execute().output == ["shop-orders-dev", "${ssm:/shop/secret}", "yes", 5]


def test_values_are_given_for_options_and_secrets() -> None:
    given = {"stage": "prod", "ssm:/shop/secret": "s"}
    machine = aslrun.load("serverless.yml:direct", substitutions=given)
    assert machine.execute().output == ["shop-orders-prod", "s", "yes", 5]
    assert aslrun.load("serverless.yml:order", substitutions={"opt:stage": "prod"}).name == "shop-order-prod"
    with pytest.raises(aslrun.UsageError, match="did you mean 'stage'"):
        aslrun.load("serverless.yml:order", substitutions={"stag": "prod"})


@pytest.mark.parametrize("file", ["serverless.yml:order", "machines/order.yml"])
def test_a_definition_in_a_file_of_its_own(file: str) -> None:
    assert aslrun.load(file).execute().output == {"table": "shop-orders-dev"}


def test_what_is_wrong_is_told_in_the_file_that_has_it() -> None:
    Path("machines/order.yml").write_text(
        FILES["machines/order.yml"].replace("Next: Save", "Nxt: Save").replace("pay.Arn", "pya.Arn"),
        encoding="utf-8",
    )
    found, sources = validate_files(["serverless.yml"])
    places = {(one.code, one.span.file, one.span.line) for one in found if one.span}
    order = str(Path("machines/order.yml"))
    assert ("UNKNOWN_REFERENCE", order, 3) in places
    assert ("SCHEMA_VALIDATION_FAILED", order, 3) in places
    assert "Nxt" in sources[order].line_text(3)


def test_code_that_is_not_there_is_told_in_the_service() -> None:
    Path("src/ship.py").rename("src/shop.py")
    (found,) = validate_files(["serverless.yml"])[0]
    assert (found.code, found.span and found.span.line) == ("MISSING_CODE", 18)
    assert found.hint == "did you mean 'src/shop.handler'?"


def test_its_functions() -> None:
    template = template_of(Path("serverless.yml"))
    assert template is not None
    functions = {one.name: one for one in functions_of(template)}
    assert set(functions) == {"shop-dev-pay", "shop-dev-ship-it"}
    assert functions["shop-dev-pay"].timeout == 5
    assert functions["shop-dev-pay"].root == Path()
    assert [str(layer) for layer in functions["shop-dev-ship-it"].layers] == [str(Path("layers/common"))]


def test_what_cannot_run_and_what_is_built() -> None:
    Path("package").mkdir()
    Path("package/api.ts").write_text("export const handler = 1", encoding="utf-8")
    Path("service.yml").write_text(
        "service: {name: s}\nprovider: {name: aws, runtime: nodejs20.x}\n"
        "functions:\n  api: {handler: package/api.handler}\n  box: {image: x}\n"
        "  go: {handler: a, runtime: go1.x}\n",
        encoding="utf-8",
    )

    def api() -> str | None:
        template = template_of(Path("service.yml"))
        assert template is not None
        found = {one.name: one.unusable for one in functions_of(template)}
        assert "container image" in str(found["s-dev-box"])
        assert "Runtime is go1.x" in str(found["s-dev-go"])
        return found["s-dev-api"]

    assert "is TypeScript: build it" in str(api())
    Path(".esbuild/.build/package").mkdir(parents=True)
    Path(".esbuild/.build/package/api.js").write_text("exports.handler = 1", encoding="utf-8")
    assert api() is None


def resolved(text: str, root: JSON = None, given: dict[str, str] | None = None) -> JSON:
    value: JSON = {
        "provider": {"stage": "qa", "region": "eu-west-1"},
        **(root if isinstance(root, dict) else {}),
    }
    sources = Sources(Text("serverless.yml", ""))
    return Variables(value, None, sources, given or {}).resolve(text, None)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${self:provider.stage}", "qa"),
        ("a-${self:provider.stage}-b", "a-qa-b"),
        ("${self:a}", {"n": 5, "l": ["x", "y"]}),
        ("${self:a.n}", 5),
        ("${self:a.l.1}", "y"),
        ("n${self:a.n}", "n5"),
        ("${self:by.${sls:stage}}", "found"),
        ("${self:nothing, 'x'}", "x"),
        ("${self:nothing, self:a.n}", 5),
        ("${self:nothing, ${self:a.n}}", 5),
        ('${self:nothing, "a, b"}', "a, b"),
        ("${self:nothing, true}", True),
        ("${self:nothing, 3.5}", 3.5),
        ("${self:nothing}", "${self:nothing}"),
        ("${opt:region}", "eu-west-1"),
        ("${aws:accountId}", "123456789012"),
        ("${strToBool(true)}", True),
        ("${param:limit}", 7),
        ("${param:only}", "qa-only"),
        ("${cf:stack.Output}", "${cf:stack.Output}"),
        ("${cf:stack.Output, 'none'}", "none"),
        ("${cf(us-east-1):stack-${sls:stage}.X}", "${cf(us-east-1):stack-qa.X}"),
        ("${file(limits.yml):seconds}", 30),
        ("${file(limits.yml)}", {"seconds": 30}),
        ("${file(gone.yml), 'none'}", "none"),
        ("${file(program.js):x}", "${file(program.js):x}"),
        ("${AWS::Region}", "${AWS::Region}"),
        ("${Pay.Arn}", "${Pay.Arn}"),
        ("${self:loop.a}", "${self:loop.b}"),
        ("${unclosed", "${unclosed"),
        ("${}", "${}"),
    ],
)
def test_variables(text: str, value: JSON) -> None:
    root: JSON = {
        "a": {"n": 5, "l": ["x", "y"]},
        "by": {"qa": "found"},
        "params": {"default": {"limit": 7}, "qa": {"only": {"value": "${sls:stage}-only"}}},
        "loop": {"a": "${self:loop.b}", "b": "${self:loop.a}"},
    }
    if "loop" in text:
        assert str(resolved(text, root)).startswith("${self:loop.")
    else:
        assert resolved(text, root) == value


def test_variables_that_make_too_much_end() -> None:
    root: dict[str, JSON] = {f"v{n}": f"${{self:v{n + 1}}}${{self:v{n + 1}}}" for n in range(30)}
    root["v30"] = "x"
    resolved("${self:v0}", root)
    nested: dict[str, JSON] = {f"v{n}": [f"${{self:v{n + 1}}}"] * 10 for n in range(30)}
    resolved("${self:v0}", nested)


def test_names() -> None:
    assert [normalized(name) for name in ("hello", "ship-it", "a_b")] == [
        "Hello",
        "ShipDashit",
        "AUnderscoreb",
    ]


def test_other_files_with_such_words_are_no_services(tmp_path: Path) -> None:
    machine = {"Comment": "provider functions", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    (tmp_path / "m.json").write_text(json.dumps(machine), encoding="utf-8")
    assert aslrun.load(tmp_path / "m.json").definition == machine
