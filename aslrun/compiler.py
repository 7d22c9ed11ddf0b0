"""A valid definition → a compiled machine. What it holds is parsed here, once, and never again."""

from __future__ import annotations

from aslrun.errors import UsageError
from aslrun.expressions import ExpressionError
from aslrun.interpreter.scope import Machine, State
from aslrun.states import LANGUAGES, STATES
from aslrun.states.fields import Compilation, Fields, number_of, text_of


def compile_machine(fields: Fields, language: str = "JSONPath") -> Machine:
    """Compile the machine of a definition that validation accepts (nested machines too).

    `language` is the one of the states that do not say theirs, where the machine does not either.
    Raises UsageError for what aslrun cannot run, with the state's name.
    """
    states = fields["States"]
    assert isinstance(states, dict)
    language = text_of(fields, "QueryLanguage", language)
    return Machine(
        text_of(fields, "StartAt"),
        {
            name: compile_state(name, state, language)
            for name, state in states.items()
            if isinstance(state, dict)
        },
        number_of(fields, "TimeoutSeconds"),
    )


def compile_state(name: str, fields: Fields, language: str = "JSONPath") -> State:
    """Compile one state of a valid definition. Machines inside it take the language of the one around."""
    compilation = Compilation(
        LANGUAGES[text_of(fields, "QueryLanguage", language)],
        lambda nested: compile_machine(nested, language),
    )
    try:
        return STATES[text_of(fields, "Type")](name, fields, compilation)
    except (UsageError, ExpressionError) as mistake:
        # An expression that validation lets pass holds a placeholder like ${Path}.
        raise UsageError(f"state '{name}': {mistake}") from None
