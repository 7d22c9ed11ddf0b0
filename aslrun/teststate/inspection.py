"""A query language that tells what it makes on the way: the data of an inspection.

It stands between a state and its real language while the state is compiled, and puts a note between the
steps of input and output processing. API reference: InspectionData; which notes a state has, as recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aslrun.expressions import ExpressionScope, Select
from aslrun.expressions.template import compile_template
from aslrun.states.fields import Conclude, Fields, Language, assigning
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Scope

Notes: TypeAlias = dict[str, JSON]
"""What was noted, by the field of InspectionData."""


class InspectedLanguage:
    """A `language` as `aslrun.states.fields.Language`, for one state; the notes are written to `notes`."""

    def __init__(self, language: Language, state: Fields, notes: Notes) -> None:
        self.language = language
        self.kind = state["Type"]
        self.has_result = "Result" in state
        self.notes = notes
        self.compile_choice_output = language.compile_choice_output
        self.compile_catcher = language.compile_catcher
        self.compile_number = language.compile_number
        self.compile_role = language.compile_role
        self.compile_item_selector = language.compile_item_selector

    def noted(self, name: str, select: Select) -> Select:
        """Return a closure that notes under `name` what `select` gives."""

        def select_and_note(value: JSON, scope: ExpressionScope) -> JSON:
            found = self.notes[name] = select(value, scope)
            return found

        return select_and_note

    def compile_text(self, fields: Fields, name: str) -> Select:
        return self.language.compile_text(fields, name)

    def compile_input(self, fields: Fields, template: str = "Parameters") -> Select:
        return self.language.compile_input(fields, template)

    def compile_output(self, fields: Fields) -> Conclude:
        return self.language.compile_output(fields)

    def compile_items(self, fields: Fields) -> Select:
        return self.language.compile_items(fields)


class InspectedJSONPath(InspectedLanguage):
    """Notes afterInputPath, afterParameters, result, afterResultSelector and afterResultPath."""

    def compile_text(self, fields: Fields, name: str) -> Select:
        # Of Fail, which has no InputPath; it sees the raw input.
        return self.noted_input(self.language.compile_text(fields, name))

    def noted_input(self, select: Select) -> Select:
        def select_of_input(value: JSON, scope: ExpressionScope) -> JSON:
            self.notes["afterInputPath"] = value
            return select(value, scope)

        return select_of_input

    def compile_input(self, fields: Fields, template: str = "Parameters") -> Select:
        if self.kind in ("Map", "Parallel") or self.has_result:
            return self.language.compile_input(fields, template)
        select = self.noted("afterInputPath", self.language.compile_input(_only(fields, "InputPath")))
        if self.kind not in ("Pass", "Task"):
            return select
        fill = self.noted("afterParameters", self.language.compile_input(_only(fields, template), template))
        return lambda raw, scope: fill(select(raw, scope), scope)

    def compile_items(self, fields: Fields) -> Select:
        return self.noted("afterItemsPath", self.language.compile_items(fields))

    def compile_output(self, fields: Fields) -> Conclude:
        if self.kind not in ("Pass", "Task", "Map", "Parallel"):
            return self.language.compile_output(fields)
        compile_output, notes = self.language.compile_output, self.notes
        reselect = compile_output(_only(fields, "ResultSelector"))
        insert = compile_output(_only(fields, "ResultPath"))
        select = compile_output(_only(fields, "OutputPath"))
        tells_result = self.kind == "Task" or self.has_result

        def conclude(raw: JSON, result: JSON, scope: Scope) -> JSON:
            if tells_result:
                notes["result"] = result
            selected = notes["afterResultSelector"] = reselect(raw, result, scope)
            inserted = notes["afterResultPath"] = insert(raw, selected, scope)
            return select(raw, inserted, scope)

        if "Assign" not in fields:
            return conclude
        fill = compile_template(fields["Assign"])
        return assigning(conclude, lambda raw, result, scope: fill(result, scope))


class InspectedJSONata(InspectedLanguage):
    """Notes afterArguments, and the result of a Task."""

    def compile_input(self, fields: Fields, template: str = "Parameters") -> Select:
        select = self.language.compile_input(fields, template)
        return self.noted("afterArguments", select) if "Arguments" in fields else select

    def compile_output(self, fields: Fields) -> Conclude:
        inner = self.language.compile_output(fields)
        if self.kind != "Task":
            return inner

        def conclude(raw: JSON, result: JSON, scope: Scope) -> JSON:
            self.notes["result"] = result
            return inner(raw, result, scope)

        return conclude


def _only(fields: Fields, name: str) -> Fields:
    return {name: fields[name]} if name in fields else {}


INSPECTED: dict[str, type[InspectedLanguage]] = {"JSONPath": InspectedJSONPath, "JSONata": InspectedJSONata}
