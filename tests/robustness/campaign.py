"""Mutated inputs over all commands: each ends with 0, 1 or 2, and with messages of ours.

    python tests/robustness/campaign.py --count 2000 [--seed N] [--only NUMBER] [--kind COMMAND]

The seed of the day is printed; `--seed` repeats its cases, `--only` one of them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import seeds
from mutations import mutated_bytes, mutated_value, nasty, text_of

from aslrun import cli

SLOW = 10.0
"""Seconds of processor time that a case may take."""
_PYTHONS_OWN = re.compile(
    r"Traceback \(most recent|object at 0x[0-9a-f]+|<(class|function|bound method|module) "
    r"|aslrun has broken down|NoneType|unhashable|unexpected keyword|not subscriptable|codec can't"
    r"|invalid literal for"
)
"""What no message says."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


@dataclass
class Case:
    """Arguments, the files they name, and what is on stdin."""

    args: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""


@dataclass(frozen=True)
class Found:
    """What went wrong in a case."""

    number: int
    case: Case
    what: str


class Given:
    """Makes cases: ordinary files, of which one or two are changed."""

    def __init__(self, histories: dict[str, bytes], coverage: bytes) -> None:
        self.histories = histories
        self.coverage = coverage

    def case(self, chance: Random, kind: str | None = None) -> Case:
        """Return a case of a kind, of any by default."""
        kinds: list[tuple[int, Callable[[Random], Case]]] = [
            (20, self.execute),
            (16, self.validate),
            (8, self.graph),
            (6, self.history),
            (6, self.diff),
            (8, self.replay),
            (5, self.view),
            (16, self.test_state),
            (6, self.event),
            (1, self.fuzz),
            (4, self.coverage_),
            (2, self.invoke),
        ]
        chosen = [one for one in kinds if kind in (None, one[1].__name__.strip("_"))]
        make = chance.choices([make for _, make in chosen], [weight for weight, _ in chosen])[0]
        return make(chance)

    def definition(self, chance: Random, change: bool = True) -> tuple[str, bytes]:
        name, value = chance.choice(
            [("m.asl.json", seeds.JSONPATH)] * 3
            + [("m.asl.json", seeds.JSONATA)] * 3
            + [("m.yaml", seeds.YAML), ("template.yaml", seeds.TEMPLATE)]
        )
        return name, self.data(value, chance, change)

    def data(self, value: Any, chance: Random, change: bool = True) -> bytes:
        """Return the bytes of a seed, changed as a value or as bytes."""
        if isinstance(value, str):
            value = value.encode()
        if isinstance(value, bytes):
            return mutated_bytes(value, chance) if change else value
        if not change:
            return text_of(value)
        if chance.random() < 0.2:
            return mutated_bytes(text_of(value), chance)
        return text_of(mutated_value(value, chance))

    def word(self, chance: Random) -> str:
        """Return a text as an argument can have it."""
        value = nasty(chance)
        text = value if isinstance(value, str) else text_of(value).decode("utf-8", "replace")
        return text.replace("\0", "").encode("utf-8", "ignore").decode()[:2_000]

    def execute(self, chance: Random) -> Case:
        which = chance.randrange(4)
        name, machine = self.definition(chance, which in (0, 3))
        is_jsonata = b"JSONata" in machine
        files = {name: machine}
        args = ["execute", name]
        given = self.data(seeds.INPUT, chance, which in (1, 3))
        if chance.random() < 0.3 and len(given) < 100_000:
            args += ["--input", given.decode("utf-8", "surrogateescape").replace("\0", "")]
        else:
            args += ["--input", "in.json"]
            files["in.json"] = given
        if chance.random() < 0.9:
            files["mocks.json"] = self.data(
                seeds.JSONATA_MOCKS if is_jsonata else seeds.MOCKS, chance, which == 2
            )
            args += ["--mock-config", "mocks.json"]
        for option, likely in (("--history", 0.3), ("--report", 0.08), ("--coverage", 0.1)):
            if chance.random() < likely:
                args += [option, chance.choice(("out.x", "out.x", "no/out", ".", name, self.word(chance)))]
        for option in ("--name", "--machine", "--seed", "--function", "--substitute", "--test-case"):
            if chance.random() < 0.05:
                args += [option, self.word(chance)]
        flags = [["--json"], ["--quiet"], ["--quota", "off"], ["--type", "EXPRESS"]]
        return Case([*args, *(word for flag in flags if chance.random() < 0.2 for word in flag)], files)

    def validate(self, chance: Random) -> Case:
        name, machine = self.definition(chance)
        format = chance.choice(("text", "text", "json", "sarif", "github"))
        if chance.random() < 0.2:
            return Case(["validate", "-", "--format", format], stdin=machine)
        return Case(["validate", name, "--format", format], {name: machine})

    def graph(self, chance: Random) -> Case:
        which = chance.randrange(3)
        name, machine = self.definition(chance, which != 1)
        args, files = (
            ["graph", name, "--format", chance.choice(("mermaid", "dot", "svg", "json"))],
            {name: machine},
        )
        if which:
            args += ["--history", "h.json"]
            files["h.json"] = self.data(self.recorded(chance), chance, which == 1)
        return Case(args, files)

    def recorded(self, chance: Random) -> Any:
        return json.loads(self.histories[chance.choice([*self.histories])])

    def history(self, chance: Random) -> Case:
        data = self.data(self.recorded(chance), chance)
        return (
            Case(["history", "-"], stdin=data)
            if chance.random() < 0.5
            else Case(["history", "h"], {"h": data})
        )

    def diff(self, chance: Random) -> Case:
        one = self.recorded(chance)
        return Case(["diff", "a", "b"], {"a": text_of(one), "b": self.data(one, chance)})

    def replay(self, chance: Random) -> Case:
        name = chance.choice([*self.histories])
        machine = self.data(
            seeds.JSONPATH if name == "path" else seeds.JSONATA, chance, chance.random() < 0.2
        )
        history = self.data(json.loads(self.histories[name]), chance)
        return Case(["replay", "h", "--definition", "m.asl.json"], {"h": history, "m.asl.json": machine})

    def view(self, chance: Random) -> Case:
        case = self.replay(chance)
        return Case(["view", *case.args[1:], "--title", self.word(chance)], case.files)

    def test_state(self, chance: Random) -> Case:
        request = chance.choice((seeds.REQUEST, seeds.MOCKED_REQUEST, seeds.MAP_REQUEST))
        data = self.data(request, chance)
        if chance.random() < 0.3 and len(data) < 100_000:
            return Case(["test-state", data.decode("utf-8", "surrogateescape").replace("\0", "")])
        return Case(["test-state", "request.json"], {"request.json": data})

    def event(self, chance: Random) -> Case:
        kind = chance.choice([*seeds.EVENTS])
        options = [*seeds.EVENTS[kind], "--time", "--account", "--region"]
        chosen = chance.sample(options, chance.randrange(1, 4))
        return Case(["event", kind, *(word for option in chosen for word in (option, self.word(chance)))])

    def fuzz(self, chance: Random) -> Case:
        name, machine = self.definition(chance, change=chance.random() < 0.5)
        args, files = ["fuzz", name, "--runs", "2"], {name: machine}
        if chance.random() < 0.7:
            args += ["--schema", "schema.json"]
            files["schema.json"] = self.data(seeds.SCHEMA, chance)
        return Case(args, files)

    def coverage_(self, chance: Random) -> Case:
        files = {
            "c.json": self.data(json.loads(self.coverage), chance),
            "m.asl.json": text_of(seeds.JSONPATH),
        }
        format = chance.choice(("text", "json", "html"))
        more = ["m.asl.json"] if chance.random() < 0.5 else []
        return Case(["coverage", "c.json", *more, "--format", format], files)

    def invoke(self, chance: Random) -> Case:
        return Case(["invoke", self.word(chance) or "f", "--event", self.word(chance), "--from", "."])


def first_files() -> Given:
    """Run the seeds once, for histories and coverage that are as they should be."""
    histories: dict[str, bytes] = {}
    machines = {"path": (seeds.JSONPATH, seeds.MOCKS), "ata": (seeds.JSONATA, seeds.JSONATA_MOCKS)}
    for name, (machine, mocks) in machines.items():
        options = ["--input", "in.json", "--mock-config", "mocks.json", "--history", "h", "--coverage", "c"]
        files = {"m.asl.json": machine, "in.json": seeds.INPUT, "mocks.json": mocks}
        case = Case(
            ["execute", "m.asl.json", *options], {file: text_of(value) for file, value in files.items()}
        )
        with _in_folder(case):
            _run(case)
            histories[name], coverage = Path("h").read_bytes(), Path("c").read_bytes()
    return Given(histories, coverage)


@contextlib.contextmanager
def _in_folder(case: Case) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path(".git").mkdir()
        for name, data in case.files.items():
            Path(name).write_bytes(data)
        yield


def _run(case: Case) -> tuple[int, str, str]:
    out, err, given = (io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (b"", b"", case.stdin))
    before = sys.stdout, sys.stderr, sys.stdin
    sys.stdout, sys.stderr, sys.stdin = out, err, given
    try:
        status = cli.run(case.args)
    finally:
        sys.stdout, sys.stderr, sys.stdin = before
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))
    return status, texts[0], texts[1]


def wrong_with(case: Case) -> str | None:
    """Run a case in a folder of its own; return what went wrong, None if nothing did."""
    began = time.process_time()
    try:
        with _in_folder(case):
            status, out, err = _run(case)
    except Exception:
        return traceback.format_exc()
    if status not in (0, 1, 2):
        return f"exit status {status}\n{err}"
    # What the AWS SDKs refuse is told in the words of botocore, which has the names of Python's types.
    if told := _PYTHONS_OWN.search(re.sub(r"type: <class .*", "", err)):
        return f"a message says {told[0]!r}:\n{err}"
    is_page = case.args[0] in ("graph", "view", "coverage")
    if not is_page and (control := _CONTROLS.search(err + out.replace("\t", ""))):
        return f"control character {control[0]!r}:\n{out}\n{err}"
    if (took := time.process_time() - began) > SLOW:
        return f"took {took:.1f} s"
    return None


def run_campaign(count: int, seed: int, only: int | None = None, kind: str | None = None) -> Iterator[Found]:
    """Run cases 0 to `count` of a seed, or `only` one, of a `kind` or of all; yield what went wrong."""
    given = first_files()
    for number in range(count) if only is None else (only,):
        case = given.case(Random(f"{seed}:{number}"), kind)
        if (what := wrong_with(case)) is not None:
            yield Found(number, case, what)


def seed_of_the_day() -> int:
    return int(datetime.now(UTC).strftime("%Y%m%d"))


def main(args: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tests/robustness/campaign.py")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=seed_of_the_day())
    parser.add_argument("--only", type=int)
    parser.add_argument("--kind", help="the name of a command")
    options = parser.parse_args(args)
    print(f"seed {options.seed}, {options.count} inputs")
    began, found = time.monotonic(), 0
    for one in run_campaign(options.count, options.seed, options.only, options.kind):
        found += 1
        which = f"--seed {options.seed} --only {one.number}"
        print(f"\n--- {which}: aslrun {one.case.args!r:.600}\n{one.what[-3000:]}", flush=True)
        if options.only is not None:
            print({name: data[:3000] for name, data in one.case.files.items()}, one.case.stdin[:3000])
    print(f"{found} wrong in {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    sys.exit(main())
