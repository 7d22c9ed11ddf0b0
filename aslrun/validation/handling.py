"""Retry and Catch beyond what a schema says. Spec: Errors; documentation: "Handling errors"."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.machines import Definition, Fields, StateNode, objects_in
from aslrun.validation.placeholders import has_placeholder
from aslrun.values import JSON, is_number

ERROR_NAMES = (
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
)


def check_handling(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the retriers and catchers of each state."""
    errors = [state.fields.get("Error") for state in definition.states if state.type == "Fail"]
    raised = {error for error in errors if isinstance(error, str)}
    for state in definition.states:
        for field in ("Retry", "Catch"):
            if field not in state.fields:
                continue
            entries = [(at, error_names(entry)) for at, entry in objects_in(state, field)]
            yield from check_catch_all(state, field, entries)
            yield from check_shadowed(entries)
            for at, names in entries:
                yield from check_error_names(at, names, raised)
            for at, retrier in objects_in(state, "Retry") if field == "Retry" else ():
                yield from check_delays(at, retrier)


def error_names(entry: Fields) -> list[JSON]:
    """The ErrorEquals of a retrier or catcher."""
    names = entry.get("ErrorEquals")
    return names if isinstance(names, list) else []


def check_catch_all(
    state: StateNode, field: str, entries: list[tuple[Pointer, list[JSON]]]
) -> Iterator[Finding]:
    """Yield States.ALL beside other names or before other entries: it must stand alone and last."""
    last = entries[-1][0] if entries else ()
    for at, names in entries:
        if "States.ALL" not in names:
            continue
        place = (*at, "ErrorEquals", names.index("States.ALL"))
        if len(names) > 1:
            yield schema_error("States.ALL must be the only name in its ErrorEquals", place)
        if at != last:
            yield schema_error(f"States.ALL must be in the last entry of {field}", place)


def check_shadowed(entries: list[tuple[Pointer, list[JSON]]]) -> Iterator[Finding]:
    """Yield entries none of whose errors is left to them: the first entry with an error's name decides."""
    taken: set[str] = set()
    for at, names in entries:
        texts = {name for name in names if isinstance(name, str)}
        if texts and texts <= taken:
            message = f"Earlier entries have all of these errors: {', '.join(sorted(texts))}"
            place = (*at, "ErrorEquals")
            yield Finding("SHADOWED_ENTRY", message, place, "delete this entry, or join the two", "warning")
        taken |= texts


def check_delays(at: Pointer, retrier: Fields) -> Iterator[Finding]:
    """Yield a longest delay that is shorter than the first one."""
    longest, first = retrier.get("MaxDelaySeconds"), retrier.get("IntervalSeconds", 1)
    if is_number(longest) and is_number(first) and longest < first:  # type: ignore[operator]
        message = f"MaxDelaySeconds is less than IntervalSeconds, so each delay is {longest} s"
        yield Finding("MAX_DELAY_TOO_SHORT", message, (*at, "MaxDelaySeconds"), severity="warning")


def check_error_names(at: Pointer, names: list[JSON], raised: Collection[str]) -> Iterator[Finding]:
    """Yield names that begin as the service's own do, but are none of them, nor `raised` by a Fail state."""
    for index, name in enumerate(names):
        if name == "States.Runtime":
            message = "States.Runtime is handled by no Retry and no Catch"
            place = (*at, "ErrorEquals", index)
            yield Finding("UNCATCHABLE_ERROR", message, place, "delete it", "warning")
        if isinstance(name, str) and name.startswith("States.") and not is_known(name, raised):
            yield Finding(
                "UNKNOWN_ERROR_NAME",
                f"There is no error '{name}': names that begin with 'States.' are the service's own",
                (*at, "ErrorEquals", index),
                severity="warning",
                written=name,
                known=ERROR_NAMES,
            )


def is_known(name: str, raised: Collection[str]) -> bool:
    """Tell whether an error is one of the service's, or of the machine's own Fail states."""
    return name in ERROR_NAMES or name in raised or has_placeholder(name)
