"""The console by its addresses: what it tells, what it does, and which requests of browsers are refused."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from served import ROLE, Machines, client, machines, server  # noqa: F401  (fixtures)
from test_api_executions import until

from aslrun.server.console.guard import Guard
from aslrun.server.serving import Server, serve

HTML = {"Accept": "text/html,application/xhtml+xml"}
FAILS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}}}


class Browser:
    """Asks a server as a browser does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.token = self.json("/console/lists")["token"]

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: str = ""
    ) -> tuple[int, Mapping[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return response.status, told, response.read().decode()
        finally:
            connection.close()

    def json(self, path: str, **query: str) -> Any:
        status, _, text = self.ask(f"{path}?{urlencode(query)}" if query else path)
        assert status == 200, text
        return json.loads(text)

    def call(self, operation: str, body: Any, **headers: str) -> tuple[int, Any]:
        given = {"x-aslrun-console": self.token, "content-type": "application/json", **headers}
        status, _, text = self.ask(f"/console/call/{operation}", given, "POST", json.dumps(body))
        return status, json.loads(text)


@pytest.fixture
def browser(server: Server) -> Browser:
    return Browser(server)


# ---------------------------------------------------------------- what it tells


def test_the_pages_ask_for_nothing_else(browser: Browser, machines: Machines) -> None:
    _, started = browser.call("StartExecution", {"stateMachineArn": machines.arn()})
    for path in ("/", "/console/execution?" + urlencode({"arn": started["executionArn"]})):
        status, headers, text = browser.ask(path, HTML)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'nonce-" in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert "{{" not in text
        assert "https://" not in text
        assert headers["cache-control"] == "no-store"


def test_only_browsers_get_the_page(browser: Browser) -> None:
    assert "text/html" not in browser.ask("/", {"Accept": "*/*"})[1].get("content-type", "")
    assert browser.ask("/console/nothing")[0] == 404
    assert browser.ask("/console/lists", method="DELETE")[0] == 405


def test_machines_and_executions_are_listed(browser: Browser, machines: Machines) -> None:
    arn = machines.arn(FAILS)
    for name in ("one", "two", "other"):
        assert browser.call("StartExecution", {"stateMachineArn": arn, "name": name})[0] == 200
    mine = [one for one in browser.json("/console/lists")["machines"] if one["arn"] == arn]
    assert (mine[0]["type"], mine[0]["status"]) == ("STANDARD", "ACTIVE")

    def names(**asked: str) -> list[str]:
        found = browser.json("/console/executions", machine=arn, **asked)["executions"]
        return [one["name"] for one in found]

    until(lambda: len(names(status="FAILED")) == 3 or None)
    assert names() == ["other", "two", "one"]
    assert names(name="O") == ["other", "two", "one"]
    assert names(name="th") == ["other"]
    assert names(status="RUNNING") == []
    assert browser.ask("/console/executions?after=x")[0] == 404
    status, headers, text = browser.ask("/console/graph?" + urlencode({"arn": arn}))
    assert (status, headers["content-type"], text[:4]) == (200, "image/svg+xml", "<svg")


def test_an_execution_is_told_as_the_report_page_has_it(browser: Browser, machines: Machines) -> None:
    _, started = browser.call("StartExecution", {"stateMachineArn": machines.arn(FAILS), "input": '{"n": 1}'})
    arn = started["executionArn"]
    until(lambda: browser.json("/console/story", arn=arn)["status"] == "FAILED" or None)
    story = browser.json("/console/story", arn=arn)
    assert [row[2] for row in story["events"]][0::4] == ["ExecutionStarted", "ExecutionFailed"]
    assert story["console"]["redriveStatus"] == "REDRIVABLE"
    assert story["console"]["tokens"] == []
    assert browser.ask("/console/story?arn=arn%3Aof%3Anothing")[0] == 404
    status, _, text = browser.ask("/console/execution?arn=%3Cb%3E", HTML)
    assert (status, "<b>" in text) == (404, False)


def test_an_express_execution_is_shown_after_its_end(browser: Browser, machines: Machines) -> None:
    arn = machines.arn(FAILS, type="EXPRESS")
    _, started = browser.call("StartExecution", {"stateMachineArn": arn})
    asked = {"arn": started["executionArn"]}
    until(lambda: browser.json("/console/story", **asked)["status"] == "FAILED" or None)
    assert browser.json("/console/story", **asked)["console"]["redriveStatus"] == "NOT_REDRIVABLE"


# ---------------------------------------------------------------- what it does


def test_stop_redrive_and_answers_are_the_apis(browser: Browser) -> None:
    with serve(time="real", aws="off", show=lambda function, line: None) as own:
        asking = Browser(own)
        text = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}})
        arn = own.client().create_state_machine(name="w", definition=text, roleArn=ROLE)["stateMachineArn"]
        _, started = asking.call("StartExecution", {"stateMachineArn": arn, "name": "x"})
        story = {"arn": started["executionArn"]}
        assert asking.json("/console/story", **story)["console"]["status"] == "RUNNING"
        stopped, _ = asking.call("StopExecution", {"executionArn": story["arn"], "error": "Mine"})
        assert stopped == 200
        assert asking.json("/console/story", **story)["console"]["status"] == "ABORTED"
        assert asking.call("RedriveExecution", {"executionArn": story["arn"]})[0] == 200
        assert asking.json("/console/story", **story)["console"]["redriveCount"] == 1
        status, told = asking.call("SendTaskSuccess", {"taskToken": "x", "output": "1"})
        assert (status, told["__type"]) == (400, "InvalidToken")
        status, told = asking.call("StartExecution", {"stateMachineArn": arn, "input": "{"})
        assert (status, told["__type"]) == (400, "InvalidExecutionInput")


def test_nothing_else_can_be_asked_for(browser: Browser, machines: Machines) -> None:
    arn = machines.arn()
    for operation in ("DeleteStateMachine", "UpdateStateMachine", "CreateStateMachine", "../x", ""):
        assert browser.call(operation, {"stateMachineArn": arn})[0] == 404
    assert browser.ask("/console/call/StartExecution")[0] == 404


# ---------------------------------------------------------------- live


def test_changes_are_told(server: Server, browser: Browser, machines: Machines) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/console/events")
    events = connection.getresponse()
    assert events.headers["content-type"] == "text/event-stream"
    assert events.readline().startswith(b"data: ")
    assert events.readline() == b"\n"
    browser.call("StartExecution", {"stateMachineArn": machines.arn()})
    assert events.readline().startswith(b"data: ")
    connection.close()


def test_a_server_ends_although_it_is_followed() -> None:
    with serve(show=lambda function, line: None) as own:
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)
        connection.request("GET", "/console/events")
        events = connection.getresponse()
        assert events.readline().startswith(b"data: ")
    assert events.read() in (b"\n", b"")
    connection.close()


# ---------------------------------------------------------------- pages of others

OWN = "http://127.0.0.1:8083"
BAD = [
    {"host": "evil.example:8083"},
    {"host": "evil.example:8083", "origin": "http://evil.example:8083", "sec-fetch-site": "same-origin"},
    {"host": "127.0.0.1:8083", "origin": "http://evil.example"},
    {"host": "127.0.0.1:8083", "origin": "null"},
    {"host": "127.0.0.1:8083", "origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"},
    {"host": "127.0.0.1:8083", "sec-fetch-site": "cross-site"},
    {"host": "127.0.0.1.evil.example"},
    {"host": "[::1"},
    {"host": ""},
    {},
]
GOOD = [
    {"host": "127.0.0.1:8083"},
    {"host": "localhost:9000"},
    {"host": "[::1]:8083"},
    {"host": "127.0.0.1:8083", "origin": OWN, "sec-fetch-site": "same-origin"},
    {"host": "localhost:8083", "sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
]


@pytest.mark.parametrize("headers", BAD)
def test_pages_of_others_are_refused(headers: Mapping[str, str]) -> None:
    assert Guard("127.0.0.1").refusal("GET", headers, is_console=True)
    assert Guard("127.0.0.1").refusal("POST", headers, is_console=True)


@pytest.mark.parametrize("headers", GOOD)
def test_own_pages_are_answered(headers: Mapping[str, str]) -> None:
    assert Guard("127.0.0.1").refusal("GET", headers, is_console=True) is None


def test_a_link_to_the_console_may_be_followed() -> None:
    link = {"host": "localhost:8083", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    guard = Guard("127.0.0.1")
    assert guard.refusal("GET", {**link, "sec-fetch-dest": "document"}, is_console=True) is None
    assert guard.refusal("GET", {**link, "sec-fetch-dest": "iframe"}, is_console=True)
    assert guard.refusal("POST", {**link, "sec-fetch-dest": "document"}, is_console=True)


@pytest.mark.parametrize(
    ("bound", "host", "is_own"),
    [
        ("0.0.0.0", "192.168.1.7:8083", True),
        ("0.0.0.0", "evil.example", False),
        ("192.168.1.7", "192.168.1.7:8083", True),
        ("192.168.1.7", "192.168.1.8", False),
        ("box.lan", "BOX.lan:8083", True),
        ("127.0.0.1", "192.168.1.7", False),
    ],
)
def test_hosts_that_are_the_servers_own(bound: str, host: str, is_own: bool) -> None:
    assert Guard(bound).is_own(host) == is_own


def test_clients_are_no_pages() -> None:
    assert Guard("127.0.0.1").refusal("POST", {"host": "aslrun.local:8083"}, is_console=False) is None


def test_the_api_is_not_for_pages_of_others(browser: Browser, machines: Machines) -> None:
    body = json.dumps({"stateMachineArn": machines.arn()})
    target = {"X-Amz-Target": "AWSStepFunctions.StartExecution"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        status, told, text = browser.ask("/", {**target, **headers}, "POST", body)
        assert (status, json.loads(text)["__type"]) == (403, "Forbidden")
        assert "access-control-allow-origin" not in told
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    status, told, _ = browser.ask("/", asked, "OPTIONS")
    assert (status, "access-control-allow-origin" in told) == (403, False)


def test_a_call_needs_the_token_of_this_server(browser: Browser, machines: Machines) -> None:
    started = {"stateMachineArn": machines.arn()}
    for token in ("", "x", "é"):
        browser.token = token
        status, told = browser.call("StartExecution", started)
        assert (status, "load it again" in told["message"]) == (403, True)


def test_refused_over_the_wire(browser: Browser) -> None:
    for path in ("/", "/console/lists", "/console/events"):
        status, _, text = browser.ask(path, {**HTML, "Host": "evil.example"})
        assert (status, "token" in text) == (403, False)
