"""How validation grows with the number of states: `python benchmarks/validation.py`.

Each machine is a chain of Tasks, Passes, Choices and Waits; the time per state should stay what it is. The
last line is a definition of 10 MB, ten times what the service takes.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from aslrun.document import parse_document
from aslrun.validation import validate_document

SIZES = (250, 500, 1000, 2000, 4000)
LARGE = 10_000_000


def jsonpath_state(number: int, size: int) -> dict[str, Any]:
    kind = ("Task", "Pass", "Choice", "Wait")[number % 4]
    following = f"S{(number + 1) % size}"
    if kind == "Choice":
        jump = {"Variable": f"$.x{number}", "NumericEquals": 1, "Next": f"S{number * 7 % size}"}
        return {"Type": kind, "Choices": [jump], "Default": following}
    fields: dict[str, dict[str, Any]] = {
        "Task": {
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload": {"n.$": f"States.MathAdd($.n, {number})"}},
            "ResultPath": f"$.r{number}",
            "Assign": {f"v{number}": 1},
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
        },
        "Pass": {"Parameters": {f"k{number % 7}": number, "b.$": "$.a"}, "ResultPath": f"$.p{number % 50}"},
        "Wait": {"Seconds": 1},
    }
    return {"Type": kind, **fields[kind], "Next": following}


def jsonata_state(number: int, size: int) -> dict[str, Any]:
    output = {
        "a": f"{{% $states.input.a{number} + $x %}}",
        "b": f"{{% $map($states.input.items, function($item) {{ $item.price * {number} }}) %}}",
    }
    return {"Type": "Pass", "Output": output, "Assign": {"x": 1}, "Next": f"S{(number + 1) % size}"}


def machine(language: str, size: int) -> str:
    state = jsonata_state if language == "JSONata" else jsonpath_state
    states = {f"S{number}": state(number, size) for number in range(size - 1)}
    states[f"S{size - 1}"] = {"Type": "Succeed"}
    return json.dumps({"QueryLanguage": language, "StartAt": "S0", "States": states}, indent=1)


def measure(text: str) -> tuple[float, float]:
    """Return the seconds that reading and validating take."""
    began = perf_counter()
    document = parse_document(text)
    read = perf_counter()
    validate_document(document)
    return read - began, perf_counter() - read


def main() -> None:
    for language in ("JSONPath", "JSONata"):
        for size in SIZES:
            reading, validating = measure(machine(language, size))
            each = validating / size * 1e6
            print(
                f"{language:8} {size:5} states: read in {reading:.2f} s, validated in {validating:.2f} s,",
                end="",
            )
            print(f" {each:4.0f} µs a state")
    result = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": ["x" * 96] * (LARGE // 100)}}}
    reading, validating = measure(json.dumps(result))
    print(f"10 MB in one state: read {reading:.1f} s, validated {validating:.1f} s")


if __name__ == "__main__":
    main()
