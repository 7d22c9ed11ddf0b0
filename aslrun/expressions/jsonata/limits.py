"""The bounds of one evaluation: depth, steps and memory. They count work, so that they hold on any machine.

The figures: "JSONata as measured on AWS", where the service has them measured.
"""

from __future__ import annotations

from typing import Any

from aslrun.expressions import ExpressionScope
from aslrun.expressions.jsonata.errors import LimitExceeded
from aslrun.expressions.jsonata.texts import LONGEST
from aslrun.expressions.jsonata.values import States

MAX_DEPTH = 150
"""Parts of an expression within each other, calls included (measured: 200 are too many)."""
MAX_STEPS = 3_000_000
"""Items looked at and functions called: some seconds of a processor."""
MAX_ITEMS = 873_782
"""Items of one array (measured)."""
MAX_CHARACTERS = LONGEST
"""Characters of one string."""
MAX_MADE = 16 * 2**23
"""Characters of all strings that one evaluation makes."""
MATCH_SECONDS = 3.0
"""Seconds of processor time for one match of a regular expression."""


class Run:
    """One evaluation: what the expression sees of the state, and what it has spent."""

    __slots__ = ("depth", "input", "made", "matching", "scope", "shown", "states", "steps")

    def __init__(self, states: States, scope: ExpressionScope, input: Any) -> None:
        self.states = states
        self.scope = scope
        self.input = input
        self.shown: Any = None
        self.depth = 0
        self.steps = MAX_STEPS
        self.made = 0
        self.matching = 0.0

    def states_object(self) -> Any:
        """Return `$states`, the same object each time."""
        if self.shown is None:
            self.shown = self.states.as_object(self.scope)
        return self.shown

    def spend(self, steps: int) -> None:
        """Count work done, or about to be done."""
        self.steps -= steps
        if self.steps < 0:
            raise LimitExceeded("U1002")

    def check_items(self, count: int) -> None:
        """Refuse an array of so many items; else count the making of it."""
        if count > MAX_ITEMS:
            raise LimitExceeded("U1003")
        self.spend(count)

    def check_text(self, length: int) -> None:
        """Refuse a string of so many characters; else count the making of it."""
        self.made += length
        if length > MAX_CHARACTERS or self.made > MAX_MADE:
            raise LimitExceeded("U1003")
