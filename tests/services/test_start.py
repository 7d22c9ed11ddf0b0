"""What is in the local AWS at the start: a template's resources, and the data of `aslrun.toml`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.definitions import template_of
from aslrun.errors import UsageError
from aslrun.services.opening import open_aws
from aslrun.services.places import Aws

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Conditions:
  Never: !Equals [a, b]
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      AttributeDefinitions:
        - {AttributeName: customer, AttributeType: S}
        - {AttributeName: number, AttributeType: N}
        - {AttributeName: state, AttributeType: S}
      KeySchema:
        - {AttributeName: customer, KeyType: HASH}
        - {AttributeName: number, KeyType: RANGE}
      GlobalSecondaryIndexes:
        - IndexName: by-state
          KeySchema: [{AttributeName: state, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
  Simple: {Type: AWS::Serverless::SimpleTable}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 7
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Ordered: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
  News:
    Type: AWS::SNS::Topic
    Properties:
      Subscription:
        - {Protocol: sqs, Endpoint: !GetAtt Jobs.Arn}
        - {Protocol: lambda, Endpoint: !GetAtt Fn.Arn}
  Quiet:
    Type: AWS::SNS::Subscription
    Properties:
      {TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Dead.Arn, RawMessageDelivery: true,
       FilterPolicy: {kind: [bad]}}
  Uploads: {Type: AWS::S3::Bucket}
  Url: {Type: AWS::SSM::Parameter, Properties: {Name: /app/url, Type: String, Value: !Ref Jobs}}
  Password:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: password
      GenerateSecretString:
        {SecretStringTemplate: '{"user": "me"}', GenerateStringKey: pass, PasswordLength: 12}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop]}
      Targets: [{Id: jobs, Arn: !GetAtt Jobs.Arn}]
  Absent: {Type: AWS::S3::Bucket, Condition: Never}
"""


def template(folder: Path) -> Template:
    (folder / "template.yaml").write_text(TEMPLATE)
    found = template_of(folder)
    assert found is not None
    return found


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    aws = open_aws("local", tmp_path, template(tmp_path))
    yield aws
    aws.close()


def test_a_table_has_its_key_and_indexes(aws: Aws) -> None:
    client = aws.client("dynamodb")
    assert client.list_tables()["TableNames"] == ["orders", "Simple"]
    table = client.describe_table(TableName="orders")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["customer", "number"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-state"]
    ttl = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "expires"
    simple = client.describe_table(TableName="Simple")["Table"]
    assert simple["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


def test_queues_are_named_by_what_the_template_refers_to(aws: Aws, tmp_path: Path) -> None:
    found = template(tmp_path)
    client = aws.client("sqs")
    url = aws.localized(str(found.resolve({"Ref": "Jobs"})))
    assert url in client.list_queues()["QueueUrls"]
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (told["QueueArn"], told["VisibilityTimeout"]) == (
        found.resolve({"Fn::GetAtt": ["Jobs", "Arn"]}),
        "7",
    )
    assert json.loads(told["RedrivePolicy"])["deadLetterTargetArn"].endswith(":dead")
    fifo = aws.localized(str(found.resolve({"Ref": "Ordered"})))
    assert client.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="g")["MessageId"]


def test_topics_deliver_to_queues(aws: Aws, tmp_path: Path) -> None:
    topic = template(tmp_path).resolve({"Ref": "News"})
    aws.client("sns").publish(TopicArn=topic, Message="hello")
    kind = {"kind": {"DataType": "String", "StringValue": "bad"}}
    aws.client("sns").publish(TopicArn=topic, Message="bad news", MessageAttributes=kind)
    queue = aws.client("sqs")
    got = queue.receive_message(QueueUrl=f"{aws.url}/123456789012/Jobs", MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(one["Body"])["Message"] for one in got] == ["hello", "bad news"]
    got = queue.receive_message(QueueUrl=f"{aws.url}/123456789012/dead")["Messages"]
    assert [one["Body"] for one in got] == ["bad news"]


def test_a_rule_sends_to_its_queue(aws: Aws) -> None:
    entry = {"Source": "shop", "DetailType": "t", "Detail": '{"a": 1}', "EventBusName": "orders"}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    got = aws.client("sqs").receive_message(QueueUrl=f"{aws.url}/123456789012/Jobs")["Messages"]
    assert json.loads(got[0]["Body"])["detail"] == {"a": 1}


def test_buckets_secrets_and_parameters(aws: Aws, tmp_path: Path) -> None:
    assert [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]] == ["uploads"]
    assert template(tmp_path).resolve({"Ref": "Uploads"}) == "uploads"
    for id in ("password", template(tmp_path).resolve({"Ref": "Password"})):
        told = json.loads(aws.client("secretsmanager").get_secret_value(SecretId=id)["SecretString"])
        assert (told["user"], len(told["pass"])) == ("me", 12)
    value = aws.client("ssm").get_parameter(Name="/app/url")["Parameter"]["Value"]
    assert value == f"{aws.url}/123456789012/Jobs"


def test_only_what_is_needed_is_made(aws: Aws) -> None:
    aws.client("dynamodb").list_tables()
    assert aws._stock is not None
    assert aws._stock._done == {"dynamodb"}  # type: ignore[attr-defined]


def test_what_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}, C: {Type: AWS::S3::Bucket}}"
    )
    aws = open_aws("local", tmp_path, template_of(tmp_path))
    assert [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]] == ["c00"]
    assert "the local AWS has no AWS::S3::Bucket B of" in capsys.readouterr().err
    aws.close()


# ---------------------------------------------------------------- data

TOML = """
[aws]
at = "local"

[s3]
uploads = "data/uploads"
"another-bucket" = "data/uploads"

[dynamodb]
Orders = "data/orders.json"
"customers" = "data/customers.json"

[sqs]
Jobs = ["first", { n = 1 }, { MessageBody = "third", DelaySeconds = 0 }]
new = "data/messages.json"

[ssm]
"/app/name" = "shop"
"/app/list" = ["a", "b"]
"/app/key" = { type = "SecureString", value = "k" }

[secretsmanager]
password = { user = "you" }
token = "t"
"""


def data(folder: Path, toml: str = TOML) -> Path:
    uploads = folder / "data" / "uploads" / "in"
    uploads.mkdir(parents=True)
    (uploads / "a.csv").write_bytes(b"a,b\r\n")
    items = [
        {"customer": "c", "number": 1, "price": 10.50, "tags": ["x", None, True], "at": {"S": "plain"}},
        {"customer": {"S": "d"}, "number": {"N": "2"}, "set": {"SS": ["x"]}, "blob": {"B": "aGk="}},
    ]
    (folder / "data" / "orders.json").write_text(json.dumps(items))
    (folder / "data" / "customers.json").write_text('{"key": "id", "items": [{"id": "7", "name": "Ann"}]}')
    (folder / "data" / "messages.json").write_text('["m"]')
    (folder / "aslrun.toml").write_text(toml)
    return folder


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Aws]:
    aws = open_aws(None, data(tmp_path), template(tmp_path))
    yield aws
    aws.close()


def test_objects_and_items(filled: Aws) -> None:
    for bucket in ("uploads", "another-bucket"):
        got = filled.client("s3").get_object(Bucket=bucket, Key="in/a.csv")
        assert got["Body"].read() == b"a,b\r\n"
    client = filled.client("dynamodb")
    first, second = client.scan(TableName="orders")["Items"]
    assert first["price"] == {"N": "10.5"}
    assert first["tags"] == {"L": [{"S": "x"}, {"NULL": True}, {"BOOL": True}]}
    assert first["at"] == {"M": {"S": {"S": "plain"}}}
    assert (second["set"], second["blob"]) == ({"SS": ["x"]}, {"B": b"hi"})
    got = client.get_item(TableName="customers", Key={"id": {"S": "7"}})["Item"]
    assert got["name"] == {"S": "Ann"}


def test_messages_parameters_and_secrets(filled: Aws) -> None:
    def bodies(queue: str) -> list[str]:
        url = f"{filled.url}/123456789012/{queue}"
        got = filled.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        return [one["Body"] for one in got]

    assert bodies("Jobs") == ["first", '{"n":1}', "third"]
    assert bodies("new") == ["m"]
    ssm = filled.client("ssm")
    found = {
        name: ssm.get_parameter(Name=f"/app/{name}", WithDecryption=True)["Parameter"]["Value"]
        for name in ("name", "list", "key")
    }
    assert found == {"name": "shop", "list": "a,b", "key": "k"}
    secrets = filled.client("secretsmanager")
    assert secrets.get_secret_value(SecretId="password")["SecretString"] == '{"user":"you"}'
    assert secrets.get_secret_value(SecretId="token")["SecretString"] == "t"


@pytest.mark.parametrize(
    ("toml", "line", "told"),
    [
        ('[s3]\n"up" = "none"', 2, "there is no folder"),
        ("[s3]\nup = 1", 2, "there must be a path"),
        ('[aws]\nat = "off"\n[dynamodb]\nt = "none.json"', 0, ""),
        ('[dynamodb]\n\n[dynamodb."t"]\nx = 1', 3, "there must be a path"),
        ('[dynamodb]\nt = "none.json"', 2, "there is no file"),
        ('[dynamodb]\nt = "data/messages.json"', 2, "must be a list of items"),
        ('[dynamodb]\nnew = "data/orders.json"', 2, 'say in .* what its key is: ."key": ..id'),
        ('[sqs]\nq = "aslrun.toml"', 2, "is not JSON"),
        ("[ssm]\np = {a = 1}", 2, "write a text, or"),
        ('[aws]\nto = "local"', 2, "there is no setting 'to'"),
        ("[aws]\nat = 1", 2, 'write at = "local"'),
        ("s3 = 1", 0, "must be a table"),
        ('[aws]\nat = "loco"', 0, "write local, off, real"),
    ],
)
def test_what_is_wrong_with_data_is_told_before_anything_runs(
    tmp_path: Path, toml: str, line: int, told: str
) -> None:
    data(tmp_path, toml)
    if not told:
        open_aws(None, tmp_path).close()
        return
    with pytest.raises(UsageError, match=told) as raised:
        open_aws(None, tmp_path)
    assert not line or f"aslrun.toml:{line}: [" in str(raised.value)


def test_a_column_of_a_dump_is_what_a_table_takes(filled: Aws) -> None:
    import botocore.exceptions

    with pytest.raises(botocore.exceptions.ClientError, match="ResourceNotFoundException"):
        filled.call("dynamodb", "Scan", {"TableName": "none"})


def executed(folder: Path, **options: Any) -> Any:
    import aslrun

    (folder / "app.py").write_text(
        "import os\ndef handler(event, context):\n    import boto3\n"
        "    return boto3.client('dynamodb').list_tables()['TableNames']\n"
    )
    states = {"List": {"Type": "Task", "Resource": "list", "End": True}}
    (folder / "m.asl.json").write_text(json.dumps({"StartAt": "List", "States": states}))
    machine = aslrun.load(folder / "m.asl.json")
    return machine.execute(function_files=[f"list={folder}/app.py:handler"], **options)


def test_a_handler_finds_the_tables_of_the_template_beside_it(tmp_path: Path) -> None:
    template(tmp_path)
    assert executed(tmp_path).output == ["orders", "Simple"]
