"""A valid definition → a compiled machine. What it holds is parsed here, once, and never again."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aslrun.errors import UsageError
from aslrun.expressions import ExpressionError
from aslrun.interpreter.loop import Machine, State
from aslrun.states.fields import UNFILLED, Compilation, Fields, number_of, objects_of, text_of
from aslrun.states.types import LANGUAGES, STATES


def compile_machine(fields: Fields, language: str = "JSONPath") -> Machine:
    """Compile the machine of a definition that validation accepts (nested machines too).

    `language` is the one of the states that do not say theirs, where the machine does not either.
    Raises UsageError for what aslrun cannot run, with the state's name.
    """
    states = fields["States"]
    assert isinstance(states, dict)
    language = text_of(fields, "QueryLanguage", language)
    check_filled("StartAt", text_of(fields, "StartAt"), states)
    compiled = {
        name: compile_state(name, state, language, states)
        for name, state in states.items()
        if isinstance(state, dict)
    }
    return Machine(text_of(fields, "StartAt"), compiled, number_of(fields, "TimeoutSeconds"))


def compile_state(name: str, fields: Fields, language: str, states: Collection[str]) -> State:
    """Compile one state of a valid definition. Machines inside it take the language of the one around.

    `states` are the names of the states that may follow it.
    """
    own = text_of(fields, "QueryLanguage", language)
    try:
        check_filled("QueryLanguage", own, LANGUAGES)
        for field, target in targets_of(fields):
            check_filled(field, target, states)
        compilation = Compilation(LANGUAGES[own](), lambda nested: compile_machine(nested, language))
        return STATES[text_of(fields, "Type")](name, fields, compilation)
    except (UsageError, ExpressionError) as mistake:
        # Validation lets an expression pass that cannot be compiled only where it holds a placeholder.
        of_placeholder = isinstance(mistake, ExpressionError) or "${" in str(mistake)
        hint = f": {UNFILLED}" if of_placeholder and UNFILLED not in str(mistake) else ""
        raise UsageError(f"state '{name}': {mistake}{hint}") from None


def targets_of(fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield the names of the states that may come after a state, each with the field that has it."""
    rules = [rule for field in ("Choices", "Catch") for rule in objects_of(fields, field)]
    for part in (fields, *rules):
        yield from ((field, text_of(part, field)) for field in ("Next", "Default") if field in part)


def check_filled(field: str, name: str, known: Collection[str]) -> None:
    """Raise UsageError for a name that validation lets pass because it holds a placeholder."""
    if name not in known:
        raise UsageError(f"{field} is '{name}': {UNFILLED}")
