"""What TestState tells of a Map: its items on their way to the iterations, and its limits on failures.

API reference: InspectionData, TestStateConfiguration; documentation: "Testing Map and Parallel states".
The iterations are not run: their results are mocked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.scope import Scope
from aslrun.items.readers import read_items
from aslrun.items.readers.json import point
from aslrun.states.distributed.batches import batch_items
from aslrun.states.distributed.tolerance import check_failures
from aslrun.states.fields import Fields
from aslrun.states.map import Map
from aslrun.teststate.request import Request, check_failed_items
from aslrun.values import JSON, from_json_text

if TYPE_CHECKING:
    from aslrun.teststate.inspection import InspectedLanguage, Notes


@dataclass(frozen=True, slots=True)
class MapInspection:
    """A Map under test: `value` is its effective input; `notes` and `details` take what is found."""

    request: Request
    scope: Scope
    language: InspectedLanguage
    details: dict[str, JSON]
    value: JSON

    @property
    def notes(self) -> Notes:
        return self.language.notes

    def inspect(self, state: Map) -> Map:
        """Return the Map with its items at hand; StateError where too many are said to have failed."""
        self.note_limits(state)
        items = self.items(state)
        if state.select_item is not None:
            items = self.select_items(state, items)
        if "ItemBatcher" in self.request.fields:
            items = self.batch(items)
        self.fail_iterations(len(items))
        return replace(state, items=lambda value, scope: items)

    def number(self, fields: Fields, name: str, integer: bool = True) -> float | None:
        """Return the number in a field, or at its Path."""
        return self.language.compile_number(fields, name, integer=integer)(self.value, self.scope)

    def note_limits(self, state: Map) -> None:
        self.details["maxConcurrency"] = state.max_concurrency(self.value, self.scope) or 0
        for field in ("ToleratedFailureCount", "ToleratedFailurePercentage"):
            number = self.number(self.request.fields, field, integer=field.endswith("Count"))
            if number is not None:
                self.details[field[0].lower() + field[1:]] = number

    def items(self, state: Map) -> list[JSON]:
        """Return the items: what the ItemReader is said to have read, else what the input has."""
        fields = self.request.fields
        if self.request.item_text is not None:
            return self.read(fields["ItemReader"], self.request.item_text)
        if "ItemReader" in fields and not {"ItemsPath", "Items"} & fields.keys():
            return self.value if isinstance(self.value, list) else []
        items = state.items(self.value, self.scope)
        return items if isinstance(items, list) else []

    def read(self, reader: JSON, text: str) -> list[JSON]:
        config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
        config = config if isinstance(config, dict) else {}
        items = read_items(text, config, self.number(config, "MaxItems"))
        if "ItemsPointer" in config:
            self.notes["afterItemsPointer"] = point(from_json_text(text), str(config["ItemsPointer"]))
        return items

    def select_items(self, state: Map, items: list[JSON]) -> list[JSON]:
        """Return what ItemSelector makes of the items."""
        assert state.select_item is not None
        selected: list[JSON] = []
        for index, item in enumerate(items):
            inner = Scope(self.scope.execution, self.scope.journal, self.scope, index)
            inner.item = {"Index": index, "Value": item}
            selected.append(state.select_item(self.value, inner))
        self.notes["afterItemSelector"] = selected
        return selected

    def batch(self, items: list[JSON]) -> list[JSON]:
        """Return the batches that ItemBatcher makes of the items."""
        batcher = self.request.fields["ItemBatcher"]
        assert isinstance(batcher, dict)
        select = self.language.compile_item_selector({"ItemSelector": batcher.get("BatchInput")})
        found = batch_items(
            items,
            self.number(batcher, "MaxItemsPerBatch"),
            self.number(batcher, "MaxInputBytesPerBatch"),
            None if select is None else select(self.value, self.scope),
        )
        batches = [batch for batch, _ in found]
        self.notes["afterItemBatcher"] = batches
        return batches

    def fail_iterations(self, iterations: int) -> None:
        """Raise States.ExceedToleratedFailureThreshold where more iterations failed than may."""
        mock, failed = self.request.mock, self.request.failed_items or 0
        check_failed_items(self.request, iterations)
        if mock is None or mock.is_error:
            return
        count, percentage = (self.details.get(f"toleratedFailure{unit}") for unit in ("Count", "Percentage"))
        run = MapRun("", tolerated_count=_number(count), tolerated_percentage=_number(percentage))
        run.expect(iterations)
        run.items.failed = failed
        check_failures(run, lambda: iterations)


def _number(value: JSON) -> float:
    return value if isinstance(value, (int, float)) else 0
