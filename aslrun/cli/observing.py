"""What `aslrun execute` writes and tells of an execution besides its output: logs, cost, traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslrun.execution import Execution
    from aslrun.functions.daemon import Daemon
    from aslrun.machine import StateMachine


def add_logs(execution: Execution, machine: StateMachine, folder: str) -> None:
    """Add what an execution wrote to logs to the files in a folder, one for each log group; the entries of
    the state machine as its template configures them, else all."""
    from aslrun.observe.logs.collected import ALL_EVENTS, configuration_of, log_events, write_logs
    from aslrun.observe.observed import observe

    configuration = configuration_of(machine) or ALL_EVENTS
    write_logs(log_events(observe(execution), configuration), Path(folder))
    for started in execution.started:
        write_logs(log_events(observe(started)), Path(folder))


def check_trace(path: str, sources: list[str]) -> None:
    """Raise UsageError for a file that a trace cannot be written to."""
    from aslrun.cli.output import check_target

    check_target(path, "what --trace names", sources)


def is_sent() -> bool:
    """Tell whether the environment says where traces are sent."""
    from aslrun.observe.traces.environment import endpoint

    return endpoint() is not None


def new_daemon() -> Daemon:
    """Return what takes the subsegments that functions send to X-Ray."""
    from aslrun.functions.daemon import Daemon

    return Daemon()


def write_trace(execution: Execution, path: str | None, daemon: Daemon | None) -> None:
    """Write an execution's trace to a file, if one is named, with the subsegments that functions have sent,
    and send it to where the environment says."""
    from aslrun.cli.output import say, write_file
    from aslrun.errors import UsageError
    from aslrun.observe.observed import observe
    from aslrun.observe.traces.otlp import export_spans, otlp_json
    from aslrun.observe.traces.spans import trace_spans
    from aslrun.observe.traces.xray import segment_documents

    traces = [trace_spans(observe(one)) for one in (execution, *execution.started)]
    if path is not None:
        if path.endswith((".otlp", ".otlp.json")):
            text = otlp_json(span for trace in traces for span in trace)
        else:
            documents = [one for trace in traces for one in segment_documents(trace)]
            documents += daemon.documents if daemon is not None else []
            lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in documents)
            text = f"[\n{lines}\n]"
        write_file(path, "the trace", [text, "\n"])
    if is_sent():
        try:
            export_spans(span for trace in traces for span in trace)
        except UsageError as wrong:  # the run was as it was
            say(f"aslrun: {wrong}")


def tell_cost(execution: Execution) -> None:
    """Say on stderr what an execution would cost."""
    from aslrun.cli.output import say
    from aslrun.observe.cost.bill import cost_of
    from aslrun.observe.cost.text import cost_text
    from aslrun.observe.observed import observe

    say(cost_text(cost_of(observe(execution))))
