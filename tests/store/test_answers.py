"""Answers come back from the store as they were given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import (
    EvaluationError,
    FatalStateError,
    HeartbeatTimeout,
    QueryEvaluationError,
    StateError,
    UsageError,
)
from aslrun.store.answers import read_answer, write_answer

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=9
)


@given(values)
def test_an_answer_comes_back(value: object) -> None:
    kind, text = write_answer(value, None)  # type: ignore[arg-type]
    assert text.isascii()
    assert read_answer(kind, text) == (value, None)


@pytest.mark.parametrize(
    "failure",
    [
        StateError("Wrong", "why"),
        StateError(None, None),
        StateError("States.Timeout", ""),
        HeartbeatTimeout(),
        EvaluationError("States.ParameterPathFailure", "no such path"),
        FatalStateError("broken"),
        QueryEvaluationError("Output/total", "no number"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_error_comes_back_as_what_it_was(failure: StateError) -> None:
    answer, found = read_answer(*write_answer(None, failure))
    assert answer is None
    assert type(found) is type(failure)
    assert vars(found) == vars(failure)


def test_a_kind_of_error_that_nobody_tells_apart_is_a_plain_one() -> None:
    class Special(StateError):
        pass

    _, found = read_answer(*write_answer(None, Special("A", "b")))
    assert type(found) is StateError
    assert found.error == "A"


def test_a_users_mistake_comes_back() -> None:
    _, found = read_answer(*write_answer(None, UsageError("nothing here answers")))
    assert isinstance(found, UsageError)
    assert str(found) == "nothing here answers"
