"""The console in a real browser: headless Chromium. Run with `pytest -m browser`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from chromium import Page
from served import ROLE

from aslrun.server.serving import Server, serve

pytestmark = pytest.mark.browser

DAY = {"StartAt": "Load", "States": {
    "Load": {"Type": "Pass", "Assign": {"a": 1}, "Next": "Sleep"},
    "Sleep": {"Type": "Wait", "Seconds": 86_400, "Next": "Done"},
    "Done": {"Type": "Succeed"},
}}  # fmt: skip
FAILS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}}}
ASKS = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": {
    "StartAt": "Ask", "States": {"Ask": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
    }},
}, "Catch": [{"ErrorEquals": ["No"], "Next": "Refused"}], "Next": "Done"},
    "Refused": {"Type": "Pass", "Next": "Done"},
    "Done": {"Type": "Succeed"},
}}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Real time: what runs goes on until somebody does something."""
    folder = tmp_path_factory.mktemp("machines")
    (folder / "ask.py").write_text("def handler(event, context): return 'asked'")
    for name, definition in {"asks": ASKS, "day": DAY, "fails": FAILS}.items():
        (folder / f"{name}.asl.json").write_text(json.dumps(definition))
    function = f"ask={folder / 'ask.py'}:handler"
    silent: Callable[[str, str], None] = lambda function, line: None  # noqa: E731
    with serve(folder, time="real", aws="off", function_files=[function], show=silent) as server:
        yield server


@pytest.fixture
def console(chromium: Any, server: Server) -> Iterator[Callable[..., Page]]:
    """Open a page of the console. At the end nothing has gone wrong, and nothing was asked of others."""
    opened: list[Page] = []

    def console(path: str = "/", **options: Any) -> Page:
        page = Page(chromium, server.url + path)
        opened.append(page)
        page.open(**options)
        return page

    yield console
    assert [entry["message"] for entry in chromium.get_log("browser")] == []
    asked = {url for url in opened[-1].requests() if not url.startswith("data:")}
    assert {url for url in asked if not url.startswith(f"{server.url}/")} == set()
    chromium.get("about:blank")


def arn_of(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"


def started(server: Server, machine: str, input: Any = None, **more: Any) -> str:
    told = server.client().start_execution(
        stateMachineArn=arn_of(machine), input=json.dumps({} if input is None else input), **more
    )
    arn: str = told["executionArn"]
    return arn


def page_of(arn: str) -> str:
    return f"/console/execution?{urlencode({'arn': arn})}"


def rows(page: Page) -> list[str]:
    return page.texts("#executions .list .row")


def choose_machine(page: Page, name: str) -> None:
    all_rows = "[...document.querySelectorAll('#machines .row')]"
    page.js(f"{all_rows}.find((row) => row.innerText.includes(arguments[0])).click()", name)
    page.wait(lambda: page.text("#whose") == name)


def status(page: Page) -> str:
    return page.text("#status").strip()


# ---------------------------------------------------------------- the list


def test_machines_and_executions_are_listed_live(server: Server, console: Callable[..., Page]) -> None:
    page = console()
    assert page.text("#about") == "kept in memory"
    names = [row.split("\n")[0] for row in page.texts("#machines .list .row")]
    assert names == ["All state machines", "asks", "day", "fails"]
    choose_machine(page, "fails")
    assert page.wait(lambda: page.js("return document.querySelector('#drawn img').naturalWidth")) > 50
    started(server, "fails", name="seen")
    page.wait(lambda: any("seen" in row and "failed" in row for row in rows(page)))
    started(server, "day", name="day-1")
    choose_machine(page, "day")
    page.wait(lambda: any("day-1" in row and "running" in row for row in rows(page)))
    assert not any("seen" in row for row in rows(page))
    server.client().stop_execution(executionArn=f"{arn_of('day').replace('stateMachine', 'execution')}:day-1")
    page.wait(lambda: any("day-1" in row and "aborted" in row for row in rows(page)))


def test_executions_are_filtered(server: Server, console: Callable[..., Page]) -> None:
    for name in ("apple", "pear"):
        started(server, "fails", name=name)
    page = console("/?name=pea")
    page.wait(lambda: len(rows(page)) == 1)
    assert "pear" in rows(page)[0]
    page.one("#filter").clear()
    page.one("#filter").send_keys("apple")
    page.wait(lambda: [("apple" in row) for row in rows(page)] == [True])
    assert page.chrome.current_url.endswith("?name=apple")
    from selenium.webdriver.support.ui import Select

    Select(page.one("#status-filter")).select_by_value("SUCCEEDED")
    page.wait(lambda: "No execution fits" in page.text("#executions .empty"))


def test_many_executions_come_in_parts(server: Server, console: Callable[..., Page]) -> None:
    client = server.client()
    for number in range(230):
        client.start_execution(stateMachineArn=arn_of("fails"), name=f"many-{number}")
    page = console("/?name=many-")
    page.wait(lambda: page.text("#count") == "the last 200 executions")
    assert page.js("return document.querySelectorAll('.row').length") < 120
    page.js("const list = document.querySelector('#executions .list'); list.scrollTop = list.scrollHeight")
    page.wait(lambda: page.text("#count") == "230 executions")
    page.js("const list = document.querySelector('#executions .list'); list.scrollTop = list.scrollHeight")
    page.wait(lambda: "many-0" in rows(page)[-1])


# ---------------------------------------------------------------- what can be done


def test_starting_with_the_keyboard_and_stopping(server: Server, console: Callable[..., Page]) -> None:
    from selenium.webdriver.common.keys import Keys

    page = console()
    page.press("m")
    page.press("day", Keys.ENTER)
    page.press(Keys.HOME, Keys.ARROW_DOWN, Keys.ENTER)
    page.wait(lambda: page.text("#whose") == "day")
    page.press("n")
    page.wait(lambda: page.one("#start").get_attribute("open"))
    field = page.one("#start [name=input]")
    assert page.js("return document.activeElement === arguments[0]", field)
    field.send_keys(Keys.CONTROL, "a", Keys.NULL, '{"by": ')
    page.wait(lambda: "no JSON" in page.text("#input-told"))
    field.send_keys(Keys.CONTROL, Keys.ENTER)
    page.wait(lambda: "must be JSON" in page.text("#start [role=alert]"))
    field.send_keys('"keys"}', Keys.CONTROL, Keys.ENTER)
    page.wait(lambda: "/console/execution" in page.chrome.current_url and status(page) == "running")
    page.wait(lambda: "in_progress" in page.classes("/States/Sleep"))
    assert '"by": "keys"' in page.part("Input")
    page.press("s")
    page.wait(lambda: page.one("#stop").get_attribute("open"))
    page.one("#stop [name=error]").send_keys("Enough", Keys.ENTER)
    page.wait(lambda: status(page) == "aborted")
    assert "Enough" in page.text("#facts")
    assert not page.one("#stop-it").is_enabled()
    assert "aborted" in page.classes("/States/Sleep")
    page.press("l")
    page.wait(lambda: page.all("#executions"))


def test_watching_and_redriving(server: Server, console: Callable[..., Page]) -> None:
    page = console(page_of(started(server, "day")))
    page.wait(lambda: status(page) == "running")
    page.choose("/States/Sleep")
    assert "still running" in page.text('#details [data-part="Output"]')
    arn = server.client().list_executions(stateMachineArn=arn_of("day"))["executions"][0]["executionArn"]
    server.client().stop_execution(executionArn=arn)
    page.wait(lambda: status(page) == "aborted")
    # What was chosen stays, and shows what has become of it.
    assert page.text("#details h2") == "Sleep"
    page.wait(lambda: page.text("#details .status") == "aborted")
    page.one("#redrive-it").click()
    page.one("#redrive .main").click()
    page.wait(lambda: status(page) == "running")
    assert any("ExecutionRedriven" in row for row in page.texts("#events .list .row"))
    server.client().stop_execution(executionArn=arn)
    page.wait(lambda: status(page) == "aborted")


def test_tokens_are_answered_by_hand(server: Server, console: Callable[..., Page]) -> None:
    page = console(page_of(started(server, "asks", [1, 2])))
    ask = "/States/Each/ItemProcessor/States/Ask"
    page.wait(lambda: page.text("#answer-token") == "Answer one of 2 tokens…")
    page.choose(ask)
    page.press("a")
    page.wait(lambda: page.one("#answer").get_attribute("open"))
    tasks = page.texts("#answer option")
    assert [task.rsplit(" · ", 1)[0] for task in tasks] == [
        "Ask #0 · lambda:invoke.waitForTaskToken", "Ask #1 · lambda:invoke.waitForTaskToken"
    ]  # fmt: skip
    page.one("#answer [name=output]").clear()
    page.one("#answer [name=output]").send_keys('{"yes": true}')
    page.one("#answer .main").click()
    page.wait(lambda: page.text("#answer-token") == "Answer a token…")
    page.press("a")
    page.wait(lambda: page.one("#answer").get_attribute("open"))
    assert len(page.texts("#answer option")) == 1
    page.one("#answer [value=failure]").click()
    page.one("#answer [name=error]").send_keys("No")
    page.one("#answer .main").click()
    page.wait(lambda: status(page) == "succeeded")
    assert "caught" in page.classes("/States/Each")
    assert "succeeded" in page.classes("/States/Refused")
    assert not page.one("#answer-token").is_displayed()


# ---------------------------------------------------------------- how it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes(server: Server, console: Callable[..., Page], scheme: str) -> None:
    page = console(scheme=scheme)
    colour = page.js("return getComputedStyle(document.querySelector('#executions')).backgroundColor")
    brightness = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert (brightness > 600) == (scheme == "light")


def test_a_narrow_window(server: Server, console: Callable[..., Page]) -> None:
    page = console(width=420, height=800)
    assert page.js("return document.documentElement.scrollWidth") <= 420
    page = console(page_of(started(server, "fails")), width=420, height=800)
    assert page.js("return document.documentElement.scrollWidth") <= 420


def test_names_and_values_are_text(server: Server, console: Callable[..., Page]) -> None:
    hostile = "</script><img src=x onerror=\"document.title='taken'\">"
    definition = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": hostile, "Cause": hostile}}}
    arn = server.client().create_state_machine(
        name="hostile", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    told = server.client().start_execution(stateMachineArn=arn, input=json.dumps({hostile: hostile}))
    page = console(page_of(told["executionArn"]))
    page.wait(lambda: hostile in page.text("#details"))
    assert page.js("return document.images.length") == 0
    page = console()
    page.wait(lambda: any(hostile in row for row in rows(page)))
    assert page.chrome.title == "aslrun"
