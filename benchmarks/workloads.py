"""What is measured: definitions, and beside each a hand-written program that does the same work.

The hand-written programs compute the same values and build the same history: a list of events as
GetExecutionHistory gives them, inputs and outputs as JSON text.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import aslrun

JSON = Any
Work = Callable[[], Any]


@dataclass(frozen=True)
class Workload:
    """`make` returns (our work, the hand-written program or None); `size` counts `unit`s of work."""

    name: str
    size: int
    unit: str
    make: Callable[[], Any]
    rounds: int = 5


# ---------------------------------------------------------------- by hand


class Events:
    """The history that a hand-written program keeps."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.now = f"{time.time()}"

    def add(self, type: str, details: str | None = None, **told: Any) -> None:
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "timestamp": self.now,
            "type": type,
            "id": number,
            "previousEventId": number - 1,
        }
        if details is not None:
            event[details] = told
        self.events.append(event)

    def enter(self, kind: str, name: str, value: JSON) -> None:
        text = json.dumps(value)
        self.add(f"{kind}StateEntered", "stateEnteredEventDetails", name=name, input=text)

    def leave(self, kind: str, name: str, value: JSON) -> None:
        text = json.dumps(value)
        self.add(f"{kind}StateExited", "stateExitedEventDetails", name=name, output=text)


@contextmanager
def recorded(input: JSON) -> Iterator[Events]:
    """Begin and end a hand-written program's history."""
    events = Events()
    events.add("ExecutionStarted", "executionStartedEventDetails", input=json.dumps(input))
    yield events
    events.add("ExecutionSucceeded", "executionSucceededEventDetails")


def ours(definition: JSON, input: JSON = None, alone: bool = False, **options: Any) -> Work:
    """Return the work of running a definition and making its history, or of running it alone."""
    machine = aslrun.load(definition)
    _ = machine.compiled

    def run() -> Any:
        execution = machine.execute(input, quota=False, **options)
        assert execution.status == "SUCCEEDED", execution.cause
        return None if alone else execution.history

    return run


def history_writer() -> Callable[[Any, Path], None]:
    """Return what writes histories, wherever it lies in the build that is measured."""
    for home in ("aslrun.cli.output", "aslrun.cli.files", "aslrun.cli.execute"):
        with suppress(ImportError):
            if (found := getattr(import_module(home), "write_history", None)) is not None:
                return found  # type: ignore[no-any-return]
    raise AssertionError("nothing writes histories")


def writing(steps: int) -> tuple[Work, None]:
    """Return the work of making the events of an execution and writing them as `--history` does."""
    file = Path(tempfile.mkdtemp(), "history.json")
    write_history = history_writer()
    ended = aslrun.load(counting(steps)).execute({"count": 0}, quota=False)

    def write() -> Any:
        vars(ended).pop("_ended_history", None)
        write_history(ended, file)
        return None

    return write, None


# ---------------------------------------------------------------- loops


def counting(steps: int) -> JSON:
    return {
        "StartAt": "Add",
        "States": {
            "Add": {"Type": "Pass", "Parameters": {"count.$": "States.MathAdd($.count, 1)"}, "Next": "More"},
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.count", "NumericLessThan": steps, "Next": "Add"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def counting_in_jsonata(steps: int) -> JSON:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Start",
        "States": {
            "Start": {"Type": "Pass", "Assign": {"count": 0}, "Next": "Add"},
            "Add": {"Type": "Pass", "Assign": {"count": "{% $count + 1 %}"}, "Next": "More"},
            "More": {
                "Type": "Choice",
                "Choices": [{"Condition": f"{{% $count < {steps} %}}", "Next": "Add"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def count_by_hand(steps: int) -> Any:
    value = {"count": 0}
    with recorded(value) as events:
        while True:
            events.enter("Pass", "Add", value)
            value = {"count": value["count"] + 1}
            events.leave("Pass", "Add", value)
            events.enter("Choice", "More", value)
            more = isinstance(value["count"], int) and value["count"] < steps
            events.leave("Choice", "More", value)
            if not more:
                break
    return events.events


def loop_alone(steps: int) -> tuple[Work, None]:
    return ours(counting(steps), {"count": 0}, alone=True), None


def loop(steps: int) -> tuple[Work, Work]:
    return ours(counting(steps), {"count": 0}), lambda: count_by_hand(steps)


def loop_in_jsonata(steps: int) -> tuple[Work, Work]:
    return ours(counting_in_jsonata(steps), {"count": 0}), lambda: count_by_hand(steps)


# ---------------------------------------------------------------- chains


def chain(states: int) -> tuple[Work, Work]:
    fields = {
        "Type": "Pass",
        "Parameters": {"n.$": "$.n", "text": "a"},
        "ResultPath": "$.made",
        "OutputPath": "$",
    }
    names = [f"S{number}" for number in range(states)]
    definition = {
        "StartAt": "S0",
        "States": {
            name: {**fields, **({"Next": following} if following else {"End": True})}
            for name, following in zip(names, [*names[1:], None], strict=True)
        },
    }
    input = {"n": 1, "other": [1, 2, 3]}

    def by_hand() -> Any:
        value: JSON = input
        with recorded(value) as events:
            for name in names:
                events.enter("Pass", name, value)
                value = {**value, "made": {"n": value["n"], "text": "a"}}
                events.leave("Pass", name, value)
        return events.events

    return ours(definition, input), by_hand


def heavy(states: int, changing: bool = False) -> tuple[Work, Work | None]:
    """200 KB that states pass on as they are, or, `changing`, with a small result in it."""
    names = [f"S{number}" for number in range(states)]
    result = {"Result": {"n": 1}, "ResultPath": "$.made"} if changing else {}
    definition = {
        "StartAt": "S0",
        "States": {
            name: {"Type": "Pass", **result, **({"Next": following} if following else {"End": True})}
            for name, following in zip(names, [*names[1:], None], strict=True)
        },
    }
    input = {"rows": [{"id": number, "name": "x" * 80} for number in range(1_900)]}

    def by_hand() -> Any:
        with recorded(input) as events:
            for name in names:
                events.enter("Pass", name, input)
                events.leave("Pass", name, input)
        return events.events

    return ours(definition, input), None if changing else by_hand


# ---------------------------------------------------------------- Map and Parallel


def each(items: int, at_once: int, alone: bool = False) -> tuple[Work, Work]:
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "MaxConcurrency": at_once,
                "ItemProcessor": {
                    "StartAt": "One",
                    "States": {"One": {"Type": "Pass", "Parameters": {"n.$": "$"}, "End": True}},
                },
                "End": True,
            }
        },
    }
    input = [*range(items)]

    def by_hand() -> Any:
        with recorded(input) as events:
            events.enter("Map", "Each", input)
            events.add("MapStateStarted", "mapStateStartedEventDetails", length=items)
            outputs = []
            for index, item in enumerate(input):
                events.add("MapIterationStarted", "mapIterationStartedEventDetails", name="Each", index=index)
                events.enter("Pass", "One", item)
                output = {"n": item}
                events.leave("Pass", "One", output)
                outputs.append(output)
                told = {"name": "Each", "index": index}
                events.add("MapIterationSucceeded", "mapIterationSucceededEventDetails", **told)
            events.add("MapStateSucceeded")
            events.leave("Map", "Each", outputs)
        return events.events

    return ours(definition, input, alone), by_hand


def parallel(branches: int, states: int, alone: bool = False) -> tuple[Work, Work]:
    def branch(number: int) -> JSON:
        names = [f"B{number}S{state}" for state in range(states)]
        return {
            "StartAt": names[0],
            "States": {
                name: {"Type": "Pass", **({"Next": following} if following else {"End": True})}
                for name, following in zip(names, [*names[1:], None], strict=True)
            },
        }

    all_branches = [branch(number) for number in range(branches)]
    definition = {
        "StartAt": "P",
        "States": {"P": {"Type": "Parallel", "Branches": all_branches, "End": True}},
    }

    def by_hand() -> Any:
        value = {"a": 1}
        with recorded(value) as events:
            events.enter("Parallel", "P", value)
            events.add("ParallelStateStarted")
            for one in all_branches:
                for name in one["States"]:
                    events.enter("Pass", name, value)
                    events.leave("Pass", name, value)
            events.add("ParallelStateSucceeded")
            events.leave("Parallel", "P", [value] * branches)
        return events.events

    return ours(definition, {"a": 1}, alone), by_hand


# ---------------------------------------------------------------- Tasks

ARN = "arn:aws:lambda:us-east-1:123456789012:function:increment"


def tasks(calls: int, retry: JSON = None) -> JSON:
    task = {"Type": "Task", "Resource": ARN, "Next": "More"} | ({"Retry": retry} if retry else {})
    return {
        "StartAt": "Call",
        "States": {
            "Call": task,
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.count", "NumericLessThan": calls, "Next": "Call"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def increment(event: Any) -> Any:
    return {"count": event["count"] + 1}


def calling(calls: int) -> tuple[Work, Work]:
    def by_hand() -> Any:
        value = {"count": 0}
        with recorded(value) as events:
            while value["count"] < calls:
                events.enter("Task", "Call", value)
                scheduled = {"resource": ARN, "region": "us-east-1", "input": json.dumps(value)}
                events.add("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", **scheduled)
                events.add("LambdaFunctionStarted")
                text = json.dumps(increment(json.loads(json.dumps(value))))
                value = json.loads(text)
                events.add("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", output=text)
                events.leave("Task", "Call", value)
                events.enter("Choice", "More", value)
                events.leave("Choice", "More", value)
        return events.events

    return ours(tasks(calls), {"count": 0}, functions={"increment": increment}), by_hand


def calling_a_worker(calls: int) -> tuple[Work, None]:
    folder = tempfile.mkdtemp()
    file = Path(folder, "handlers.py")
    file.write_text(
        "def increment(event, context):\n    return {'count': event['count'] + 1}\n", encoding="utf-8"
    )
    named = [f"increment={file}:increment"]
    return ours(tasks(calls), {"count": 0}, function_files=named), None


class Given:
    """Mocked Tasks: `answer` of (number of the call) → the result, or an error to raise."""

    def __init__(self, answer: Callable[[int], Any]) -> None:
        self.answer = answer

    def mocks(self) -> Any:
        from aslrun.integrations.mocks import Mocks

        def respond(number: int, arguments: Any) -> Any:
            outcome = self.answer(number)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return Mocks({"Call": respond}, {"Call": lambda number: 0})


def mocked(definition: JSON, answer: Callable[[int], Any]) -> tuple[Work, None]:
    """Tasks that a mock answers, run alone."""
    machine = aslrun.load(definition)
    _ = machine.compiled
    given = Given(answer)

    def run() -> Any:
        execution = machine.execute({"count": 0}, quota=False, mocks=given.mocks(), seed=0)
        assert execution.status == "SUCCEEDED", execution.cause
        return None

    return run, None


def count_on(number: int) -> Any:
    return {"count": number + 1}


def retrying_a_mock(retries: int) -> tuple[Work, None]:
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "MaxDelaySeconds": 60}
    call = {"Type": "Task", "Resource": ARN, "Retry": [retry], "End": True}
    busy = aslrun.StateError("Busy", "try again")
    machine = {"StartAt": "Call", "States": {"Call": call}}
    return mocked(machine, lambda number: busy if (number + 1) % (retries + 1) else {})


def retrying(retries: int) -> tuple[Work, None]:
    task = {
        "Type": "Task",
        "Resource": ARN,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": retries, "MaxDelaySeconds": 60}],
        "End": True,
    }
    tried = [0]

    def fail(event: Any) -> Any:
        tried[0] += 1
        if tried[0] % (retries + 1):
            raise ValueError("again")
        return event

    return ours({"StartAt": "T", "States": {"T": task}}, {}, functions={"increment": fail}), None


# ---------------------------------------------------------------- validation and processes


def validating(states: int) -> tuple[Work, None]:
    names = [f"S{number}" for number in range(states)]
    definition = {
        "StartAt": "S0",
        "States": {
            name: {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "f", "Payload.$": "$"},
                "Retry": [{"ErrorEquals": ["States.ALL"]}],
                **({"Next": following} if following else {"End": True}),
            }
            for name, following in zip(names, [*names[1:], None], strict=True)
        },
    }
    text = json.dumps(definition, indent=2)

    def validate() -> Any:
        from aslrun.document import parse_document
        from aslrun.validation import validate_document

        diagnostics = validate_document(parse_document(text, "machine.asl.json"))
        assert not [one for one in diagnostics if one.severity == "error"], diagnostics[0]
        return None

    return validate, None


def validating_files(count: int) -> tuple[Work, None]:
    """Validate files in one process: the example workflows, each time with other paths."""
    folder = Path(tempfile.mkdtemp())
    examples = sorted(Path(__file__).parents[1].glob("workflows/**/*.asl.json"))
    texts = [text for path in examples if "JSONata" not in (text := path.read_text(encoding="utf-8"))]
    for number in range(count):
        text = re.sub(r"(\"\$\.)([a-z])", rf"\1of{number}\2", texts[number % len(texts)])
        (folder / f"{number}.asl.json").write_text(text, encoding="utf-8")
    files = [str(path) for path in folder.iterdir()]

    def validate() -> Any:
        for file in files:
            aslrun.validate(file)

    return validate, None


def report(steps: int) -> tuple[Work, None]:
    """Make the page of an execution with many events."""
    from aslrun.page import record_execution, render_page

    definition = counting(steps)
    ended = aslrun.load(definition).execute({"count": 0}, quota=False)

    def render() -> Any:
        vars(ended).pop("_ended_history", None)
        assert render_page(definition, record_execution(ended), title="loop")

    return render, None


def three_workers() -> tuple[Work, None]:
    """Run a machine of three functions, in one new worker process each."""
    folder = Path(tempfile.mkdtemp())
    (folder / "handlers.py").write_text("def same(event, context):\n    return event\n", encoding="utf-8")
    arn = ARN.removesuffix("increment")
    states: dict[str, JSON] = {
        name: {
            "Type": "Task",
            "Resource": arn + name.lower(),
            **({"Next": after} if after else {"End": True}),
        }
        for name, after in (("A", "B"), ("B", "C"), ("C", None))
    }
    files = [f"{name.lower()}={folder}/handlers.py:same" for name in states]
    return ours({"StartAt": "A", "States": states}, {}, function_files=files), None


def drawing(states: int) -> tuple[Work, None]:
    """Lay out and draw as SVG a chain of Tasks with a loop or a short cut now and then, and one catcher."""
    from aslrun.graph import build_graph, render

    names = [f"State{number}" for number in range(states)]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]
    machine: dict[str, JSON] = {"Failed": {"Type": "Fail"}}
    for number, name in enumerate(names):
        fields: dict[str, JSON] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Catch": catch,
        }
        if number % 9 == 4:
            other = names[min(number + 4, states - 1) if number % 2 else max(number - 3, 0)]
            fields = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": other}]}
            fields["Default"] = names[min(number + 1, states - 1)]
        elif number + 1 < states:
            fields["Next"] = names[number + 1]
        machine[name] = fields
    definition: JSON = {"StartAt": names[0], "States": machine}
    return lambda: render(build_graph(definition), "svg"), None


def process(*args: str, compiled: bool = True) -> tuple[Work, Work]:
    """The time of a whole process, beside that of an interpreter that does nothing.

    `compiled` keeps bytecode, as pip does when it installs a wheel; else each process compiles the sources.
    """
    folder = Path(tempfile.mkdtemp())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if compiled:
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    else:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    three = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Parameters": {"x.$": "$.x"}, "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "C"}]},
            "C": {"Type": "Succeed"},
        },
    }
    (folder / "machine.asl.json").write_text(json.dumps(three, indent=2), encoding="utf-8")

    def run(command: list[str]) -> Work:
        return lambda: subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

    return run([sys.executable, "-m", "aslrun", *args]), run([sys.executable, "-c", "pass"])


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("loop 20,000, run alone", 40_000, "transition", partial(loop_alone, 20_000)),
        Workload("history of 80,000 written", 80_000, "event", lambda: writing(20_000)),
        *(Workload(f"loop {n:,}", 2 * n, "transition", partial(loop, n)) for n in (1_000, 5_000, 20_000)),
        *(
            Workload(f"loop in JSONata {n:,}", 2 * n, "transition", partial(loop_in_jsonata, n))
            for n in (1_000, 5_000, 20_000)
        ),
        Workload("chain of 200 Pass", 200, "transition", lambda: chain(200), 9),
        Workload("200 KB through 100 Pass", 100, "transition", lambda: heavy(100)),
        Workload("200 KB and a result through 100 Pass", 100, "transition", lambda: heavy(100, True)),
        *(
            Workload(f"Map of {n:,}, {limit} at once", n, "item", partial(each, n, limit), rounds)
            for limit in (0, 1)
            for n, rounds in ((1_000, 7), (10_000, 5), (100_000, 3))
        ),
        *(
            Workload(f"Map of {n:,}, run alone", n, "item", partial(each, n, 0, True), 5)
            for n in (10_000, 100_000)
        ),
        Workload("Parallel 50 x 20", 1_000, "transition", lambda: parallel(50, 20)),
        Workload("Parallel 50 x 20, run alone", 1_000, "transition", lambda: parallel(50, 20, True), 9),
        Workload("2,000 mocked Tasks", 2_000, "task", lambda: mocked(tasks(2_000), count_on)),
        Workload("1,000 retries of a mock", 1_000, "retry", lambda: retrying_a_mock(1_000)),
        Workload("Tasks on a callable", 2_000, "task", lambda: calling(2_000)),
        Workload("Tasks on a Python worker", 2_000, "task", lambda: calling_a_worker(2_000)),
        Workload("1,000 retries", 1_000, "retry", lambda: retrying(1_000)),
        *(
            Workload(f"validation of {n:,} states", n, "state", partial(validating, n))
            for n in (1, 100, 1_000)
        ),
        Workload("validation of 170 files", 170, "file", lambda: validating_files(170)),
        Workload("page of 10,000 events", 10_000, "event", lambda: report(2_500)),
        Workload("three functions, new workers", 3, "worker", three_workers),
        *(Workload(f"drawing of {n} states", n, "state", partial(drawing, n)) for n in (12, 80, 500)),
        *(
            Workload(f"aslrun {args[0]}{how}", 1, "process", partial(process, *args, compiled=not how), 9)
            for args in (
                ("--version",),
                ("validate", "machine.asl.json"),
                ("execute", "machine.asl.json", "--input", '{"x": 1}'),
            )
            for how in ("", " (sources)")
        ),
    )
}
"""All workloads by name, in the order of the table."""
