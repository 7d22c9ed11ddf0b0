"""Versions, aliases, layers and mappings through Lambda's API; invocations that nobody waits for."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aslrun.server.serving import Server, serve

ROLE = "arn:aws:iam::123456789012:role/r"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def packed(code: str, name: str = "app.py") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, code)
    return made.getvalue()


def returns(value: str) -> bytes:
    return packed(f"def handler(event, context):\n    print('working')\n    return {value}\n")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(show=lambda function, line: None, seed=1) as server:
        yield server


@pytest.fixture(scope="module")
def functions(server: Server) -> Any:
    return server.client("lambda")


def create(functions: Any, name: str, code: bytes, **more: Any) -> None:
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": code},
        **more,
    )


def answer(functions: Any, name: str, **more: Any) -> Any:
    return json.load(functions.invoke(FunctionName=name, **more)["Payload"])


def refused(call: Any, **more: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**more)
    return str(caught.value.response["Error"]["Code"])


def test_versions_keep_their_code_and_aliases_share_calls(functions: Any) -> None:
    create(functions, "canary", returns("1"))
    assert functions.publish_version(FunctionName="canary")["Version"] == "1"
    assert functions.publish_version(FunctionName="canary")["Version"] == "1"  # nothing has changed
    functions.update_function_code(FunctionName="canary", ZipFile=returns("2"))
    made = functions.publish_version(FunctionName="canary")
    assert (made["Version"], made["FunctionArn"]) == ("2", f"{ARN}canary:2")
    versions = functions.list_versions_by_function(FunctionName="canary")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2"]
    functions.create_alias(FunctionName="canary", Name="live", FunctionVersion="1")
    assert answer(functions, "canary", Qualifier="live") == 1
    assert answer(functions, "canary:2") == 2
    assert answer(functions, f"{ARN}canary") == 2
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    told = functions.update_alias(FunctionName="canary", Name="live", RoutingConfig=weights)
    assert told["RoutingConfig"] == weights
    counts = Counter(answer(functions, "canary", Qualifier="live") for _ in range(60))
    assert 30 < counts[1] < 58
    assert functions.invoke(FunctionName="canary", Qualifier="1")["ExecutedVersion"] == "1"
    assert refused(functions.invoke, FunctionName="canary", Qualifier="none") == "ResourceNotFoundException"
    config = functions.put_provisioned_concurrency_config(
        FunctionName="canary", Qualifier="live", ProvisionedConcurrentExecutions=5
    )
    assert config["RequestedProvisionedConcurrentExecutions"] == 5


def test_a_version_that_was_deleted_never_comes_again(functions: Any) -> None:
    create(functions, "counted", returns("1"))
    functions.publish_version(FunctionName="counted")
    functions.create_alias(FunctionName="counted", Name="live", FunctionVersion="1")
    assert (
        refused(functions.delete_function, FunctionName="counted", Qualifier="1")
        == "ResourceConflictException"
    )
    functions.update_function_code(FunctionName="counted", ZipFile=returns("2"))
    assert functions.publish_version(FunctionName="counted")["Version"] == "2"
    functions.delete_function(FunctionName="counted", Qualifier="2")
    assert functions.publish_version(FunctionName="counted")["Version"] == "3"
    latest = {"FunctionName": "counted", "Qualifier": "$LATEST"}
    assert refused(functions.delete_function, **latest) == "InvalidParameterValueException"
    assert answer(functions, "counted:live") == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"Timeout": 901},
        {"MemorySize": 10_241},
        {"Environment": {"Variables": {"AWS_REGION": "eu-west-1"}}},
        {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:nowhere:1"]},
    ],
)
def test_settings_that_lambda_does_not_take_are_refused(functions: Any, settings: dict[str, Any]) -> None:
    name = f"settings-{next(iter(settings))}"
    create(functions, name, returns("1"))
    call = functions.update_function_configuration
    assert refused(call, FunctionName=name, **settings) == "InvalidParameterValueException"


ALIASES = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: worker, Runtime: python3.12, Handler: app.handler, AutoPublishAlias: live}
  Prod:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Worker, FunctionVersion: $LATEST, Name: prod}
"""


def test_the_aliases_of_a_template_lead_to_its_files_whatever_the_api_changes(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(ALIASES)
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 7\n")
    with serve(tmp_path / "template.yaml", show=lambda function, line: None) as server:
        functions = server.client("lambda")
        functions.list_versions_by_function(FunctionName="worker")
        functions.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=5)
        assert [answer(functions, f"worker:{alias}") for alias in ("live", "prod")] == [7, 7]
        assert refused(functions.invoke, FunctionName="worker:other") == "ResourceNotFoundException"
        functions.publish_version(FunctionName="worker")
        functions.create_alias(FunctionName="worker", Name="live", FunctionVersion="1")
        (tmp_path / "app.py").write_text("def handler(event, context):\n    return 8\n")
        assert [answer(functions, f"worker:{alias}") for alias in ("live", "prod")] == [7, 8]


QUALIFIERS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Plain:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: plain, Runtime: python3.12, Handler: app.handler}
  Live:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: live, Runtime: python3.12, Handler: app.handler, AutoPublishAlias: live}
  Numbered:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: numbered, Runtime: python3.12, Handler: app.handler}
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Numbered}}
  Prod:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Numbered, FunctionVersion: !GetAtt One.Version, Name: prod}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: machine
      Type: EXPRESS
      Definition:
        StartAt: Call
        States: {Call: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", End: true,
          Parameters: {"FunctionName.$": $.name}, OutputPath: $.Payload}}
"""


def test_qualifiers_that_a_template_does_not_have_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(QUALIFIERS)
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 7\n")
    there = [
        "plain",
        "plain:$LATEST",
        "live:live",
        "live:3",
        "numbered:prod",
        "numbered:1",
        f"{ARN}live:live",
    ]
    nowhere = ["plain:1", "plain:live", "live:other", "live:0", "numbered:live", f"{ARN}plain:2"]
    lines: list[str] = []
    with serve(tmp_path / "template.yaml", show=lambda function, line: lines.append(line)) as server:
        functions, states = server.client("lambda"), server.client("stepfunctions")
        machine = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"

        def ran(name: str) -> Any:
            told = states.start_sync_execution(stateMachineArn=machine, input=json.dumps({"name": name}))
            return json.loads(told["output"]) if "output" in told else told["error"]

        assert [answer(functions, name) for name in there] == [7] * len(there)
        for name in nowhere:
            assert refused(functions.invoke, FunctionName=name) == "ResourceNotFoundException"
        assert [ran(name) for name in there] == [7] * len(there)
        assert {ran(name) for name in nowhere} == {"Lambda.ResourceNotFoundException"}
        assert functions.get_function(FunctionName="live", Qualifier="live")["Configuration"]
        assert (
            refused(functions.get_function, FunctionName="live", Qualifier="x") == "ResourceNotFoundException"
        )
        functions.put_function_concurrency(FunctionName="live", ReservedConcurrentExecutions=5)
        assert [answer(functions, name) for name in ("live:live", "live:3")] == [7, 7]


def test_a_name_may_end_in_function(functions: Any) -> None:
    create(functions, "my-function", returns("1"))
    functions.publish_version(FunctionName="my-function")
    functions.update_function_code(FunctionName="my-function", ZipFile=returns("2"))
    names = ["my-function:1", "123456789012:function:my-function:1", f"{ARN}my-function:1", "my-function"]
    assert [answer(functions, name) for name in names] == [1, 1, 1, 2]


def test_a_layer_is_on_the_path(functions: Any) -> None:
    layer = functions.publish_layer_version(
        LayerName="shared", Content={"ZipFile": packed("WORD = 'from the layer'", "python/shared.py")}
    )
    assert layer["Version"] == 1
    create(functions, "layered", packed("import shared\ndef handler(e, c): return shared.WORD"))
    functions.update_function_configuration(FunctionName="layered", Layers=[layer["LayerVersionArn"]])
    assert answer(functions, "layered") == "from the layer"
    too_many = [f"{layer['LayerArn']}:{number}" for number in range(6)]
    code = refused(functions.update_function_configuration, FunctionName="layered", Layers=too_many)
    assert code == "InvalidParameterValueException"


def test_permissions_tags_and_urls_are_kept(functions: Any) -> None:
    create(functions, "kept", returns("1"), Tags={"a": "1"})
    functions.tag_resource(Resource=f"{ARN}kept", Tags={"b": "2"})
    functions.untag_resource(Resource=f"{ARN}kept", TagKeys=["a"])
    assert functions.list_tags(Resource=f"{ARN}kept")["Tags"] == {"b": "2"}
    permission = {
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    functions.add_permission(FunctionName="kept", **permission)
    assert refused(functions.add_permission, FunctionName="kept", **permission) == "ResourceConflictException"
    assert "s3.amazonaws.com" in functions.get_policy(FunctionName="kept")["Policy"]
    made = functions.create_function_url_config(FunctionName="kept", AuthType="NONE")
    assert functions.get_function_url_config(FunctionName="kept")["FunctionUrl"] == made["FunctionUrl"]
    functions.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=0)
    assert refused(functions.invoke, FunctionName="kept") == "TooManyRequestsException"
    functions.delete_function_concurrency(FunctionName="kept")
    assert answer(functions, "kept") == 1
    large = {"Variables": {"A": "x" * 4_097}}
    code = refused(functions.update_function_configuration, FunctionName="kept", Environment=large)
    assert code == "InvalidParameterValueException"


def received(server: Server, queue: str) -> Any:
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        messages = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
        if messages:
            return messages[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing came to {queue}")


def test_an_invocation_that_fails_is_tried_again_and_its_destination_told(
    server: Server, functions: Any
) -> None:
    sqs = server.client("sqs")
    for name in ("succeeded", "failed"):
        sqs.create_queue(QueueName=name)
    create(functions, "later", packed("def handler(e, c):\n    return {'n': 1 / e['by']}"))
    queue = "arn:aws:sqs:us-east-1:123456789012:"
    functions.put_function_event_invoke_config(
        FunctionName="later",
        MaximumRetryAttempts=1,
        DestinationConfig={
            "OnSuccess": {"Destination": f"{queue}succeeded"},
            "OnFailure": {"Destination": f"{queue}failed"},
        },
    )
    assert functions.invoke(FunctionName="later", InvocationType="DryRun")["StatusCode"] == 204
    told = functions.invoke(FunctionName="later", InvocationType="Event", Payload=b'{"by": 2}')
    assert told["StatusCode"] == 202
    envelope = json.loads(received(server, "succeeded")["Body"])
    assert envelope["requestContext"]["condition"] == "Success"
    assert envelope["requestContext"]["functionArn"] == f"{ARN}later:$LATEST"
    assert envelope["responsePayload"] == {"n": 0.5}
    functions.invoke(FunctionName="later", InvocationType="Event", Payload=b'{"by": 0}')
    envelope = json.loads(received(server, "failed")["Body"])
    assert envelope["requestContext"]["condition"] == "RetriesExhausted"
    assert envelope["requestContext"]["approximateInvokeCount"] == 2
    assert envelope["requestPayload"] == {"by": 0}
    assert envelope["responseContext"]["functionError"] == "Unhandled"
    assert envelope["responsePayload"]["errorType"] == "ZeroDivisionError"


def test_event_source_mappings_are_made_changed_and_removed(server: Server, functions: Any) -> None:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="mapped")["QueueUrl"]
    source = "arn:aws:sqs:us-east-1:123456789012:mapped"
    code = "import boto3\ndef handler(e, c): boto3.client('sqs').send_message("
    code += f"QueueUrl={url!r}.replace('mapped', 'out'), MessageBody=e['Records'][0]['body'] + '!')"
    create(functions, "mapper", packed(code))
    sqs.create_queue(QueueName="out")
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["a"]}})}]}
    made = functions.create_event_source_mapping(
        FunctionName="mapper", EventSourceArn=source, BatchSize=1, FilterCriteria=criteria
    )
    assert (made["BatchSize"], made["FunctionArn"]) == (1, f"{ARN}mapper")
    for kind in ("b", "a"):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": kind}))
    assert received(server, "out")["Body"] == '{"kind": "a"}!'
    again = {"FunctionName": "mapper", "EventSourceArn": source}
    assert refused(functions.create_event_source_mapping, **again) == "ResourceConflictException"
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    (listed,) = functions.list_event_source_mappings(FunctionName="mapper")["EventSourceMappings"]
    assert listed["State"] == "Disabled"
    functions.delete_event_source_mapping(UUID=made["UUID"])
    gone = refused(functions.get_event_source_mapping, UUID=made["UUID"])
    assert gone == "ResourceNotFoundException"


def test_code_and_layers_that_lie_in_s3(tmp_path: Path) -> None:
    def packed(name: str, text: str) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, text)
        return file.getvalue()

    role = "arn:aws:iam::123456789012:role/lambda"
    with serve(aws="local", show=lambda function, line: None) as server:
        s3, functions = server.client("s3"), server.client("lambda")
        s3.create_bucket(Bucket="code")
        s3.put_object(Bucket="code", Key="layer.zip", Body=packed("python/greet.py", "WORD = 'hi'\n"))
        code = "from greet import WORD\ndef handler(event, context):\n    return WORD\n"
        s3.put_object(Bucket="code", Key="f.zip", Body=packed("app.py", code))
        layer = functions.publish_layer_version(
            LayerName="greet", Content={"S3Bucket": "code", "S3Key": "layer.zip"}
        )["LayerVersionArn"]
        given: dict[str, Any] = {"Runtime": "python3.11", "Role": role, "Handler": "app.handler"}
        functions.create_function(
            FunctionName="f", Code={"S3Bucket": "code", "S3Key": "f.zip"}, Layers=[layer], **given
        )
        assert functions.invoke(FunctionName="f")["Payload"].read() == b'"hi"'
        with pytest.raises(
            functions.exceptions.InvalidParameterValueException, match="S3 Error Code: NoSuchKey"
        ):
            functions.create_function(FunctionName="g", Code={"S3Bucket": "code", "S3Key": "no"}, **given)


SETTINGS = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Handler: app.handler, Tags: {team: shop}}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Tags: {stage: prod}
      ReservedConcurrentExecutions: 100
      FunctionUrlConfig:
        {AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM, Cors: {AllowOrigins: ["*"], MaxAge: 5}}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        MaximumEventAgeInSeconds: 70
        DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SNS, Destination: !Ref Told}}
  Told: {Type: AWS::SNS::Topic, Properties: {TopicName: told}}
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: plain
      Runtime: python3.12
      Handler: app.handler
      Code: .
      Tags: [{Key: stage, Value: dev}]
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt Plain.Arn, AuthType: NONE}}
  Invoked:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Plain, Qualifier: $LATEST, MaximumRetryAttempts: 0}
  Live:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: live, AutoPublishAlias: live, FunctionUrlConfig: {AuthType: NONE}}
"""


def test_what_a_template_sets_of_functions_is_told(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(SETTINGS)
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 7\n")
    with serve(tmp_path / "template.yaml", show=lambda function, line: None) as server:
        functions = server.client("lambda")
        assert functions.list_tags(Resource=f"{ARN}worker")["Tags"] == {"team": "shop", "stage": "prod"}
        assert functions.get_function(FunctionName="worker")["Tags"] == {"team": "shop", "stage": "prod"}
        assert functions.get_function(FunctionName="plain")["Tags"] == {"stage": "dev"}
        url = functions.get_function_url_config(FunctionName="worker")
        assert (url["AuthType"], url["InvokeMode"], url["Cors"]) == (
            "AWS_IAM",
            "RESPONSE_STREAM",
            {"AllowOrigins": ["*"], "MaxAge": 5},
        )
        assert url["FunctionUrl"].startswith("https://worker.")
        assert functions.get_function_url_config(FunctionName="plain")["AuthType"] == "NONE"
        assert functions.get_function_url_config(FunctionName="live", Qualifier="live")["AuthType"] == "NONE"
        assert refused(functions.get_function_url_config, FunctionName="live") == "ResourceNotFoundException"
        config = functions.get_function_event_invoke_config(FunctionName="worker")
        assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 70)
        assert config["DestinationConfig"] == {
            "OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:WorkerOnFailureQueue"},
            "OnSuccess": {"Destination": "arn:aws:sns:us-east-1:123456789012:told"},
        }
        assert functions.get_function_event_invoke_config(FunctionName="plain")["MaximumRetryAttempts"] == 0
        assert functions.get_function_concurrency(FunctionName="worker") | {"ResponseMetadata": 0} == {
            "ReservedConcurrentExecutions": 100,
            "ResponseMetadata": 0,
        }
        told = functions.get_account_settings()
        assert told["AccountLimit"]["ConcurrentExecutions"] == 1_000
        assert told["AccountLimit"]["UnreservedConcurrentExecutions"] == 900
        assert told["AccountUsage"]["FunctionCount"] == 3
        # What the API changes counts from then on, and the rest stays.
        functions.tag_resource(Resource=f"{ARN}worker", Tags={"stage": "test"})
        assert functions.get_function(FunctionName="worker")["Tags"] == {"team": "shop", "stage": "test"}
        assert functions.get_function_url_config(FunctionName="worker")["AuthType"] == "AWS_IAM"
        functions.delete_function_url_config(FunctionName="worker")
        assert (
            refused(functions.get_function_url_config, FunctionName="worker") == "ResourceNotFoundException"
        )
