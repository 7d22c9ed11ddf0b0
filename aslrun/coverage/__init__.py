"""Coverage of definitions: which states, transitions, rules, retriers, catchers and Map bodies were run.

    points      what a definition has to cover
    instrument  a compiled machine → one that counts what is exercised
    recording   all executions of a process, and where their definitions lie
    data        the counts, by definition: read, added up, written
    report      counts + definitions → what was missed; text, json_report and html show it

docs/coverage.md says what counts.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {
    "text": "aslrun.coverage.text",
    "json": "aslrun.coverage.json_report",
    "html": "aslrun.coverage.html.page",
}
"""Ways to write a report: the module, which has `render(report) -> str`."""
