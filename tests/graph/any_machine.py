"""Definitions that are half right at best, for laws that hold for any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(st.characters(codec=None), max_size=6)  # with lone surrogates, as JSON has them
TRAPS = st.sampled_from(["end", 'say "hi"', "a/b", "a~b", "", "x\\", "style:#;"])
PLAIN = st.sampled_from(["A", "B"])
NAMES = st.one_of(PLAIN, PLAIN, PLAIN, TRAPS, TEXTS)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from(["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map", "Loop"])


def objects(
    required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    mostly_right = {name: st.one_of(of, of, of, ANYTHING) for name, of in optional.items()}
    return st.fixed_dictionaries(required, optional=mostly_right)


RULES = st.recursive(
    objects({}, Variable=NAMES, Condition=NAMES, NumericEquals=ANYTHING, IsNull=st.booleans(), Next=NAMES),
    lambda inner: objects({}, And=st.lists(inner, max_size=3), Or=st.lists(inner), Not=inner, Next=NAMES),
    max_leaves=4,
)
CATCHERS = objects({}, ErrorEquals=st.lists(NAMES, max_size=2), Next=NAMES)


def machines(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    state = objects(
        {},
        Type=TYPES,
        Next=NAMES,
        End=st.booleans(),
        Default=NAMES,
        Resource=NAMES,
        Comment=NAMES,
        Choices=st.lists(RULES, max_size=2),
        Catch=st.lists(CATCHERS, max_size=2),
        Branches=st.lists(inner, max_size=2),
        ItemProcessor=inner,
        Iterator=inner,
    )
    states = st.dictionaries(NAMES, st.one_of(state, state, state, ANYTHING), max_size=4)
    return objects({"States": states, "StartAt": NAMES}, Comment=NAMES)


MACHINES = machines(st.recursive(st.fixed_dictionaries({"States": st.just({})}), machines, max_leaves=4))


def names_in(machine: Any) -> Iterator[str]:
    """The names of all states that a drawing must have."""
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, fields in states.items() if isinstance(states, dict) else ():
        yield name
        if isinstance(fields, dict):
            branches = fields.get("Branches")
            processors = [fields.get("ItemProcessor"), fields.get("Iterator")]
            inner = next(([value] for value in processors if isinstance(value, dict)), [])
            for branch in (branches if isinstance(branches, list) else []) + inner:
                yield from names_in(branch)
