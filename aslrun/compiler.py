"""A valid definition → a compiled machine. What it holds is parsed here, once, and never again."""

from __future__ import annotations

from collections.abc import Mapping

from aslrun.errors import UsageError
from aslrun.expressions import ExpressionError
from aslrun.interpreter.scope import Machine, State
from aslrun.states import STATES
from aslrun.states.input_output import number_of, text_of
from aslrun.values import JSON


def compile_machine(fields: Mapping[str, JSON]) -> Machine:
    """Compile the machine of a definition that validation accepts (nested machines too).

    Raises UsageError for what aslrun cannot run yet, with the state's name.
    """
    states = fields["States"]
    assert isinstance(states, dict)
    refuse_what_cannot_run(fields)
    timeout = number_of(fields, "TimeoutSeconds")
    return Machine(
        text_of(fields, "StartAt"),
        {name: compile_state(name, state) for name, state in states.items() if isinstance(state, dict)},
        timeout,
    )


def compile_state(name: str, fields: Mapping[str, JSON]) -> State:
    """Compile one state of a valid definition."""
    try:
        refuse_what_cannot_run(fields)
        return STATES[text_of(fields, "Type")](name, fields, compile_machine)
    except (UsageError, ExpressionError) as mistake:
        # An expression that validation lets pass holds a placeholder like ${Path}.
        raise UsageError(f"state '{name}': {mistake}") from None


def refuse_what_cannot_run(fields: Mapping[str, JSON]) -> None:
    """Raise UsageError for the parts of the language that are still to come."""
    if fields.get("QueryLanguage") == "JSONata":
        raise UsageError("the JSONata query language cannot be run yet; JSONPath can")
    rules = [fields, *_objects(fields.get("Catch")), *_objects(fields.get("Choices"))]
    if any("Assign" in rule for rule in rules):
        raise UsageError("variables (Assign) cannot be run yet")


def _objects(value: JSON) -> list[dict[str, JSON]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
