"""The exceptions of aslrun.

Exception
├── StateError              an error of the states language: Retry and Catch may handle it
│   ├── HeartbeatTimeout    States.Timeout of a heartbeat, which has a second name for catchers
│   └── EvaluationError     raised by a field of the state itself; its cause gets the state's place
│       ├── FatalStateError States.Runtime: nothing handles it
│       └── QueryEvaluationError    of a JSONata expression, with an event of its own
└── AslrunError             a mistake of the user's, told in one message; never a traceback
    ├── UsageError          an option, a file or a function that cannot be used (exit status 2)
    └── DefinitionError     a definition that validation refuses (exit status 1); it lies with the diagnostics
"""

from __future__ import annotations

LONGEST_CAUSE = 32_768
"""Characters of a cause that are kept. API reference: the causes of HistoryEvent's details."""


class StateError(Exception):
    """An error with a name and a cause, as Retry, Catch and the history see it.

    `error` is the name (`States.Timeout`, an exception's class name), `cause` the text; either may be
    None where the service leaves it out (a Fail state without them). `state` is the name of the
    innermost state it happened in, once that is known, and `number` counts the errors of an execution
    (from 1) from then on.
    """

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        cause = None if cause is None else cause[:LONGEST_CAUSE]
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.state: str | None = None
        self.number = 0

    def located(self, state: str, event_id: int) -> StateError:
        """Return this error with its place; one that passes through outer states keeps its own."""
        self.state = self.state or state
        return self


class HeartbeatTimeout(StateError):
    """A heartbeat that did not come: the history says States.Timeout (recorded), catchers may also say
    States.HeartbeatTimeout."""

    def __init__(self) -> None:
        super().__init__("States.Timeout", "")


class EvaluationError(StateError):
    """An error of a state's own field (a path, a template, an intrinsic, a limit).

    The service tells its place in the cause: the state's name and the id of its ...Entered event.
    """

    def located(self, state: str, event_id: int) -> StateError:
        if self.state is None:
            entered = f"(entered at the event id #{event_id})"
            told = f"An error occurred while executing the state '{state}' {entered}. {self.cause}"
            self.cause = told[:LONGEST_CAUSE]
        return super().located(state, event_id)


class FatalStateError(EvaluationError):
    """`States.Runtime`, which no retrier and no catcher handles, not even by name."""

    def __init__(self, cause: str) -> None:
        super().__init__("States.Runtime", cause)


class QueryEvaluationError(EvaluationError):
    """`States.QueryEvaluationError`: a JSONata expression that fails, or gives what its field cannot take.

    `location` is the field and the way into it, as in `Output/total`.
    """

    def __init__(self, location: str, cause: str) -> None:
        super().__init__("States.QueryEvaluationError", cause)
        self.location = location


class AslrunError(Exception):
    """A mistake of the user's; `str()` of it is the whole message."""


class UsageError(AslrunError):
    """An option, an input, a file or a function that cannot be used as it is."""
