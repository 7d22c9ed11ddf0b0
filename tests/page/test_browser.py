"""The page in a real browser: headless Chromium, from file://. Run with `pytest -m browser`.

Chromium and its driver are Debian's packages `chromium` and `chromium-driver`; where they are missing the
tests fail, they are not skipped. All waiting is for something that is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Page
from executions import DISTRIBUTED, ORDERS, TASK, distributed, machine, orders, run

from aslrun.page import Recording, record_execution, render_page

pytestmark = pytest.mark.browser

WORK = "/States/Each/ItemProcessor/States/Work"


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Callable[..., Page]:
    """Write the page of an execution and open it; afterwards nothing may have gone wrong in it."""
    opened: list[Page] = []

    def page(definition: Any, recording: Recording, fragment: str = "", **options: Any) -> Page:
        path = tmp_path / "page.html"
        theme = options.pop("theme", "auto")
        path.write_text(render_page(definition, recording, title="orders", theme=theme), encoding="utf-8")
        opened.append(Page(chromium, path.as_uri()))
        opened[-1].open(fragment, **options)
        return opened[-1]

    return page


@pytest.fixture(autouse=True)
def no_errors(page: Callable[..., Page], chromium: Any) -> Iterator[None]:
    yield
    assert [entry["message"] for entry in chromium.get_log("browser")] == []


def shown(page: Callable[..., Page], *errors: str, **options: Any) -> Page:
    return page(ORDERS, record_execution(orders(*errors)), **options)


# ---------------------------------------------------------------- opening


def test_opening(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Fatal")
    assert opened.chrome.title == "orders"
    assert opened.text("#status") == "failed"
    # At the state that failed; the whole execution is one key away.
    assert opened.text("#details h2") == "Work"
    assert "chosen" in opened.classes(WORK)
    assert opened.js(
        "return innerHeight >= document.querySelector('svg .mark.end').getBoundingClientRect().y"
    )
    opened.one("#overview").click()
    assert opened.text("#details h2") == "Execution"
    assert "Fatal" in opened.text("#details .error")
    assert "number 1 fails" in opened.text("#details .error")
    assert opened.texts("#details .link") == ["Each", "Work"]
    assert "failed" in opened.classes(WORK)
    assert "untouched" in opened.classes("/States/Done")
    assert opened.requests() - {"data:,"} == {opened.address}


@pytest.mark.parametrize(
    ("theme", "scheme", "is_dark"),
    [("auto", "dark", True), ("auto", "light", False), ("dark", "light", True), ("light", "dark", False)],
)
def test_themes(page: Callable[..., Page], theme: str, scheme: str, is_dark: bool) -> None:
    opened = shown(page, "", theme=theme, scheme=scheme)
    script = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    for css in ("#graph", "#details", ".lower"):
        colour = opened.js(script, css)
        brightness = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) / 3
        assert (brightness < 128) == is_dark, (css, colour)


# ---------------------------------------------------------------- states


def test_a_click_on_a_state_shows_what_happened_there(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Bad")
    opened.choose(WORK)
    assert opened.text("#details h2") == "Work"
    # Of two visits the one that went wrong is shown first.
    assert opened.text("#details .status") == "caught"
    assert "number 1 fails" in opened.text("#details .error")
    assert '"number": 1' in opened.part("Input")
    assert '"error":' in opened.part("Output")
    assert '"batch": "b-7"' in opened.part("Variables")
    assert "worked" not in opened.part("Variables").split("assigned")[0]
    assert "failed" in opened.part("Attempts")
    assert opened.one('#details input[aria-label="Visit"]').get_attribute("value") == "2"
    opened.one('#details button[title^="Visit before"]').click()
    opened.wait(lambda: opened.text("#details .status") == "succeeded")
    assert '"worked": true' in opened.part("Variables")


ROUTES = machine(
    Pay={
        **TASK,
        "Catch": [{"ErrorEquals": ["Bad", "Worse"], "ResultPath": "$.e", "Next": "Route"}],
        "End": True,
    },
    Route={
        "Type": "Choice",
        "InputPath": "$.order",
        "Choices": [
            {"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Stop"},
            {"Variable": "$.vip", "IsPresent": True, "Next": "Stop"},
            {"Variable": "$.kind", "StringEquals": "b", "Next": "Stop"},
        ],
        "Default": "Done",
    },
    Stop={"Type": "Fail", "Error": "Stopped"},
    Done={"Type": "Succeed"},
)


def test_the_rules_of_a_choice_and_the_error_behind_a_fail(page: Callable[..., Page]) -> None:
    def pay(event: Any) -> Any:
        raise type("Worse", (Exception,), {})("the card is lost")

    execution = run(ROUTES, {"order": {"total": 7, "kind": "b"}}, functions={"f": pay})
    opened = page(ROUTES, record_execution(execution))
    assert opened.text("#details h2") == "Stop"
    assert "the card is lost" in opened.text("#details .behind")
    opened.choose("/States/Route")
    rules = opened.texts('#details [data-part="Rules"] .rule')
    assert [rule.split("\n") for rule in rules] == [
        ["1: $.total > 100 does not hold", "$.total is 7"],
        ["2: $.vip is present does not hold", "$.vip is not there"],
        ['3: $.kind == "b" holds', '$.kind is "b"'],
    ]


def test_the_log_of_a_handler(page: Callable[..., Page]) -> None:
    execution = orders("")
    started = next(event["id"] for event in execution.history if event["type"] == "LambdaFunctionStarted")
    opened = page(ORDERS, Recording(execution.history, {int(str(started)): ["hello", "from <b>"]}))
    opened.choose(WORK)
    assert opened.part("Log") == "hello\nfrom <b>"


def test_the_keyboard_alone(page: Callable[..., Page]) -> None:
    from selenium.webdriver.common.keys import Keys

    opened = shown(page, "", "Bad")
    focused = "return document.activeElement.dataset.id"
    while not opened.js(focused):
        opened.press(Keys.TAB)
    while opened.js(focused) != "/States/Load":
        opened.press(Keys.TAB)
    opened.press(Keys.ARROW_DOWN)
    assert opened.js(focused) == "/States/Each"
    opened.press(Keys.ARROW_DOWN)
    assert opened.js(focused) == WORK
    opened.press(Keys.ENTER)
    assert opened.text("#details h2") == "Work"
    opened.press("[")
    assert opened.text("#details .status") == "succeeded"
    opened.press("]")
    assert opened.text("#details .status") == "caught"
    opened.press("t")
    assert opened.one("#timeline").is_displayed()
    opened.press("/")
    assert opened.js("return document.activeElement.id") == "filter"
    opened.press("TaskStateEntered", Keys.ENTER, Keys.ARROW_DOWN, Keys.ENTER)
    assert opened.text("#details h2") == "Work"
    opened.press(Keys.ESCAPE)
    assert opened.text("#details h2") == "Execution"
    opened.press("?")
    assert opened.one("#keys").is_displayed()
    opened.press(Keys.ESCAPE)
    opened.wait(lambda: not opened.one("#keys").is_displayed())


def test_zoom_and_pan(page: Callable[..., Page]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    opened = shown(page, "")
    svg = opened.one("#drawing svg")

    def box() -> list[float]:
        text = opened.js("return arguments[0].getAttribute('viewBox')", svg)
        return [float(number) for number in text.split()]

    opened.press("0")
    whole = box()
    opened.press("+")
    assert box()[2] < whole[2]
    opened.press("-", "-")
    assert box()[2] > whole[2]
    opened.one("#zoom-fit").click()
    assert box() == whole
    ActionChains(opened.chrome).move_to_element_with_offset(svg, -300, 100).click_and_hold().move_by_offset(
        40, 30
    ).release().perform()
    opened.wait(lambda: box()[0] < whole[0] and box()[1] < whole[1])
    assert opened.text("#details h2") == "Execution"
    before = box()
    origin = ScrollOrigin.from_element(svg, -100, 50)
    ActionChains(opened.chrome).scroll_from_origin(origin, 0, -200).perform()
    opened.wait(lambda: box()[2] < before[2])


def test_values_fold_and_numbers_stay_as_they_were_written(page: Callable[..., Page]) -> None:
    definition = machine(A={"Type": "Pass", "End": True})
    given = {"big": 12345678901234567890, "float": 1.0, "list": [*range(250)], "long": "x" * 5000}
    opened = page(definition, record_execution(run(definition, given)))
    opened.choose("/States/A")
    assert '"big": 12345678901234567890' in opened.part("Input")
    assert '"float": 1.0' in opened.part("Input")
    folded = '[data-part="Input"] .value details details'
    assert opened.one(folded).get_attribute("open") is None or len(opened.part("Input").splitlines()) < 130
    opened.js("document.querySelector(arguments[0]).open = true", folded)
    opened.wait(lambda: "200 more" in opened.part("Input"))
    assert "3,502 more characters" in opened.part("Input")


# ---------------------------------------------------------------- events


def test_filtering_events(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Busy", "Bad")
    total = len(orders("", "Busy", "Bad").history)
    assert opened.text("#count") == f"{total} events"
    field = opened.one("#filter")
    field.send_keys("functionfailed")
    opened.wait(lambda: opened.text("#count") == f"2 of {total} events")
    field.send_keys(' "number 2 fails"')
    opened.wait(lambda: opened.text("#count") == f"1 of {total} events")
    assert ["LambdaFunctionFailed" in row for row in opened.texts("#events .list .row")] == [True]
    field.clear()
    field.send_keys("nothing at all like this")
    opened.wait(lambda: opened.text("#count").startswith("0 of"))
    field.clear()
    field.send_keys(" ")
    opened.one("#only-failures").click()
    opened.wait(lambda: opened.text("#count") == f"2 of {total} events")


def test_an_event_chooses_its_state_and_a_state_its_events(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Bad")
    opened.one("#filter").send_keys("lambdafunctionfailed")
    opened.wait(lambda: opened.text("#count").startswith("1 of"))
    opened.one("#events .list .row").click()
    opened.wait(lambda: "chosen" in opened.classes(WORK))
    assert "number 1 fails" in opened.part("Event")
    opened.one("#filter").clear()
    opened.one("#filter").send_keys(" ")
    opened.one("#only-chosen").click()
    opened.wait(lambda: all("Work" in row for row in opened.texts("#events .list .row")))
    opened.one("#only-chosen").click()
    opened.choose("/States/Done")
    opened.wait(lambda: opened.texts("#events .row.of-chosen"))
    assert all("Done" in row for row in opened.texts("#events .row.of-chosen"))


# ---------------------------------------------------------------- timeline


def test_the_timeline(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Busy")
    opened.one("#tab-timeline").click()
    rows = opened.wait(lambda: opened.texts("#timeline .list .row .name"))
    names = [row.split("\n")[-1].strip() for row in rows]
    assert names == ["Load", "Each", "#0", "Work", "Both", "Left", "Right", "#1", "Work", "Both", "Left",
                     "Right", "Done"]  # fmt: skip
    from selenium.webdriver.support.ui import Select

    Select(opened.one("#axis")).select_by_value("time")
    bars = {
        row.get_attribute("aria-label").split(":")[0]: row.find_element("css selector", ".bar").rect
        for row in opened.all("#timeline .list .row")
    }
    assert bars["Load"]["x"] <= bars["Each"]["x"] < bars["Done"]["x"]
    assert bars["Each"]["width"] > bars["#1"]["width"] - 1 > bars["Right"]["width"]
    assert len(opened.all("#timeline .try")) == 2
    opened.one('#timeline .row[aria-label^="Right"]').click()
    opened.wait(lambda: opened.text("#details h2") == "Right")
    opened.one('#timeline .row[aria-label^="Each"] .twisty').click()
    opened.wait(lambda: len(opened.all("#timeline .list .row")) == 3)
    assert opened.text("#details h2") == "Right"


# ---------------------------------------------------------------- iterations


def test_iterations_can_be_chosen_and_each_shows_its_own_run(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Bad", "Busy")
    assert {"caught"} <= opened.classes(WORK)
    opened.choose("/States/Each")
    assert opened.text('[data-part="Iterations"] .facts') == "3 succeeded"
    opened.all('[data-part="Iterations"] .row')[0].click()
    opened.wait(lambda: "succeeded" in opened.classes(WORK))
    skip, both = (f"/States/Each/ItemProcessor/States/{name}" for name in ("Skip", "Both"))
    assert "untouched" in opened.classes(skip)
    assert "succeeded" in opened.classes(both)
    opened.choose(WORK)
    assert '"number": 0' in opened.part("Input")
    opened.one('#choices button[aria-label="Next iteration"]').click()
    opened.wait(lambda: "caught" in opened.classes(WORK))
    assert ("untouched" in opened.classes(both), "succeeded" in opened.classes(skip)) == (True, True)
    assert '"number": 1' in opened.part("Input")
    assert opened.chrome.current_url.endswith(f"#state={WORK}&iteration=1")
    taken = {edge.get_attribute("data-target") for edge in opened.all(".edge.taken")}
    assert skip in taken
    assert both not in taken
    opened.one('#choices button[aria-label="Show all iterations"]').click()
    opened.wait(lambda: "succeeded" in opened.classes(both))


def test_an_address_leads_to_a_state_in_an_iteration(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Bad", "Busy", fragment=f"#state={WORK}&iteration=2")
    assert opened.text("#details h2") == "Work"
    assert '"number": 2' in opened.part("Input")
    assert opened.one("#choices input").get_attribute("value") == "#2"
    assert "1 retry" in opened.state(WORK).text


def test_children_of_a_distributed_map(page: Callable[..., Page]) -> None:
    work = "/States/Each/ItemProcessor/States/Work"
    fragment = f"#state={work}&iteration=1"
    opened = page(DISTRIBUTED, record_execution(distributed()), fragment=fragment)
    assert opened.text("#details .status") == "failed"
    assert "3 child executions" in opened.text("#facts")
    assert any(row.startswith("2:") for row in opened.texts("#events .list .row"))
    assert not any(row.startswith("1:") for row in opened.texts("#events .list .row"))


# ---------------------------------------------------------------- sizes


def test_a_graph_of_80_states(page: Callable[..., Page]) -> None:
    names = [f"State{number}" for number in range(80)]
    states = {
        name: {"Type": "Pass", **({"Next": after} if after else {"End": True})}
        for name, after in zip(names, [*names[1:], None], strict=True)
    }
    definition = machine(**states)
    opened = page(definition, record_execution(run(definition, {})))
    assert len(opened.all(".node.state")) == 80
    last = "/States/State79"
    opened.js("location.hash = arguments[0]", f"#state={last}")
    opened.wait(lambda: "chosen" in opened.classes(last))
    # What is chosen comes into view.
    pane, card = opened.one("#drawing").rect, opened.state(last).rect
    assert pane["y"] <= card["y"] <= pane["y"] + pane["height"] - card["height"]
    opened.press("0")
    first = opened.state("/States/State0").rect
    assert first["height"] > 0
    assert pane["y"] <= first["y"]


def test_a_history_of_10000_events(page: Callable[..., Page]) -> None:
    execution = orders(*(["", "Busy", "", "Bad"] * 180))
    total = len(execution.history)
    assert total > 10_000
    opened = page(ORDERS, record_execution(execution))
    assert opened.text("#count") == f"{total:,} events"
    # Only what is in view are elements.
    assert opened.js("return document.querySelectorAll('.row').length") < 200
    opened.js("const list = document.querySelector('#events .list'); list.scrollTop = list.scrollHeight")
    opened.wait(lambda: opened.texts("#events .list .row")[-1].startswith(str(total)))
    opened.one("#filter").send_keys("number 3 fails")
    opened.wait(lambda: not opened.text("#count").startswith(f"{total:,}"))
    opened.one("#tab-timeline").click()
    assert opened.wait(lambda: opened.texts("#timeline .list .row .name"))[-1].endswith("Done")
    opened.choose("/States/Each")
    field = opened.one('[data-part="Iterations"] input')
    field.send_keys("650")
    opened.wait(lambda: opened.texts('[data-part="Iterations"] .row')[0].startswith("#650"))
    opened.all('[data-part="Iterations"] .row')[0].click()
    opened.wait(lambda: opened.one("#choices input").get_attribute("value") == "#650")


def test_a_narrow_window(page: Callable[..., Page]) -> None:
    opened = shown(page, "", "Fatal", width=420, height=800)
    assert opened.js("return document.documentElement.scrollWidth") <= 420
    for css in ("#graph", "#details", "#events"):
        assert opened.one(css).rect["width"] > 300
    opened.choose(WORK)
    assert opened.text("#details h2") == "Work"


def test_an_execution_that_still_runs(page: Callable[..., Page]) -> None:
    history = orders("", "Busy").history[:12]
    opened = page(ORDERS, Recording(history))
    assert opened.text("#status") == "running"
    assert "in_progress" in opened.classes("/States/Each")
    opened.choose("/States/Each")
    assert "still running" in opened.text('[data-part="Output"]')


def test_a_history_without_times_and_data(page: Callable[..., Page]) -> None:
    events = [
        {field: value for field, value in event.items() if field != "timestamp"}
        for event in orders("", "Fatal").history
    ]
    for event in events:
        for told in event.values():
            if isinstance(told, dict):
                told.pop("input", None)
                told.pop("output", None)
    opened = page(ORDERS, Recording(events), fragment=f"#state={WORK}&iteration=1")
    assert opened.text("#details .status") == "failed"
    assert "not recorded" in opened.text('[data-part="Input"]')
    opened.press("t")
    assert len(opened.wait(lambda: opened.texts("#timeline .list .row .name"))) > 3


HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><!--<script>{{title}}"


def test_names_and_values_are_text_whatever_they_hold(page: Callable[..., Page]) -> None:
    def fail(event: Any) -> Any:
        raise ValueError(HOSTILE + "\u2028")

    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "constructor"}]
    definition = machine(
        **{HOSTILE[:79]: {"Type": "Task", "Resource": "f", "Comment": HOSTILE, "Catch": catch, "End": True}},
        constructor={"Type": "Pass", "Result": {"toString": 1}, "Next": "__proto__"},
        __proto__={"Type": "Pass", "End": True},
    )
    execution = run(definition, {HOSTILE: HOSTILE, "__proto__": {"a": 1}}, functions={"f": fail})
    opened = page(definition, record_execution(execution))
    opened.one(".node.task > .name").click()
    opened.wait(lambda: opened.text("#details h2") == HOSTILE[:79])
    assert HOSTILE in opened.text("#details")
    opened.choose("/States/constructor")
    # An object's own fields are new and gone, not those that each object of JavaScript has.
    opened.one('[data-part="Changes"] summary').click()
    opened.wait(lambda: "+ toString: 1" in opened.text('[data-part="Changes"]'))
    assert opened.chrome.title == "orders"
    assert opened.js("return document.images.length") == 0
    assert opened.js("return document.scripts.length") == 2
