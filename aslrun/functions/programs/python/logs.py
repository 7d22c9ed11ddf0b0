"""The log of a handler: its root logger, and the errors that it did not catch, in text or as JSON.

Documentation: "Log and monitor Python Lambda functions", "Advanced logging controls"; forms as the client
writes them.
"""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

TIME = "%Y-%m-%dT%H:%M:%S"
UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code."
    " However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For"
    " functions using managed runtimes, runtime updates can be triggered by a function change, or can"
    " be applied automatically. To determine if the runtime has been updated, check the runtime"
    " version in the INIT_START log entry. If this error correlates with a change in the runtime"
    " version, you may be able to mitigate this error by temporarily rolling back to the previous"
    " runtime version. For more information, see"
    " https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)
"""What is logged before an error of the init phase."""
NO_BREAK_SPACE = "\u00a0"
_OF_A_RECORD = {*vars(logging.makeLogRecord({})), "aws_request_id", "tenant_id", "message", "asctime"}
_json_text = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Log:
    """Where log lines go: `write` takes text that ends in a line break. `request_id` is the invocation's."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self.request_id = ""
        self.is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

    def log(self, msg: str, frame_type: bytes | None = None) -> None:
        """Write one entry."""
        self._write(msg if msg.endswith("\n") else f"{msg}\n")

    def log_error(self, error: Mapping[str, Any], to_json: Callable[[Any], str]) -> None:
        """Write an error that a handler did not catch."""
        if self.is_json:
            now = time.strftime(f"{TIME}Z", logging.Formatter.converter(time.time()))
            self.log(to_json({"timestamp": now, "level": "ERROR", **error}))
        else:
            self.log("\n".join(error_lines(error)))


def error_lines(error: Mapping[str, Any]) -> list[str]:
    """Return the lines of an error in text. What is indented is so by spaces that do not break."""
    told = ": ".join(text for text in (error["errorType"], error["errorMessage"]) if text)
    lines = [f"[ERROR] {told}" if told else "[ERROR]", "Traceback (most recent call last):"]
    for frame in error["stackTrace"]:
        for line in frame.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    return lines


class LambdaLoggerHandler(logging.Handler):
    """The handler that the root logger has on Lambda."""

    def __init__(self, log_sink: Log) -> None:
        super().__init__()
        self.log_sink = log_sink

    def emit(self, record: logging.LogRecord) -> None:
        self.log_sink.log(self.format(record))


class LambdaLoggerFilter(logging.Filter):
    """Tells each record whose it is."""

    def __init__(self, log_sink: Log) -> None:
        super().__init__()
        self._log = log_sink

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self._log.request_id
        record.tenant_id = None
        return True


class JsonFormatter(logging.Formatter):
    """A record as one JSON object in a line; what `extra` added comes last."""

    def __init__(self) -> None:
        super().__init__(datefmt=f"{TIME}Z")

    def format(self, record: logging.LogRecord) -> str:
        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        is_object = isinstance(record.msg, dict) and not record.args
        error, value, trace = record.exc_info or (None, None, None)
        told = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if is_object else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if record.exc_info else None,
            "errorType": None if error is None else error.__name__,
            "errorMessage": str(value) if record.exc_info else None,
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
        }
        more = {name: value for name, value in vars(record).items() if name not in _OF_A_RECORD | set(told)}
        return (
            _json_text({name: value for name, value in {**told, **more}.items() if value is not None}) + "\n"
        )


def set_up(log: Log) -> None:
    """Give the root logger Lambda's handler and, if AWS_LAMBDA_LOG_LEVEL names one, a level."""
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler(log)
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(JsonFormatter() if log.is_json else logging.Formatter(text, TIME))
    handler.addFilter(LambdaLoggerFilter(log))
    root = logging.getLogger()
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    level = "DEBUG" if level == "TRACE" else level.upper()
    if level in logging.getLevelNamesMapping():
        root.setLevel(level)
    root.addHandler(handler)
