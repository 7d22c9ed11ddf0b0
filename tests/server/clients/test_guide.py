"""The commands of a guide to Lambda as they are written there, and the logs that it shows."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.server.serving import Server, serve

pytestmark = pytest.mark.clients
ROLE = "arn:aws:iam::123456789012:role/lambda"
HANDLER = """
import os
from greeting import greet
def handler(event, context):
    print("greeting", event.get("name"))
    return {"text": greet(event.get("name")), "stage": os.environ.get("STAGE")}
"""
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(aws="local", seed=1, show=lambda function, line: None) as server:
        yield server


@pytest.fixture(scope="module")
def aws(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    folder = tmp_path_factory.mktemp("guide")
    pack(folder / "function.zip", "app.py", HANDLER)
    pack(folder / "layer.zip", "python/greeting.py", "def greet(name):\n    return f'hello {name}'\n")

    def run(*args: str) -> Any:
        ran = subprocess.run(
            [os.environ["ASLRUN_AWS"], *args],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **server.environment, "AWS_ENDPOINT_URL": server.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        try:
            return json.loads(ran.stdout)
        except ValueError:
            return ran.stdout

    run.folder = folder  # type: ignore[attr-defined]
    return run


def pack(file: Path, name: str, text: str) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, text)


def test_a_function_with_a_layer_versions_and_a_canary(aws: Aws) -> None:
    made = aws(
        *("lambda", "create-function", "--function-name", "hello", "--runtime", "python3.12"),
        *("--role", ROLE, "--handler", "app.handler", "--zip-file", "fileb://function.zip"),
        *("--environment", "Variables={STAGE=dev}"),
    )
    assert made["FunctionName"] == "hello"
    layer = aws(
        *("lambda", "publish-layer-version", "--layer-name", "greeting"),
        *("--zip-file", "fileb://layer.zip", "--compatible-runtimes", "python3.12"),
    )
    aws(
        *("lambda", "update-function-configuration", "--function-name", "hello"),
        *("--layers", layer["LayerVersionArn"]),
    )
    told = aws(
        *("lambda", "invoke", "--function-name", "hello"), *("--payload", '{"name": "Ada"}', "out.json")
    )
    assert told["StatusCode"] == 200
    out = json.loads((aws.folder / "out.json").read_text())  # type: ignore[attr-defined]
    assert out == {"text": "hello Ada", "stage": "dev"}

    assert aws("lambda", "publish-version", "--function-name", "hello")["Version"] == "1"
    aws(
        *("lambda", "update-function-configuration", "--function-name", "hello"),
        *("--environment", "Variables={STAGE=prod}"),
    )
    assert aws("lambda", "publish-version", "--function-name", "hello")["Version"] == "2"
    aws("lambda", "create-alias", "--function-name", "hello", "--name", "live", "--function-version", "1")
    aws(
        *("lambda", "put-provisioned-concurrency-config", "--function-name", "hello"),
        *("--qualifier", "live", "--provisioned-concurrent-executions", "2"),
    )
    alias = aws(
        *("lambda", "update-alias", "--function-name", "hello", "--name", "live"),
        *("--routing-config", "AdditionalVersionWeights={2=0.5}"),
    )
    assert alias["RoutingConfig"]["AdditionalVersionWeights"] == {"2": 0.5}


def test_logs_are_read_as_on_aws(aws: Aws) -> None:
    """By what `aws logs tail` of version 2 asks, which pip does not have."""
    told = aws("logs", "filter-log-events", "--log-group-name", "/aws/lambda/hello")["events"]
    lines = [event["message"] for event in told]
    assert "greeting Ada" in lines
    assert any(line.startswith("REPORT RequestId:") for line in lines)
