"""`aslrun view` and `aslrun execute --report` as a user meets them, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from executions import DISTRIBUTED, ORDERS, distributed, machine, orders, run

from aslrun.cli import main
from aslrun.cli.output import write_history
from aslrun.page import Recording, record_execution, render_page

Aslrun = Callable[..., tuple[int, str, str]]


@pytest.fixture
def aslrun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Aslrun:
    """Run `aslrun ARGS` in a folder with m.asl.json and its history h.json: status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Path("m.asl.json").write_text(json.dumps(ORDERS), encoding="utf-8")
    write_history(orders("", "Bad"), Path("h.json"))

    def aslrun(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["aslrun", *args])
        with pytest.raises(SystemExit) as exit:
            main()
        out, err = capfdbinary.readouterr()
        return int(exit.value.code or 0), out.decode("utf-8"), err.decode("utf-8")

    return aslrun


def story_in(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="story">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_page_is_written(aslrun: Aslrun) -> None:
    assert aslrun("view", "h.json", "--definition", "m.asl.json", "--output", "page.html") == (0, "", "")
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>m</title>" in page
    assert story_in(page)["status"] == "SUCCEEDED"


def test_stdin_pages_title_theme_and_stdout(aslrun: Aslrun, monkeypatch: pytest.MonkeyPatch) -> None:
    events = json.loads(Path("h.json").read_text(encoding="utf-8"))["events"]
    one, two = ({"events": part} for part in (events[:5], events[5:]))
    Path("one.json").write_text(json.dumps(one), encoding="utf-8")
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(two)))
    args = ["--definition", "m.asl.json", "--title", "Über <b>", "--theme", "dark"]
    status, page, err = aslrun("view", "one.json", "-", *args)
    assert (status, err) == (0, "")
    assert "<title>Über &lt;b&gt;</title>" in page
    assert '<meta name="color-scheme" content="dark">' in page
    assert "prefers-color-scheme" not in page
    assert len(story_in(page)["events"]) == len(events)


def test_the_page_needs_nothing_else(aslrun: Aslrun) -> None:
    _, page, _ = aslrun("view", "h.json", "--definition", "m.asl.json")
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    # The SVG's namespace is a name, and nothing that is fetched.
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["h.json"], "--definition"),
        (["nowhere.json", "--definition", "m.asl.json"], "there is no file nowhere.json"),
        (["m.asl.json", "--definition", "m.asl.json"], "m.asl.json is no history"),
        (["empty.json", "--definition", "m.asl.json"], "a history without events"),
        (["h.json", "--definition", "other.json"], "another state machine: there is no state 'Load'"),
        (["h.json", "--definition", "empty.json"], "there is nothing to draw"),
        (["h.json", "--definition", "m.asl.json", "--output", "no/such/page.html"], "cannot be written"),
    ],
)
def test_mistakes_are_one_message(aslrun: Aslrun, args: list[str], says: str) -> None:
    Path("empty.json").write_text('{"events": []}', encoding="utf-8")
    Path("other.json").write_text(json.dumps(machine(A={"Type": "Pass", "End": True})), encoding="utf-8")
    status, out, err = aslrun("view", *args)
    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_report_of_an_execution_that_fails(aslrun: Aslrun) -> None:
    failing = machine(A={"Type": "Pass", "Next": "F"}, F={"Type": "Fail", "Error": "E", "Cause": "</script>"})
    Path("f.asl.json").write_text(json.dumps(failing), encoding="utf-8")
    assert aslrun("execute", "f.asl.json", "--report", "r.html")[0] == 1
    page = Path("r.html").read_text(encoding="utf-8")
    story = story_in(page)
    assert (story["status"], story["texts"][story["cause"]]) == ("FAILED", "</script>")
    assert page.count("</script>") == 2


def test_a_report_has_the_functions_logs(aslrun: Aslrun) -> None:
    code = "def f(event, context):\n    print('hello from f')\n    return {**event, 'done': True}\n"
    Path("handlers.py").write_text(code, encoding="utf-8")
    given = json.dumps([{"number": 0}])
    args = ["--input", given, "--report", "r.html", "--history", "logged.json", "--quiet"]
    assert aslrun("execute", "m.asl.json", *args)[0] == 0
    assert "hello from f" in story_in(Path("r.html").read_text(encoding="utf-8"))["texts"]
    # The history keeps them, so that a page made of it later has them as well.
    _, page, _ = aslrun("view", "logged.json", "--definition", "m.asl.json")
    assert "hello from f" in story_in(page)["texts"]


def test_children_that_lie_beside_a_history_are_shown(aslrun: Aslrun) -> None:
    Path("d.asl.json").write_text(json.dumps(DISTRIBUTED), encoding="utf-8")
    execution = distributed()
    write_history(execution, Path("d.json"))
    _, page, _ = aslrun("view", "d.json", "--definition", "d.asl.json")
    assert story_in(page) == story_in(render_page(DISTRIBUTED, record_execution(execution), title="d"))
    # One of another execution, left by an earlier run, is not.
    old = [{**event, "timestamp": "2020-01-01T00:00:00+00:00"} for event in execution.children[1].history]
    Path("d.Each.2.json").write_text(json.dumps({"events": old}), encoding="utf-8")
    assert len(story_in(aslrun("view", "d.json", "--definition", "d.asl.json")[1])["iterations"]) == 1


def test_any_text_may_stand_in_the_page() -> None:
    definition = machine(**{"<!--<script>": {"Type": "Pass", "Comment": "\ud800 & \u2028", "End": True}})
    execution = run(definition, {"</script>": "\ud83d", "é": "]]>"})
    page = render_page(definition, Recording(execution.history), title="</title>\ud800")
    page.encode("utf-8")
    assert page.count("<script") == 2
    story = story_in(page)
    assert json.loads(story["texts"][story["input"]]) == {"</script>": "\ud83d", "é": "]]>"}
