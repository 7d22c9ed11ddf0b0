"""Requests to warm functions, and a queue that is emptied: ours, MiniStack, moto, in one run.

    python -m benchmarks.events [--seconds 5] [--clients 1 8] [--peers] [--messages 10000]

Each server is a process of its own, as are the clients: connections that are kept, one thread for all.
`api` is a request through an HTTP API (ours by the template, MiniStack's by its API), `invoke` one to
Lambda's Invoke, `warm call` what `aslrun invoke` does once its worker is there: without a server, in a
process with a thread for each client. Functions print a line: MiniStack waits for 50 ms where one prints
none, which is what `--silent` measures. moto's Lambda runs functions in Docker, and is said to fail where
there is none. A queue is filled before a function of batches of ten is told of it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clients import Connection
from benchmarks.crashes import free_port
from benchmarks.server import Server, peers, processor_time, serving

CODE = {
    "app.py": """
def handler(event, context):
    print("working", flush=True)
    return {"statusCode": 200, "body": "{}"}
""",
    "index.js": """
exports.handler = async () => {
  console.log("working");
  return { statusCode: 200, body: "{}" };
};
""",
}
RUNTIMES = {"python": ("python3.11", "app.handler"), "node": ("nodejs20.x", "index.handler")}
ROLE = "arn:aws:iam::123456789012:role/r"
TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        name: {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": name,
                "Runtime": runtime,
                "Handler": handler,
                "CodeUri": ".",
                "Events": {"Get": {"Type": "HttpApi", "Properties": {"Path": f"/{name}", "Method": "get"}}},
            },
        }
        for name, (runtime, handler) in RUNTIMES.items()
    },
}


class Client(Connection):
    """A client's connection, which tells the status of an answer too."""

    def receive(self) -> bytes:
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += self._some()
        head, _, body = buffer.partition(b"\r\n\r\n")
        if not head.split(b" ", 2)[1].startswith(b"2"):
            raise RuntimeError(f"{head.splitlines()[0].decode()} {body[:200].decode(errors='replace')}")
        if b"x-amz-function-error" in head.lower():
            raise RuntimeError(f"the function has failed: {body[:200].decode(errors='replace')}")
        if b"transfer-encoding: chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += self._some()
            return body
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._some()
        return body


def _without_prints(text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if "working" not in line]


def hammer(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    """Return how many seconds each request took that clients sent, one after the other."""
    took: list[float] = []
    selector = selectors.DefaultSelector()
    for _ in range(clients):
        client = Client(port)
        client.socket.sendall(request)  # the first one of each is not counted: it starts a worker
        client.receive()
        selector.register(client.socket, selectors.EVENT_READ, client)
    for key in selector.get_map().values():
        key.data.began = time.monotonic()
        key.data.socket.sendall(request)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key, _ in selector.select(30):
            client = key.data
            client.receive()
            now = time.monotonic()
            took.append(now - client.began)
            client.began = now
            client.socket.sendall(request)
    return took


def call_warm(name: str, clients: int, seconds: float) -> tuple[list[float], float]:
    """Return how many seconds each call took that threads made as `aslrun invoke` makes it, and the processor
    time of all, in seconds; of the template and the functions in the working folder."""
    from aslrun.cli.invoke import functions_beside
    from aslrun.document.definitions import template_of
    from aslrun.functions.invocation import LambdaFunctions
    from aslrun.functions.workers import Workers
    from aslrun.services.opening import open_aws

    place = Path()
    template = template_of(place)
    aws = open_aws(None, place, template)
    lambdas = LambdaFunctions(functions_beside(place, (), template), Workers(reports=True, surroundings=aws))
    took: list[float] = []
    begin = threading.Barrier(clients + 1)

    def call() -> None:
        lambdas.invoke_function(name, {})  # the first one is not counted: it starts a worker
        begin.wait()
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            lambdas.invoke_function(name, {})
            took.append(time.monotonic() - began)

    threads = [threading.Thread(target=call) for _ in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    before = time.process_time()
    for thread in threads:
        thread.join()
    spent = time.process_time() - before
    lambdas.close()
    aws.close()
    return took, spent


def invoke_request(name: str) -> bytes:
    """Return a request of Lambda's Invoke as it is sent."""
    return (
        f"POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request,"
        " SignedHeaders=host, Signature=0\r\nContent-Length: 2\r\n\r\n{}"
    ).encode()


def get_request(path: str, host: str = "127.0.0.1") -> bytes:
    """Return a request to an API as it is sent."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def report(title: str, port: int, request: bytes, pid: int, counts: Sequence[int], seconds: float) -> None:
    """Measure one kind of request, and print a row for each number of clients."""
    for clients in counts:
        before = processor_time(pid)
        command = [
            sys.executable,
            "-m",
            "benchmarks.events",
            "--hammer",
            str(port),
            str(clients),
            str(seconds),
        ]
        told = subprocess.run(command, input=request, capture_output=True, check=False)
        if told.returncode:
            print(
                f"{title:26} {clients:2} clients: {told.stderr.decode().strip().rpartition(chr(10))[2]}",
                flush=True,
            )
            continue
        after = processor_time(pid)
        spent = None if before is None or after is None else after - before
        print_row(title, clients, seconds, json.loads(told.stdout), spent, "the server's processor time")


def report_warm(kind: str, folder: Path, counts: Sequence[int], seconds: float) -> None:
    """Measure the warm call of `aslrun invoke`, and print a row for each number of clients."""
    for clients in counts:
        command = [sys.executable, "-m", "benchmarks.events", "--warm", kind, str(clients), str(seconds)]
        with (folder / "log").open("ab") as log:
            env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
            told = subprocess.run(
                command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=log, check=True
            )
        took, spent = json.loads(told.stdout)
        print_row(f"aslrun {kind} warm call", clients, seconds, took, spent, "its process's time")


def print_row(
    title: str, clients: int, seconds: float, took: Sequence[float], spent: float | None, whose: str
) -> None:
    """Print what came of one measurement: the seconds that each call took, and the processor time of all."""
    took = sorted(took)
    each = "" if spent is None else f", {1000 * spent / len(took):5.2f} ms of {whose} for each"
    print(
        f"{title:26} {clients:2} clients: {len(took) / seconds:7,.0f} a second, median"
        f" {1000 * took[len(took) // 2]:6.2f} ms, p99 {1000 * took[int(len(took) * 0.99)]:6.2f} ms{each}",
        flush=True,
    )


def client(service: str, port: int) -> Any:
    """Return boto3's client for a server."""
    import boto3
    from botocore.config import Config

    more = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    config = Config(read_timeout=120, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", config=config, **more)


def packed(code: dict[str, str]) -> bytes:
    """Return files as a zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in code.items():
            archive.writestr(name, text)
    return made.getvalue()


def create(functions: Any, name: str, code: dict[str, str], kind: str) -> str:
    """Create a function; return its ARN."""
    runtime, handler = RUNTIMES[kind]
    made = functions.create_function(
        FunctionName=name, Runtime=runtime, Role=ROLE, Handler=handler, Code={"ZipFile": packed(code)}
    )
    return str(made["FunctionArn"])


def api_of(port: int, name: str, arn: str) -> bytes:
    """Create an HTTP API for a function of MiniStack; return a request to it."""
    apis = client("apigatewayv2", port)
    api = apis.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    made = apis.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )
    target = f"integrations/{made['IntegrationId']}"
    apis.create_route(ApiId=api, RouteKey=f"GET /{name}", Target=target)
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return get_request(f"/{name}", f"{api}.execute-api.localhost:{port}")


BATCH = """
def handler(event, context):
    assert 1 <= len(event["Records"]) <= 10
"""


def empty_queue(title: str, port: int, messages: int) -> None:
    """Fill a queue, tell a function of it, and print how long it takes until nothing is in it."""
    sqs, functions = client("sqs", port), client("lambda", port)
    url = sqs.create_queue(QueueName="many")["QueueUrl"]
    began = time.monotonic()
    for first in range(0, messages, 10):
        entries = [{"Id": str(one), "MessageBody": str(first + one)} for one in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    filled = time.monotonic()
    create(functions, "batches", {"app.py": BATCH}, "python")
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    functions.create_event_source_mapping(
        FunctionName="batches", EventSourceArn=told["QueueArn"], BatchSize=10
    )
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = messages
    while left and time.monotonic() < filled + 300:
        time.sleep(0.2)
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        left = sum(map(int, told.values()))
    seconds = time.monotonic() - filled
    print(
        f"{title}: {messages - left:,} of {messages:,} messages in {seconds:.1f} s"
        f" ({(messages - left) / seconds:,.0f} a second); put in within {filled - began:.1f} s",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--hammer"]:
        port, clients, seconds = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        print(json.dumps(hammer(port, sys.stdin.buffer.read(), clients, seconds)))
        return
    if sys.argv[1:2] == ["--warm"]:
        print(json.dumps(call_warm(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--peers", action="store_true", help="MiniStack and moto too")
    parser.add_argument("--silent", action="store_true", help="functions print nothing")
    given = parser.parse_args()
    if given.silent:
        CODE.update({file: "".join(_without_prints(text)) for file, text in CODE.items()})
    with tempfile.TemporaryDirectory(prefix="aslrun-events-") as name:
        folder = Path(name)
        for file, text in CODE.items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "template.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
        port, api = free_port(), free_port()
        serve = [sys.executable, "-m", "aslrun", "serve", "template.json", "--store", "aslrun.db"]
        command = [*serve, "--port", str(port), "--api-port", str(api)]
        servers: list[Server] = [("aslrun", command, port, {}), *(peers(folder) if given.peers else [])]
        for kind in RUNTIMES:
            report_warm(kind, folder, given.clients, given.seconds)
        for title, command, port, env in servers:
            with serving(command, port, folder, env) as pid:
                for kind in RUNTIMES:
                    measure(title, kind, port, api, pid, given)
                if given.messages and title != "moto":  # whose functions need Docker
                    empty_queue(title, port, given.messages)


def measure(title: str, kind: str, port: int, api: int, pid: int, given: argparse.Namespace) -> None:
    """Measure a runtime's functions on a server: through an API, and by Invoke."""
    if title == "aslrun":
        report(f"{title} {kind} api", api, get_request(f"/{kind}"), pid, given.clients, given.seconds)
    else:
        try:
            if title == "moto" and kind == "python":  # which wants to know the role
                trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
                client("iam", port).create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
            arn = create(client("lambda", port), kind, CODE, kind)
            request = api_of(port, kind, arn) if title == "MiniStack" else None
        except Exception as wrong:
            print(f"{title} {kind}: {wrong}", flush=True)
            return
        if request is not None:
            report(f"{title} {kind} api", port, request, pid, given.clients, given.seconds)
    report(f"{title} {kind} invoke", port, invoke_request(kind), pid, given.clients, given.seconds)


if __name__ == "__main__":
    main()
