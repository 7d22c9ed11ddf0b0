"""Which rule of a Choice held, and what it compared: found again from the state's input and variables.

A history tells only where a Choice went. Its rules are evaluated as the state evaluates them; what a
history does not tell (the context object, chance) makes a rule's result unknown, never wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quote
from typing import Any, TypeAlias

from aslrun.errors import EvaluationError, StateError
from aslrun.expressions import ExpressionError, NoMatch, Select
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.graph.words import rule_words
from aslrun.page.tables import Texts
from aslrun.states.choice import compile_outer_rule
from aslrun.values import JSON, to_json_text

_read = json.JSONDecoder().decode


@dataclass(slots=True)
class _Known:
    """What a history tells of the scope in which a Choice was evaluated."""

    variables: Mapping[str, JSON]
    time: float = 0.0

    @property
    def context(self) -> JSON:
        raise NoMatch("a history has no context object")

    def draw(self) -> float:
        raise NoMatch("a history has no chance")

    def draw_uuid(self) -> str:
        raise NoMatch("a history has no chance")


Evaluate: TypeAlias = "Callable[[JSON, _Known, Texts], tuple[bool | None, str]]"
"""Returns whether a rule held (None: not known), and the JSON text of the rule as the page has it: its words,
whether it held, and the TEXTs of the values that it read by their paths, -1 where nothing is at a path."""
HELD: Mapping[bool | None, str] = {True: "true", False: "false", None: "null"}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A Choice: what selects the value that its rules look at, and the rules."""

    select: Select
    rules: Sequence[Evaluate]


@dataclass(slots=True)
class Rules:
    """The rules of the Choices of a definition, each compiled once."""

    definition: JSON
    texts: Texts
    _choices: dict[str, _Compiled | None] = field(default_factory=dict)

    def tried(self, id: str, given: object, variables: Mapping[str, str]) -> str:
        """Return the JSON text of a Choice's rules up to the one that held; all, if none is known to have.

        Args:
            id: the state's node, which is its JSON pointer.
            given: the text of its raw input; None if it was not recorded, then there is no result.
            variables: JSON text of the variables in reach, by name.
        """
        if id not in self._choices:
            self._choices[id] = _compile_choice(value_at(self.definition, id))
        choice = self._choices[id]
        if choice is None or not isinstance(given, str):
            return "null"
        try:
            known = _Known({name: _read(text) for name, text in variables.items()} if variables else {})
            value = choice.select(_read(given), known)
        except (ValueError, StateError, NoMatch, RecursionError):
            return "null"  # The input was cut off, or is none that this definition could have had.
        rows = []
        for evaluate in choice.rules:
            held, row = evaluate(value, known, self.texts)
            rows.append(row)
            if held:
                break
        return f"[{','.join(rows)}]"


def value_at(definition: JSON, pointer: str) -> JSON:
    """Return what is at a JSON pointer."""
    value: Any = definition
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    found: JSON = value
    return found


def _compile_choice(state: JSON) -> _Compiled | None:
    if not isinstance(state, dict):
        return None
    path = state.get("InputPath", "$")
    try:
        select = compile_path(path) if isinstance(path, str) else lambda value, known: value
    except ExpressionError:
        return None
    return _Compiled(select, [_compile(rule, at) for at, rule in enumerate(_rules_of(state))])


def _rules_of(state: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    rules = state.get("Choices")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _compile(rule: Mapping[str, JSON], index: int) -> Evaluate:
    words = quote(rule_words(rule))
    paths = [(quote(shown), _compile_text(path)) for shown, path in dict.fromkeys(_paths(rule))]
    try:
        holds = compile_outer_rule(rule, index)
    except (ExpressionError, StateError, AssertionError, KeyError, StopIteration, TypeError):
        return lambda value, known, texts: (None, f"[{words},null,[]]")

    def evaluate(value: JSON, known: _Known, texts: Texts) -> tuple[bool | None, str]:
        read = ",".join([f"[{shown},{texts[text_at(value, known)]}]" for shown, text_at in paths])
        held: bool | None
        try:
            held = holds(value, known)
        except (StateError, NoMatch):
            held = None
        return held, f"[{words},{HELD[held]},[{read}]]"

    return evaluate


def _paths(rule: JSON | Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield what a rule reads, as it is written and as a path: Variables, operands that are paths, and in a
    Condition what follows `$states.input`."""
    if isinstance(rule, list):
        for inner in rule:
            yield from _paths(inner)
    if not isinstance(rule, dict):
        return
    for name, operand in rule.items():
        if name in ("And", "Or", "Not"):
            yield from _paths(operand)
        elif isinstance(operand, str) and (name == "Variable" or name.endswith("Path")):
            yield operand, operand
        elif isinstance(operand, str) and name == "Condition":
            for found in re.finditer(r"\$states\.input((?:\.[A-Za-z_]\w*)*)", operand):
                yield found[0], f"${found[1]}"


def _compile_text(path: str) -> Callable[[JSON, _Known], str | None]:
    """Compile what gives the JSON text of what is at a path, None where nothing is."""
    try:
        select = compile_path(path)
    except ExpressionError:
        return lambda value, known: None

    def text_at(value: JSON, known: _Known) -> str | None:
        try:
            return to_json_text(select(value, known))
        except (ExpressionError, EvaluationError, NoMatch):
            return None

    return text_at
