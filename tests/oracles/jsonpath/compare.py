"""Compares our evaluation of JSONPath with JsonPath 2.0.0 itself: see README.md.

Exits with 1 where fewer than 98.5 % of the paths are alike.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from generate import cases

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionError, NoElement, NoMatch
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.expressions.jsonpath.reading import parse_path

JARS = Path("/usr/share/java")
LIBRARIES = [
    "json-path-2.0.0", "jackson-core", "jackson-databind", "jackson-annotations", "slf4j-api", "slf4j-nop",
    "json-smart", "accessors-smart", "asm",
]  # fmt: skip
LEAST = 0.985


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    asked = list(cases(options.seed, options.count))
    kinds: Counter[str] = Counter()
    unlike: defaultdict[str, list[str]] = defaultdict(list)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for (path, data), theirs in zip(asked, answers_of_2_0_0(asked), strict=True):
        ours = answer(path, data)
        (kind,) = theirs
        kinds[kind] += 1
        shown = f"{path}\n    ours   {exactly(ours)}\n    theirs {exactly(theirs)}"
        if kind not in ours or (kind == "value" and exactly(ours) != exactly(theirs)):
            unlike[reason(path, ours, theirs)].append(shown)
        elif kind == "fails" and ours != theirs:
            texts[theirs["fails"].split()[0]].append(shown)
    alike = options.count - sum(map(len, unlike.values()))
    print(f"{alike} of {options.count} alike ({alike / options.count:.2%}), seed {options.seed}")
    print(f"Answers of 2.0.0: {', '.join(f'{kind} {kinds[kind]}' for kind in sorted(kinds))}")
    for title, groups in (("Unlike", unlike), ("Alike but for the text", texts)):
        for name, examples in sorted(groups.items(), key=lambda item: -len(item[1])):
            print(f"{title}: {name}: {len(examples)}\n  {examples[0]}")
    return 0 if alike >= LEAST * options.count else 1


def answers_of_2_0_0(asked: list[tuple[str, Any]]) -> list[Any]:
    lines = "".join(json.dumps({"path": path, "data": data}) + "\n" for path, data in asked)
    jars = ":".join(str(JARS / f"{name}.jar") for name in LIBRARIES)
    command = ["java", "-cp", jars, str(Path(__file__).with_name("Oracle.java"))]
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def answer(path: str, data: Any) -> dict[str, Any]:
    """Evaluate a path as a state does, and say what came of it in the oracle's words."""
    try:
        select = compile_path(path)
    except ExpressionError as wrong:
        return {"refused": wrong.message}
    try:
        return {"value": select(data, None)}  # type: ignore[arg-type]
    except NoElement:
        return {"value": None}
    except NoMatch as nothing:
        return {"fails": str(nothing)}
    except FatalStateError as refused:
        return {"refused": str(refused)}


def exactly(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def reason(path: str, ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Group a difference: by what we remark of the path, or by the kinds of both answers."""
    try:
        remarks = parse_path(path).remarks
    except ExpressionError as wrong:
        return f"our grammar refuses: {wrong.message}"
    said = remarks[0].message.split(":")[0] if remarks else "nothing remarked"
    return f"{next(iter(ours))} / {next(iter(theirs))}, {said}"


if __name__ == "__main__":
    sys.exit(main())
