"""Answers that somebody has written down: the responses of a mock configuration."""

from __future__ import annotations

from aslrun.fuzzing.scenarios import Outcome
from aslrun.integrations.mocks import read_responses
from aslrun.machine import StateMachine
from aslrun.states.tasks import tasks


def read_examples(path: str, machine: StateMachine) -> dict[str, list[Outcome]]:
    """Return the outcomes in a mock configuration, of all its test cases, by the names of states.

    Raises UsageError for whatever is wrong with the configuration.
    """
    states = [task.name for task in tasks(machine.compiled)]
    responses = read_responses(path, machine.name, states)
    return {
        state: [Outcome(value) for response in of_state for value in response.outcomes]
        for state, of_state in responses.items()
    }
