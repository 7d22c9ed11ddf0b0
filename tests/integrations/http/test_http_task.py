"""HTTP Tasks against a real server: what is sent, what comes of the response, and where nothing is sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_server import CERTIFICATE, Server, serving

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.integrations.http import client
from aslrun.integrations.http.addresses import Addresses, is_public
from aslrun.integrations.http.settings import read_settings
from aslrun.integrations.http.tasks import HttpTasks

INVOKE = "arn:aws:states:::http:invoke"
ARN = "arn:aws:events:us-east-2:123456789012:connection/Shop/81210c42-8af1-456b-9c4a-6ff02fc664ac"
BASIC = '[connections."Shop"]\nbasic = { username = "me", password = { env = "SHOP_PASSWORD" } }\n'


def tasks(folder: Path, toml: str = BASIC, **options: Any) -> HttpTasks:
    (folder / "aslrun.toml").write_text(toml, encoding="utf-8")
    return HttpTasks(read_settings(folder, all_private=options.pop("all_private", True)), **options)


def arguments(url: str, **more: Any) -> dict[str, Any]:
    return {"ApiEndpoint": url, "Method": "GET", "InvocationConfig": {"ConnectionArn": ARN}, **more}


def call(url: str, **more: Any) -> Call:
    return Call(INVOKE, arguments(url, **more), "Ask")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def secure_server() -> Iterator[Server]:
    with serving(tls=True) as found:
        yield found


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "secret")


def test_a_request_and_its_response(server: Server, tmp_path: Path) -> None:
    server.answers["/v1/things"] = (200, {"Content-Type": "application/json", "X-Two": "a"}, b'{"n": [1]}')
    more = {
        "QueryParameters": {"q": "a b", "n": [1, 2]},
        "Headers": {"X-One": ["a", "b"], "User-Agent": "me"},
    }
    result: Any = tasks(tmp_path).invoke(call(server.url + "/v1/things?x=1", **more))
    assert list(result) == ["Headers", "ResponseBody", "StatusCode", "StatusText"]
    assert result["Headers"]["X-Two"] == ["a"]
    assert (result["ResponseBody"], result["StatusCode"], result["StatusText"]) == ({"n": [1]}, 200, "OK")
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("GET", "/v1/things?x=1&q=a%20b&n=1&n=2")
    assert asked.headers["host"] == [f"127.0.0.1:{server.port}"]
    assert asked.headers["user-agent"] == ["Amazon|StepFunctions|HttpInvoke|us-east-1"]
    assert asked.headers["range"] == ["bytes=0-262144"]
    assert asked.headers["authorization"] == ["Basic bWU6c2VjcmV0"]
    assert asked.headers["x-one"] == ["a", "b"]
    assert asked.body == ""
    assert "content-type" not in asked.headers


def test_what_the_connection_adds_goes_over_what_the_definition_has(server: Server, tmp_path: Path) -> None:
    server.answer_json("/path", {})
    toml = f"""
    [connections."{ARN}"]
    api_key = {{ name = "ApiKey", value = "key_value" }}
    headers = {{ "Header-Param" = "of the connection" }}
    query = {{ QueryParam = "of the connection" }}
    body = {{ BodyParam = "of the connection" }}
    """
    tasks(tmp_path, toml).invoke(
        call(
            server.url + "/path",
            Method="POST",
            Headers={"Request-Id": "1", "header-param": "of the definition"},
            RequestBody={"Job": "Engineer", "BodyParam": "of the definition"},
            QueryParameters={"QueryParam": "of the definition"},
        )
    )
    (asked,) = server.asked
    assert asked.target == "/path?QueryParam=of%20the%20connection"
    assert asked.headers["apikey"] == ["key_value"]
    assert asked.headers["header-param"] == ["of the connection"]
    assert asked.headers["request-id"] == ["1"]
    assert asked.headers["content-type"] == ["application/json; charset=UTF-8"]
    assert json.loads(asked.body) == {"Job": "Engineer", "BodyParam": "of the connection"}


ARRAYS = {
    "INDICES": "array%5B0%5D=a&array%5B1%5D=b%20c&in%5Bx%5D=1&none=&yes=true",
    "REPEAT": "array=a&array=b%20c&in%5Bx%5D=1&none=&yes=true",
    "COMMAS": "array=a,b%20c&in%5Bx%5D=1&none=&yes=true",
    "BRACKETS": "array%5B%5D=a&array%5B%5D=b%20c&in%5Bx%5D=1&none=&yes=true",
    None: "array%5B0%5D=a&array%5B1%5D=b%20c&in%5Bx%5D=1&none=&yes=true",
}


@pytest.mark.parametrize(("array_format", "sent"), ARRAYS.items(), ids=map(str, ARRAYS))
def test_a_form(server: Server, tmp_path: Path, array_format: str | None, sent: str) -> None:
    server.answer_json("/form", {})
    transform: dict[str, Any] = {"RequestBodyEncoding": "URL_ENCODED"}
    if array_format:
        transform["RequestEncodingOptions"] = {"ArrayFormat": array_format}
    body = {"array": ["a", "b c"], "in": {"x": 1}, "none": None, "yes": True}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    more = {"Method": "POST", "Headers": form, "RequestBody": body, "Transform": transform}
    tasks(tmp_path).invoke(call(server.url + "/form", **more))
    assert server.asked[0].body == sent
    assert server.asked[0].headers["content-type"] == ["application/x-www-form-urlencoded"]


def test_a_text_is_sent_as_it_is(server: Server, tmp_path: Path) -> None:
    server.answers["/soap"] = (200, {"Content-Type": "text/xml; charset=latin-1"}, "<é/>".encode("latin-1"))
    more = {"Method": "POST", "Headers": {"Content-Type": "text/xml"}, "RequestBody": "<a/>"}
    result: Any = tasks(tmp_path).invoke(call(server.url + "/soap", **more))
    assert server.asked[0].body == "<a/>"
    assert result["ResponseBody"] == "<é/>"


def oauth(server: Server, more: str = "") -> str:
    return f"""
    [connections."Shop".oauth]
    endpoint = "{server.url}/token"
    client_id = "id"
    client_secret = "secret"
    {more}
    """


def test_a_token_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    server.answer_json("/token", {"access_token": "t1", "expires_in": 3600})
    server.answer_json("/thing", {})
    http = tasks(tmp_path, oauth(server, 'body = { scope = "read" }'))
    for _ in range(2):
        http.invoke(call(server.url + "/thing"))
    assert [asked.target for asked in server.asked] == ["/token", "/thing", "/thing"]
    assert server.asked[0].body == "grant_type=client_credentials&scope=read"
    assert server.asked[0].headers["authorization"] == ["Basic aWQ6c2VjcmV0"]
    assert server.asked[2].headers["authorization"] == ["Bearer t1"]
    server.answer_json("/thing", {}, status=401)
    server.answer_json("/token", {"access_token": "t2", "expires_in": 3600})
    for _ in range(2):
        with pytest.raises(StateError):
            http.invoke(call(server.url + "/thing"))
    assert server.asked[-1].headers["authorization"] == ["Bearer t2"]


def test_a_token_that_is_not_given(server: Server, tmp_path: Path) -> None:
    server.answer_json("/token", {"error": "invalid_client"}, status=400)
    with pytest.raises(StateError) as failed:
        tasks(tmp_path, oauth(server)).invoke(call(server.url + "/thing"))
    assert failed.value.error == "Events.ConnectionResource.InvalidConnectionState"
    assert "400" in (failed.value.cause or "")


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500])
def test_other_statuses_are_errors(server: Server, tmp_path: Path, status: int) -> None:
    server.answers["/x"] = (status, {"Location": server.url + "/y", "Retry-After": "1"}, b'{"why": 1}')
    with pytest.raises(StateError) as failed:
        tasks(tmp_path).invoke(call(server.url + "/x"))
    assert (failed.value.error, failed.value.cause) == (f"States.Http.StatusCode.{status}", '{"why": 1}')
    assert len(server.asked) == 1  # a redirect is not followed, and Retry is the definition's


RESPONSES: list[tuple[str, bytes, Any]] = [
    ("application/json", b"", ""),
    ("application/json", b"not json", "not json"),
    ("application/problem+json; charset=utf-8", b'"a"', "a"),
    ("text/plain", b'{"a": 1}', '{"a": 1}'),
    ("image/png", b"x", "States.Runtime"),
    ("application/octet-stream", b"x", "States.Runtime"),
    ("text/plain", b"\xff\xfe", "States.Runtime"),
    ("text/plain", b"x" * 300_000, "States.DataLimitExceeded"),
]


@pytest.mark.parametrize(("kind", "body", "expected"), RESPONSES, ids=range(len(RESPONSES)))
def test_bodies(server: Server, tmp_path: Path, kind: str, body: bytes, expected: Any) -> None:
    server.answers["/x"] = (200, {"Content-Type": kind}, body)
    http = tasks(tmp_path)
    if isinstance(expected, str) and expected.startswith("States."):
        with pytest.raises(StateError) as failed:
            http.invoke(call(server.url + "/x"))
        assert failed.value.error == expected
    else:
        result: Any = http.invoke(call(server.url + "/x"))
        assert result["ResponseBody"] == expected


REFUSED: list[dict[str, Any]] = [
    {"Headers": {"Authorization": "x"}},
    {"Headers": {"X-Amz-Date": "x"}},
    {"Headers": {"x-forwarded-for": "x"}},
    {"Headers": {"X": "a\r\nY: b"}},
    {"Headers": "text"},
    {"Method": "TRACE"},
    {"ApiEndpoint": "ftp://example.com"},
    {"ApiEndpoint": "https://me:secret@example.com/"},
    {"ApiEndpoint": "https:///x"},
    {"ApiEndpoint": "https://example.com:99999/"},
    {"ApiEndpoint": 5},
    {"ApiEndpoint": "example.com"},
    {"InvocationConfig": {}},
    {"RequestBody": {}, "Transform": {"RequestBodyEncoding": "XML"}},
    {
        "RequestBody": {},
        "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "x"}},
    },
]


@pytest.mark.parametrize("more", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_sent(server: Server, tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(StateError) as failed:
        tasks(tmp_path).invoke(Call(INVOKE, {**arguments(server.url), **more}, "Ask"))
    assert failed.value.error == "States.Runtime"
    assert server.asked == []


def test_a_text_and_the_body_of_a_connection(server: Server, tmp_path: Path) -> None:
    toml = '[connections.Shop]\nbody = { a = "b" }'
    with pytest.raises(StateError, match="merged"):
        tasks(tmp_path, toml).invoke(call(server.url, RequestBody="text"))


def test_a_port_that_nothing_listens_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(StateError) as failed:
        tasks(tmp_path).invoke(call(f"http://127.0.0.1:{port}/"))
    assert failed.value.error == "States.Http.Socket"
    assert str(failed.value.cause).startswith(f"127.0.0.1:{port}: ")
    assert "HTTPConnection" not in str(failed.value.cause)


def test_a_server_that_is_too_slow(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslrun.integrations.http.tasks.TIME_LIMIT", 0.1)
    server.slow["/slow"] = threading.Event()
    with pytest.raises(StateError) as failed:
        tasks(tmp_path).invoke(call(server.url + "/slow"))
    assert (failed.value.error, failed.value.cause) == (
        "States.Http.Socket",
        f"127.0.0.1:{server.port}: the request took too long",
    )
    assert client.TIME_LIMIT == 60


def test_a_call_that_is_cancelled(server: Server, tmp_path: Path) -> None:
    server.slow["/slow"] = threading.Event()
    asking = call(server.url + "/slow")
    failures: list[StateError] = []

    def ask() -> None:
        try:
            tasks(tmp_path).invoke(asking)
        except StateError as failed:
            failures.append(failed)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.asked:
        time.sleep(0.001)
    asking.cancel()
    thread.join(5)
    assert [one.error for one in failures] == ["States.Http.Socket"]


# ---------------------------------------------------------------- where nothing is sent


def test_a_private_address_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--http-private.*\[http\] private"):
        tasks(tmp_path, all_private=False).invoke(call(server.url))
    assert server.asked == []


PRIVATE = ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:{port}"]


@pytest.mark.parametrize("entry", PRIVATE)
def test_a_private_address_that_is_listed(server: Server, tmp_path: Path, entry: str) -> None:
    server.answer_json("/", {})
    toml = BASIC + f'[http]\nprivate = ["{entry.format(port=server.port)}"]'
    result: Any = tasks(tmp_path, toml, all_private=False).invoke(call(server.url))
    assert result["StatusCode"] == 200


@pytest.mark.parametrize("entry", ["127.0.0.1:1", "localhost", "10.0.0.0/8"])
def test_another_one_that_is_listed(server: Server, tmp_path: Path, entry: str) -> None:
    with pytest.raises(UsageError):
        tasks(tmp_path, f'{BASIC}[http]\nprivate = ["{entry}"]', all_private=False).invoke(call(server.url))


ADDRESSES = {
    "127.0.0.1": False, "10.1.2.3": False, "169.254.169.254": False, "0.0.0.0": False, "224.0.0.1": False,
    "100.64.0.1": False, "::1": False, "fe80::1%eth0": False, "fc00::1": False, "::ffff:127.0.0.1": False,
    "::ffff:169.254.169.254": False, "64:ff9b::7f00:1": False, "2002:7f00:1::": False, "::": False,
    "8.8.8.8": True, "2001:4860:4860::8888": True, "::ffff:8.8.8.8": True,
}  # fmt: skip


@pytest.mark.parametrize(("address", "public"), ADDRESSES.items())
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere the second time leads nowhere."""
    found = []

    def resolve(host: str, *args: Any, **options: Any) -> list[Any]:
        found.append(host)
        address = "93.184.215.14" if len(found) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr("aslrun.integrations.http.addresses.socket.getaddrinfo", resolve)
    allowed = Addresses().find("rebind.example", 443)
    assert allowed == [("93.184.215.14", True)]
    assert found == ["rebind.example"]


def test_http_is_for_ones_own_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Addresses, "find", lambda self, host, port: [("93.184.215.14", True)])
    with pytest.raises(StateError, match="must begin with https"):
        tasks(tmp_path).invoke(call("http://example.com/"))


# ---------------------------------------------------------------- TLS


def test_a_certificate_that_nobody_trusts(secure_server: Server, tmp_path: Path, here: None) -> None:
    with pytest.raises(StateError) as failed:
        tasks(tmp_path).invoke(call(secure_server.url))
    assert failed.value.error == "States.Http.Socket"
    assert "certificate is not trusted" in str(failed.value.cause)
    assert secure_server.asked == []


def test_a_certificate_of_the_name_that_is_asked(
    secure_server: Server, tmp_path: Path, here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    secure_server.answer_json("/", {"a": 1})
    result: Any = tasks(tmp_path).invoke(call(secure_server.url))
    assert result["ResponseBody"] == {"a": 1}
    with pytest.raises(StateError, match="certificate is not trusted"):
        tasks(tmp_path).invoke(call(secure_server.url.replace("api.example", "other.example")))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all names lead to this machine."""
    monkeypatch.setattr(Addresses, "find", lambda self, host, port: [("127.0.0.1", False)])


# ---------------------------------------------------------------- aslrun.toml

WRONG = {
    '[connections.Other]\nbasic = { username = "a", password = "b" }': "there is no connection",
    '[connections.Shop]\nbasic = { username = "a" }': "password is missing",
    '[connections.Shop]\nbasic = { username = "a", password = { env = "NOT_THERE" } }': "no variable NOT",
    '[connections.Shop]\nbasic = { username = "a", password = 5 }': "a text is expected",
    '[connections.Shop]\nbearer = "x"': "there is no option 'bearer'",
    '[connections.Shop]\napi_key = "x"': "a table is expected",
    '[connections]\nShop = "x"': "a table is expected",
    'connections = "x"': "expected to be a table",
    '[connections.Shop.oauth]\nendpoint = "x"': "client_id is missing",
    '[http]\nprivate = "localhost"': "must be a list",
    '[http]\nprivate = ["a:b"]': "is no host",
    '[http]\nproxy = "x"': "no option 'proxy'",
    '[endpoints]\n"a.example" = "b"': "write the URL of a server",
}  # fmt: skip


@pytest.mark.parametrize(("toml", "told"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_wrong_in_aslrun_toml(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        tasks(tmp_path, toml).invoke(call("https://example.com"))


def test_a_server_that_stands_in_for_a_host(server: Server, tmp_path: Path) -> None:
    server.answer_json("/v1/customers", {"data": []})
    toml = f'{BASIC}[endpoints]\n"api.shop.example" = "{server.url}"'
    result: Any = tasks(tmp_path, toml, all_private=False).invoke(
        call("https://api.shop.example/v1/customers", QueryParameters={"a": "b"})
    )
    assert result["ResponseBody"] == {"data": []}
    assert server.asked[0].target == "/v1/customers?a=b"
    assert server.asked[0].headers["host"] == ["api.shop.example"]
