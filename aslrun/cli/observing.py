"""What `aslrun execute` writes and tells of an execution besides its output: logs, cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslrun.execution import Execution
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


def tell_cost(execution: Execution) -> None:
    """Say on stderr what an execution would cost."""
    from aslrun.cli.output import say
    from aslrun.observe.cost.bill import cost_of
    from aslrun.observe.cost.text import cost_text
    from aslrun.observe.observed import observe

    say(cost_text(cost_of(observe(execution))))
