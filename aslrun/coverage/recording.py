"""What the executions of a process exercise, of definitions that lie in files."""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from aslrun.coverage.data import Coverage, Place, digest_of, place_of
from aslrun.coverage.instrument import watch
from aslrun.interpreter.loop import Machine
from aslrun.machine import StateMachine
from aslrun.options import Instrument


def place_of_machine(machine: StateMachine) -> Place | None:
    """Return where a machine's definition lies; None for one that lies in no file."""
    if machine.document.root is None or not os.path.isfile(machine.document.file):
        return None
    return place_of(machine.document.file, machine.id, machine.template)


class Recording:
    """Counts what is exercised: `coverage` has it at any time.

    `instrument` is for `aslrun.machine.watchers`, or gives what `StateMachine.start` takes.
    """

    def __init__(self) -> None:
        self.coverage = Coverage()
        self._watched: WeakKeyDictionary[StateMachine, Machine] = WeakKeyDictionary()

    def instrument(self, machine: StateMachine) -> Instrument | None:
        """Return the instrument of a machine; None for one whose definition lies in no file."""
        if machine not in self._watched:
            place = place_of_machine(machine)
            if place is None:
                return None
            counts = self.coverage.counts_of(place, digest_of(machine.document))
            self._watched[machine] = watch(machine.compiled, machine.definition, counts.hits)
        watched = self._watched[machine]
        return lambda compiled: watched
