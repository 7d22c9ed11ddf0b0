"""The wire itself: requests as they come over a socket, also those that no client sends."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import PASS, ROLE, server  # noqa: F401

from aslrun.server.model import operations
from aslrun.server.serving import Server

KIND = "application/x-amz-json-1.0"


def post(
    server: Server, operation: str, body: bytes | str, path: str = "/", **headers: str
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """Send a request; return the status, the body and the headers of its answer, these in lower case."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        told = {"Content-Type": KIND, "X-Amz-Target": operation, **headers}
        connection.request("POST", path, body, told)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text), {name.lower(): one for name, one in answer.getheaders()}
    finally:
        connection.close()


def states(server: Server, operation: str, body: Any, **more: str) -> tuple[int, dict[str, Any], Any]:
    return post(server, f"AWSStepFunctions.{operation}", json.dumps(body), **more)


def test_an_answer_is_plain_json_with_numbers_for_times(server: Server) -> None:
    status, told, headers = states(
        server, "CreateStateMachine", {"name": "wire", "definition": json.dumps(PASS), "roleArn": ROLE}
    )
    assert status == 200
    assert told["stateMachineArn"] == "arn:aws:states:us-east-1:123456789012:stateMachine:wire"
    assert isinstance(told["creationDate"], float)
    assert headers["content-type"] == KIND
    assert len(headers["x-amzn-requestid"]) == 36
    assert "content-encoding" not in headers


def test_an_error_has_its_name_in_the_body(server: Server) -> None:
    status, told, _ = states(server, "DescribeStateMachine", {"stateMachineArn": "x"})
    assert (status, told) == (
        400,
        {"__type": "InvalidArn", "message": "Invalid Arn: 'Invalid ARN prefix: x'"},
    )


def test_the_region_and_the_account_are_those_of_the_signature(server: Server) -> None:
    signed = (
        "AWS4-HMAC-SHA256 Credential=000000000000/20260101/eu-west-1/states/aws4_request, SignedHeaders=host,"
        " Signature=x"
    )
    told = states(server, "CreateActivity", {"name": "there"}, Authorization=signed)[1]
    assert told["activityArn"] == "arn:aws:states:eu-west-1:000000000000:activity:there"
    assert states(server, "ListActivities", {})[1] == {"activities": []}


def test_a_whole_url_and_any_host_are_taken(server: Server) -> None:
    body = json.dumps({})
    target = "AWSStepFunctions.ListStateMachines"
    assert post(server, target, body, path="http://sync-states.us-east-1.amazonaws.com/")[0] == 200
    assert post(server, target, body, Host="sync-localhost")[0] == 200


def test_requests_that_are_none_are_refused(server: Server) -> None:
    for body in (b"{", b"[]", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"name": ' + b"1" * 5_000 + b"}"):
        status, told, _ = post(server, "AWSStepFunctions.ListStateMachines", body)
        assert (status, told["__type"]) in ((400, "SerializationException"), (200, None)), body[:20]
    assert post(server, "AWSStepFunctions.Nothing", "{}")[:2] == (
        400,
        {"__type": "UnknownOperationException", "message": "Step Functions has no operation 'Nothing'"},
    )
    assert post(server, "Nobody.Nothing", "{}")[0] == 400
    status, told, _ = states(server, "ListStateMachines", {"maxResults": "3"})
    assert told["message"] == "STRING_VALUE can not be converted to an Integer"
    assert states(server, "StartExecution", {})[1]["message"] == (
        "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member"
        " must not be null"
    )


def test_a_request_that_comes_again_gets_the_first_answer(server: Server) -> None:
    made = {"name": "again", "definition": json.dumps(PASS), "roleArn": ROLE}
    arn = states(server, "CreateStateMachine", made)[1]["stateMachineArn"]
    headers = {"amz-sdk-invocation-id": "one", "amz-sdk-request": "attempt=2; max=3"}
    first = states(server, "StartExecution", {"stateMachineArn": arn}, **headers)[1]
    second = states(server, "StartExecution", {"stateMachineArn": arn}, **headers)[1]
    assert first["executionArn"] == second["executionArn"]
    assert states(server, "StartExecution", {"stateMachineArn": arn})[1] != first


def test_halves_of_surrogate_pairs_do_no_harm(server: Server) -> None:
    made = {"name": "half", "definition": json.dumps(PASS), "roleArn": ROLE}
    arn = states(server, "CreateStateMachine", made)[1]["stateMachineArn"]
    told = states(server, "StartExecution", {"stateMachineArn": arn, "input": '"\ud83d"'})
    assert told[0] == 200
    told = states(server, "StartExecution", {"stateMachineArn": arn, "input": '"\\ud83d"'})
    assert told[0] == 200


def test_a_body_that_is_too_large_costs_its_sender_only(server: Server) -> None:
    status, told, _ = post(server, "AWSStepFunctions.ListStateMachines", b" " * (9 * 2**20))
    assert (status, told["__type"]) == (413, "RequestEntityTooLargeException")
    assert states(server, "ListStateMachines", {})[0] == 200


def test_a_head_without_an_end_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000)
        assert one.recv(100).startswith(b"HTTP/1.1 400")
    assert states(server, "ListStateMachines", {})[0] == 200


def test_silent_and_half_sent_connections_hold_nobody_up(server: Server) -> None:
    held = []
    try:
        for number in range(200):
            one = socket.create_connection(("127.0.0.1", server.port))
            held.append(one)
            if number % 2:
                one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        began = time.perf_counter()
        assert states(server, "ListStateMachines", {})[0] == 200
        assert time.perf_counter() - began < 5
    finally:
        for one in held:
            one.close()
    assert states(server, "ListStateMachines", {})[0] == 200


def test_what_is_no_http_is_answered_and_forgotten(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(b"\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n")
        assert one.recv(100).startswith((b"HTTP/1.1 400", b""))
    assert states(server, "ListStateMachines", {})[0] == 200


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ARNS = st.sampled_from(
    [
        "arn:aws:states:us-east-1:123456789012:stateMachine:fuzz",
        "arn:aws:states:us-east-1:123456789012:stateMachine:fuzz:1",
        "arn:aws:states:us-east-1:123456789012:execution:fuzz:x",
        "arn:aws:states:us-east-1:123456789012:activity:fuzz",
        "arn:aws:states:us-east-1:123456789012:mapRun:fuzz/x:y",
        "arn:aws:states:::",
        "",
    ]
)
MEMBERS = [
    "stateMachineArn", "executionArn", "activityArn", "mapRunArn", "resourceArn", "stateMachineAliasArn",
    "taskToken", "name", "input", "stateMachineVersionArn", "definition", "roleArn", "output", "nextToken",
    "maxResults", "tags", "tagKeys", "type", "statusFilter", "routingConfiguration", "loggingConfiguration",
    "description", "error", "cause", "publish", "versionDescription",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    operation=st.sampled_from(sorted(operations() - {"GetActivityTask", "TestState"})),
    body=st.dictionaries(st.sampled_from(MEMBERS), ARNS | JSONS, max_size=6),
)
def test_no_request_breaks_the_server(server: Server, operation: str, body: dict[str, Any]) -> None:
    status, told, _ = states(server, operation, body)
    assert status in (200, 400)
    assert told.get("__type") != "InternalFailure", told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_bytes_break_the_server(server: Server, body: bytes) -> None:
    status, told, _ = post(server, "AWSStepFunctions.CreateStateMachine", body)
    assert (status, told["__type"]) in ((400, "SerializationException"), (400, "ValidationException"))


def test_a_worker_that_has_gone_gets_no_task(server: Server) -> None:
    arn = states(server, "CreateActivity", {"name": "abandoned"})[1]["activityArn"]
    body = json.dumps({"activityArn": arn})
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as gone:
        target = "X-Amz-Target: AWSStepFunctions.GetActivityTask"
        head = f"POST / HTTP/1.1\r\nHost: x\r\n{target}\r\nContent-Length: {len(body)}"
        gone.sendall(f"{head}\r\n\r\n{body}".encode())
        time.sleep(0.3)
    time.sleep(0.3)
    waits = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True}}}
    made = {"name": "abandoned", "definition": json.dumps(waits), "roleArn": ROLE}
    machine = states(server, "CreateStateMachine", made)[1]["stateMachineArn"]
    states(server, "StartExecution", {"stateMachineArn": machine, "input": "7"})
    assert states(server, "GetActivityTask", {"activityArn": arn})[1]["input"] == "7"
