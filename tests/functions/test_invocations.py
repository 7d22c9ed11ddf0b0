"""What is reported of invocations: in Python, and in the file that `--history` writes."""

from __future__ import annotations

import json
from pathlib import Path

from aslrun import Execution, load
from aslrun.cli.output import write_history
from aslrun.cli.recorded import read_observed
from aslrun.observe.observed import observe
from aslrun.values import JSON

HANDLER = "def handler(event, context):\n    return event['paid']\n"
MACHINE = {
    "StartAt": "Pay",
    "States": {
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
            "End": True,
        }
    },
}


def execute(folder: Path, input: JSON) -> Execution:
    (folder / "handlers").mkdir()
    (folder / "handlers" / "pay.py").write_text(HANDLER)
    (folder / "pay.asl.json").write_text(json.dumps(MACHINE))
    return load(folder / "pay.asl.json").execute(input)


def test_each_attempt_has_what_is_reported_of_its_invocation(tmp_path: Path) -> None:
    execution = execute(tmp_path, {})
    (first,), (second,) = execution.invocations.values()
    assert [(one.function, one.error) for one in (first, second)] == [("pay", "KeyError")] * 2
    assert first.init is not None
    assert second.init is None, "the worker is warm"
    assert first.memory_size == 128
    assert first.billed_ms >= (first.duration + first.init) * 1000


def test_a_history_in_a_file_is_read_back_as_the_execution_was(tmp_path: Path) -> None:
    execution = execute(tmp_path, {"paid": True})
    write_history(execution, tmp_path / "run.json")
    (read,) = read_observed([str(tmp_path / "run.json")])
    seen = observe(execution)
    assert read.arn == seen.arn == execution.id
    assert read.machine_name == "pay"
    assert read.status == "SUCCEEDED"
    assert read.invocations == seen.invocations
    assert list(read.events) == list(seen.events)
