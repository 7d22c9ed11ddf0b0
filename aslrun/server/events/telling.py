"""What is said of each thing that happens: a line for people, or an object for programs.

Objects have their kind as `event`, and further names as AWS has them; docs/server.md lists them.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from aslrun.functions.log import Show, show_on_stderr
from aslrun.functions.report import Invocation
from aslrun.functions.workers import Invoked
from aslrun.store import ExecutionRecord
from aslrun.timestamps import format_timestamp
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
            self.write(
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
            self.write({"event": "message", "message": text})
        else:
            self.show("aslrun", text)

    def line(self, function: str, line: str) -> None:
        """Show a line that a function has printed, or that is said of it; `aslrun` says something itself."""
        if not self.as_json or (function != "aslrun" and self.show is not show_on_stderr):
            self.show(function, line)
        elif function == "aslrun":
            self.say(line)
        else:
            self.write({"event": "log", "function": function, "message": line})

    def execution(self, record: ExecutionRecord) -> None:
        """Say that an execution has begun, or how it has ended."""
        told: dict[str, JSON] = {
            "event": "execution",
            "executionArn": record.arn,
            "stateMachineArn": record.machine,
            "status": record.status,
        }
        if record.stopped is not None:
            told["milliseconds"] = round((record.stopped - record.started) * 1000, 3)
        told |= {
            name: one for name, one in (("error", record.error), ("cause", record.cause)) if one is not None
        }
        self.write(told)

    def before(self, then: Invoked) -> Invoked:
        """Return what says that an invocation of a function has ended, and then tells `then` of it."""

        def invoked(invocation: Invocation, lines: list[str], running: int) -> None:
            told: dict[str, JSON] = {
                "event": "invoked",
                "function": invocation.function,
                "version": invocation.version,
                "requestId": invocation.request_id,
                "ended": invocation.error or "ok",
                "milliseconds": round(invocation.duration * 1000, 3),
            }
            if invocation.init is not None:
                told["initMilliseconds"] = round(invocation.init * 1000, 3)
            self.write(told)
            then(invocation, lines, running)

        return invoked

    def reloaded(self, ended: str, seconds: float = 0.0) -> None:
        """Say that files were saved: `ok` if they are used from now on, else what is wrong with them."""
        milliseconds = round(seconds * 1000, 3)
        if self.as_json:
            self.write({"event": "reloaded", "ended": ended, "milliseconds": milliseconds})
        else:
            self.show("aslrun", f"saved files: {ended}, {milliseconds:.0f} ms")

    def write(self, told: dict[str, JSON]) -> None:
        """Write an object to stderr, with the time at which that is."""
        if sys.stderr is not None:
            told["time"] = format_timestamp(time.time())
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
    for written, said in _KINDS.items():
        named = named.replace(written, said)
    return f"{words.get(service, f'{service} ')}{named}"


_KINDS = {"event-bus/": "bus ", "rule/": "rule ", "log-group:": "log "}
