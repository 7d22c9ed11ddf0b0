"""What is in the local AWS at the start, put there when its service is first called.

So a machine that reads one table does not wait for the parameters of a template.
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aslrun.document.printable import printable
from aslrun.services.local.resources.creation import MAKERS, CallService
from aslrun.services.local.resources.data import Step, data_steps
from aslrun.services.settings import Settings

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template

TOGETHER = {"sns": "sqs", "events": "sqs"}
"""Services that are made with another: a topic delivers to queues, and a queue names one."""


class Stock:
    """What templates declare and `aslrun.toml` names. Raises UsageError for data that is not there."""

    def __init__(self, template: Template | None, settings: Settings, more: Sequence[Template] = ()) -> None:
        self._steps: defaultdict[str, list[Step]] = defaultdict(list)
        self._lock = threading.RLock()
        self._begun: set[str] = set()
        self._done: set[str] = set()
        templates = [one for one in (template, *more) if one is not None]
        declared = [(one, *found) for one in templates for found in _declared(one)]
        names: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for _, service, id, name in declared:
            names[service] |= {id: name, name: name}
        for number in (0, 1):
            for owner, service, id, name in declared:
                if step := _step(owner, id, name, number):
                    self._steps[TOGETHER.get(service, service)].append(step)
        for service, step in data_steps(settings, names):
            self._steps[TOGETHER.get(service, service)].append(step)

    @property
    def services(self) -> list[str]:
        """The services that something is put into."""
        return [*self._steps]

    def ready(self, service: str, call: CallService, localized: Callable[[str], str]) -> None:
        """Put there what belongs to a service, once; other threads wait until it is there.

        `localized` leads the QueueUrls in a text to where the queues are.
        """
        group = TOGETHER.get(service, service)
        if group in self._done or group not in self._steps:
            return
        with self._lock:
            if group in self._begun:  # by this thread, whose own calls come through here
                return
            self._begun.add(group)
            for step in self._steps[group]:
                step(lambda service, operation, given: call(service, operation, _led(given, localized)))
            self._done.add(group)


def _led(given: Mapping[str, Any], localized: Callable[[str], str]) -> dict[str, Any]:
    """Return parameters with the QueueUrls in their texts led to where the queues are."""
    return {
        name: localized(value)
        if isinstance(value, str)
        else _led(value, localized)
        if isinstance(value, dict)
        else value
        for name, value in given.items()
    }


def _declared(template: Template) -> Iterator[tuple[str, str, str]]:
    """Yield (service, logical id, physical name) of what can be made; what a condition leaves out is not."""
    for type, (service, _) in MAKERS.items():
        for id in template.resources_of(type):
            if template.is_made(id):
                yield service, id, template.name(id)


def _step(template: Template, id: str, name: str, number: int) -> Step | None:
    type = str(template.resources[id].get("Type"))
    makers = MAKERS[type][1]
    if number >= len(makers):
        return None

    def make(call: CallService) -> None:
        properties: Any = template.resolve(template.properties(id))
        try:
            makers[number](call, name, properties if isinstance(properties, Mapping) else {})
        except Exception as wrong:  # the service's, or of properties that make no sense
            _tell(f"the local AWS has no {type} {id} of {template.file}, or not all of it: {wrong}")

    return make


def _tell(told: str) -> None:
    if sys.stderr is not None:
        print(f"aslrun: {printable(told)}", file=sys.stderr)
