"""The expressions of a definition, each with the state it belongs to, for the rules that look into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aslrun.document.spans import Pointer
from aslrun.expressions import is_query
from aslrun.validation.acceptance import Written
from aslrun.validation.expressions import PATHS
from aslrun.validation.machines import Definition, Expression, StateNode
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.text import texts_in


def find_expressions(definition: Definition, written: Iterable[Written]) -> Iterator[Expression]:
    """Yield the texts that are evaluated; those with a placeholder are let be."""
    states = {state.at: state for state in definition.states}
    for each in written:
        state = states.get(each.owner) or state_of(each.at, states)
        if state is None:
            continue
        field = str(each.at[len(state.at)])
        for at, text in evaluated(each):
            if not has_placeholder(text):
                yield Expression(state, at, field, text)


def state_of(at: Pointer, states: Mapping[Pointer, StateNode]) -> StateNode | None:
    """Return the innermost state that a pointer leads into."""
    for length in range(len(at) - 1, 0, -1):
        state = states.get(at[:length])
        if state is not None:
            return state
    return None


def evaluated(written: Written) -> list[tuple[Pointer, str]]:
    """The texts in a value that are expressions of its language."""
    if written.language == "JSONata":
        return [(at, text) for at, text in texts_in(written.at, written.value) if is_query(text)]
    if written.format == "template":
        return [(at, text) for at, text in texts_in(written.at, written.value) if str(at[-1]).endswith(".$")]
    if isinstance(written.value, str) and written.format in PATHS:
        return [(written.at, written.value)]
    return []
