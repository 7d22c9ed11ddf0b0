"""Headless Chromium and a page in it, for the tests in a browser.

Chromium and its driver are Debian's packages `chromium` and `chromium-driver`; where they are missing the
tests fail, they are not skipped. All waiting is for something that is seen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

SECONDS = 20


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser in the light theme, with a window of 1280 × 800."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert browser, "these tests need chromium and chromium-driver (apt-get install chromium chromium-driver)"
    assert driver, "these tests need chromium-driver (apt-get install chromium-driver)"
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,800"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    yield chrome
    chrome.quit()


class Page:
    """The page as a user sees it: elements by CSS, clicks, keys, and waiting until something is so."""

    def __init__(self, chrome: Any, address: str) -> None:
        self.chrome, self.address = chrome, address

    def open(self, fragment: str = "", width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.chrome.get("about:blank")
        for kind in ("browser", "performance"):
            self.chrome.get_log(kind)
        self.chrome.get(self.address + fragment)
        self.wait(lambda: self.js("return document.documentElement.dataset.ready") == "true")

    def js(self, script: str, *args: Any) -> Any:
        return self.chrome.execute_script(script, *args)

    def wait(self, condition: Callable[[], Any]) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.chrome, SECONDS, poll_frequency=0.05).until(lambda _: condition())

    def all(self, css: str) -> list[Any]:
        found: list[Any] = self.chrome.find_elements("css selector", css)
        return found

    def one(self, css: str) -> Any:
        return self.chrome.find_element("css selector", css)

    def text(self, css: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def texts(self, css: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)"
        return [str(text) for text in self.js(script, css)]

    def state(self, id: str) -> Any:
        return self.one(f'.node[data-id="{id}"]')

    def classes(self, id: str) -> set[str]:
        return set(self.state(id).get_attribute("class").split())

    def choose(self, id: str) -> None:
        """Click on a state, at its name, where all of the graph is in view."""
        self.one("#zoom-fit").click()
        self.one(f'.node[data-id="{id}"] > .name').click()
        self.wait(lambda: "chosen" in self.classes(id))

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.chrome).send_keys(*keys).perform()

    def part(self, name: str) -> str:
        return self.text(f'#details [data-part="{name}"] .body')

    def requests(self) -> set[str]:
        """The addresses that were asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.chrome.get_log("performance")]
        sent = [told["params"] for told in messages if told["method"] == "Network.requestWillBeSent"]
        return {told["request"]["url"].split("#")[0] for told in sent}
