"""Functions that are made through Lambda's API, and called by executions, by Invoke and by each other."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from served import ROLE, Machines, client, machines, refused, server  # noqa: F401

from aslrun.server.serving import Server

CODE = """
import os

def double(event, context):
    print("doubling")
    return {"n": event["n"] * 2, "by": os.environ.get("WHO"), "arn": context.invoked_function_arn}

def broken(event, context):
    raise ValueError("no")

def call(event, context):
    import urllib.request
    return {"endpoint": os.environ["AWS_ENDPOINT_URL"], "key": os.environ["AWS_ACCESS_KEY_ID"]}
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def packed(text: str, name: str = "app.py") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, text)
    return made.getvalue()


@pytest.fixture
def functions(server: Server) -> Any:
    return server.client("lambda")


def create(functions: Any, name: str, handler: str = "app.double", **more: Any) -> Any:
    return functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler=handler,
        Code={"ZipFile": packed(CODE)},
        **more,
    )


def test_a_function_is_made_described_changed_and_deleted(functions: Any) -> None:
    made = create(functions, "made", Environment={"Variables": {"WHO": "me"}}, Timeout=9)
    assert made["FunctionArn"] == f"{ARN}made"
    assert (made["State"], made["Timeout"], made["MemorySize"]) == ("Active", 9, 128)
    functions.get_waiter("function_active_v2").wait(FunctionName="made")
    told = functions.get_function(FunctionName=f"{ARN}made")["Configuration"]
    assert told["CodeSha256"] == made["CodeSha256"]
    assert told["Environment"] == {"Variables": {"WHO": "me"}}
    assert refused(create, functions, "made") == (
        "ResourceConflictException",
        "Function already exist: made",
    )
    assert [one["FunctionName"] for one in functions.list_functions()["Functions"]] == ["made"]
    other = "def double(event, context): return 'other'"
    functions.update_function_code(FunctionName="made", ZipFile=packed(other))
    assert functions.invoke(FunctionName="made")["Payload"].read() == b'"other"'
    functions.delete_function(FunctionName="made")
    assert refused(functions.get_function, FunctionName="made") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}made",
    )


def test_a_function_is_invoked(server: Server, functions: Any) -> None:
    create(functions, "invoked", Environment={"Variables": {"WHO": "me"}})
    told = functions.invoke(FunctionName="invoked", Payload=b'{"n": 4}', LogType="Tail")
    assert json.loads(told["Payload"].read()) == {"n": 8, "by": "me", "arn": f"{ARN}invoked"}
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in told
    assert told["LogResult"]
    create(functions, "broken", "app.broken")
    told = functions.invoke(FunctionName="broken", Payload=b"{}")
    assert told["FunctionError"] == "Unhandled"
    assert json.loads(told["Payload"].read())["errorType"] == "ValueError"
    told = refused(functions.invoke, FunctionName="invoked", Payload=b"{")
    assert told[0] == "InvalidRequestContentException"
    assert functions.invoke(FunctionName="invoked", InvocationType="DryRun")["StatusCode"] == 204
    told = functions.invoke(FunctionName="invoked", InvocationType="Event", Payload=b'{"n": 1}')
    assert told["StatusCode"] == 202
    create(functions, "calling", "app.call")
    told = json.loads(functions.invoke(FunctionName="calling")["Payload"].read())
    assert told == {"endpoint": server.url, "key": "aslrun"}


MEETING = """
import os, time

def handler(event, context):
    open(os.path.join(event["folder"], context.aws_request_id), "w").close()
    while len(os.listdir(event["folder"])) < event["wanted"]:
        time.sleep(0.01)
"""


def test_many_invocations_run_at_once(functions: Any, tmp_path: Path) -> None:
    made = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Timeout": 60}
    functions.create_function(FunctionName="meeting", Code={"ZipFile": packed(MEETING)}, **made)
    payload = json.dumps({"folder": str(tmp_path), "wanted": 12})
    for _ in range(2):  # with new workers, then with warm ones
        with ThreadPoolExecutor(12) as threads:
            told = threads.map(lambda _: functions.invoke(FunctionName="meeting", Payload=payload), range(12))
            assert [one["Payload"].read() for one in told] == [b"null"] * 12
        for file in tmp_path.iterdir():
            file.unlink()


def test_a_zip_with_a_wrong_sum_is_refused(functions: Any) -> None:
    spoilt = packed(CODE).replace(b"doubling", b"troubled", 1)  # stored as it is, not compressed
    made = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.double", "Code": {"ZipFile": spoilt}}
    told = refused(functions.create_function, FunctionName="spoilt", **made)
    assert told[0] == "InvalidParameterValueException"
    assert "Could not unzip uploaded file" in told[1]


def test_what_is_no_function_is_refused(functions: Any) -> None:
    told = refused(create, functions, "no spaces")
    assert told[0] in ("ValidationException", "InvalidParameterValueException")
    code = {"ZipFile": b"no zip"}
    made = {"Runtime": "python3.12", "Role": ROLE, "Handler": "a.b", "Code": code}
    assert refused(functions.create_function, FunctionName="x", **made)[0] == "InvalidParameterValueException"


def test_executions_call_functions(client: Any, machines: Machines, functions: Any) -> None:
    from test_api_executions import run, task

    create(functions, "tasked")
    told = run(client, machines.arn(task(f"{ARN}tasked")), input='{"n": 2}')
    assert json.loads(told["output"])["n"] == 4
    invoke = task(
        "arn:aws:states:::lambda:invoke",
        Parameters={"FunctionName": "tasked", "Payload": {"n": 5}},
        OutputPath="$.Payload.n",
    )
    assert run(client, machines.arn(invoke))["output"] == "10"
    told = run(client, machines.arn(task(f"{ARN}nowhere")))
    assert (told["status"], told["error"]) == ("FAILED", "Lambda.ResourceNotFoundException")
    assert told["cause"].startswith(f"Function not found: {ARN}nowhere")


def test_a_task_token_is_answered_by_a_client(client: Any, machines: Machines, functions: Any) -> None:
    from test_api_executions import end_of, task, until

    keep = "def keep(event, context): open(event['file'], 'w').write(event['token'])"
    functions.create_function(
        FunctionName="keep",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.keep",
        Code={"ZipFile": packed(keep)},
    )
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "token")
        waits = task(
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            Parameters={"FunctionName": "keep", "Payload": {"token.$": "$$.Task.Token", "file": str(file)}},
        )
        arn = client.start_execution(stateMachineArn=machines.arn(waits))["executionArn"]
        token = until(lambda: file.read_text() if file.exists() and file.read_text() else None)
        client.send_task_success(taskToken=token, output='"answered"')
        assert end_of(client, arn)["output"] == '"answered"'


def test_other_services_are_the_local_aws(server: Server) -> None:
    role = server.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/r"
    queues = server.client("sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    assert url.startswith(server.url)
    queues.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = queues.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "hello"
    objects = server.client("s3")
    objects.create_bucket(Bucket="bucket")
    objects.put_object(Bucket="bucket", Key="a/b c", Body=b"x" * 100_000)
    assert objects.get_object(Bucket="bucket", Key="a/b c")["Body"].read() == b"x" * 100_000


def test_tasks_use_the_same_services_as_clients(server: Server, client: Any, machines: Machines) -> None:
    from test_api_executions import end_of, until

    queues = server.client("sqs")
    url = queues.create_queue(QueueName="tokens")["QueueUrl"]
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        "Next": "L",
    }
    listing = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listActivities", "End": True}
    arn = machines.arn({"StartAt": "S", "States": {"S": send, "L": {**listing, "Parameters": {}}}})
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]
    (message,) = until(lambda: queues.receive_message(QueueUrl=url).get("Messages"))
    client.send_task_success(taskToken=json.loads(message["Body"])["token"], output="{}")
    assert json.loads(end_of(client, execution)["output"]) == {"Activities": []}
