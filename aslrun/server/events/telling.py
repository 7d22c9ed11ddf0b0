"""What is said of each thing that happens: a line for people, or an object for programs."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass

from aslrun.functions.log import Show
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that was delivered: from where, to whom, how it ended (`ok`, or what went wrong), how many
    seconds it took, and how often it was tried before."""

    source: str
    target: str
    ended: str
    seconds: float
    attempt: int = 1
    count: int = 1

    def line(self) -> str:
        """Return it for people."""
        many = f" ({self.count} records)" if self.count > 1 else ""
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.source} → {self.target}{many}: {self.ended}, {self.seconds * 1000:.0f} ms{again}"


class Telling:
    """Says what happens: by `show`, or with `as_json` as objects on stderr."""

    def __init__(self, show: Show, *, as_json: bool = False) -> None:
        self.show = show
        self.as_json = as_json

    def happened(self, one: Happening) -> None:
        """Say that something was delivered, or could not be."""
        if self.as_json:
            self._write(
                {
                    "event": "delivered",
                    "source": one.source,
                    "target": one.target,
                    "ended": one.ended,
                    "milliseconds": round(one.seconds * 1000, 3),
                    "attempt": one.attempt,
                    "records": one.count,
                }
            )
        else:
            self.show("aslrun", one.line())

    def say(self, text: str) -> None:
        """Say something else."""
        if self.as_json:
            self._write({"event": "message", "message": text})
        else:
            self.show("aslrun", text)

    def _write(self, told: dict[str, JSON]) -> None:
        if sys.stderr is not None:
            with suppress(OSError):
                sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")


def short(arn: str) -> str:
    """Return what people call what an ARN names: `function Pay`, `queue orders`."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return arn
    service, rest = parts[2], parts[5]
    words = {
        "lambda": "",
        "states": "",
        "sqs": "queue ",
        "sns": "topic ",
        "s3": "bucket ",
        "events": "",
        "logs": "",
    }
    named = rest.replace("function:", "function ", 1).replace("stateMachine:", "machine ")
    named = named.replace("event-bus/", "bus ").replace("rule/", "rule ").replace("log-group:", "log ")
    return f"{words.get(service, f'{service} ')}{named}"
