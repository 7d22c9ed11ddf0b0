"""CloudFormation's functions: what each makes of its argument, as far as a template tells.

Documentation: "Intrinsic function reference", "Condition functions".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from aslrun.document.cloudformation.resources import REGION
from aslrun.values import JSON, to_json_text

MAX_TEXT = 1_000_000
"""Characters that a function may make; a longer text stays unknown."""

VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
"""A variable of `Fn::Sub`; with `!` it is a text that stays."""


class Unknown(Exception):
    """A value that a template does not tell; `str()` of it is what the placeholder is called."""


class Values(Protocol):
    """What functions ask of the template that they are in; see `Template`."""

    @property
    def mappings(self) -> dict[str, JSON]: ...

    def resolve(self, value: JSON) -> JSON: ...

    def text(self, value: JSON) -> str: ...

    def reference(self, name: str) -> JSON: ...

    def attribute(self, id: str, attribute: str) -> JSON: ...

    def substitute(self, text: str, variables: Mapping[str, JSON]) -> str: ...

    def branch(self, argument: JSON) -> int | None: ...

    def condition(self, name: str) -> bool | None: ...

    def truth(self, written: JSON) -> bool | None: ...


def mapping_at(value: JSON, key: str) -> dict[str, JSON]:
    """Return the mapping that a mapping has at `key`; an empty one where either is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def function_call(value: JSON) -> tuple[str, JSON] | None:
    """Return the function that a value is a call of, and its argument."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name in FUNCTIONS:
            return name, argument
    return None


def _ref(template: Values, argument: JSON) -> JSON:
    if not isinstance(argument, str):
        raise Unknown("Ref")
    return template.reference(argument)


def _get_att(template: Values, argument: JSON) -> JSON:
    """`Id.Attribute`, or a list of both; the attribute may have dots, and be computed."""
    if isinstance(argument, str):
        id, _, attribute = argument.partition(".")
        if attribute in ("Alias", "Version"):
            return template.reference(argument)
        return template.attribute(id, attribute)
    parts = [template.text(part) for part in _list(argument, "Fn::GetAtt")]
    return template.attribute(parts[0] if parts else "", ".".join(parts[1:]))


def _sub(template: Values, argument: JSON) -> JSON:
    if isinstance(argument, str):
        return template.substitute(argument, {})
    text, variables = _arguments(argument, "Fn::Sub", 2)
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise Unknown("Fn::Sub")
    return template.substitute(text, variables)


def _join(template: Values, argument: JSON) -> JSON:
    separator, items = _arguments(argument, "Fn::Join", 2)
    between, texts, length = template.text(separator), list[str](), 0
    for item in _list(template.resolve(items), "Fn::Join"):
        texts.append(template.text(item))
        length += len(between) + len(texts[-1])
        if length > MAX_TEXT:
            raise Unknown("Fn::Join")
    return between.join(texts)


def _split(template: Values, argument: JSON) -> JSON:
    separator, text = map(template.resolve, _arguments(argument, "Fn::Split", 2))
    if not isinstance(separator, str) or not separator or not isinstance(text, str):
        raise Unknown("Fn::Split")
    return list(text.split(separator))


def _select(template: Values, argument: JSON) -> JSON:
    index, items = map(template.resolve, _arguments(argument, "Fn::Select", 2))
    chosen, number = _list(items, "Fn::Select"), str(index)
    if not number.isdecimal() or len(number) > 6 or int(number) >= len(chosen):
        raise Unknown("Fn::Select")
    return chosen[int(number)]


def _if(template: Values, argument: JSON) -> JSON:
    parts = _arguments(argument, "Fn::If", 3)
    chosen = template.branch(argument)
    if chosen is None:
        raise Unknown(str(parts[0]))
    return template.resolve(parts[chosen])


def _find_in_map(template: Values, argument: JSON) -> JSON:
    """A map, two keys, and with AWS::LanguageExtensions what there is otherwise."""
    names = [template.text(part) for part in _list(argument, "Fn::FindInMap")[:3]]
    found: JSON = template.mappings
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if found is not None and len(names) == 3:
        return found
    otherwise = argument[3] if isinstance(argument, list) and len(argument) == 4 else None
    if isinstance(otherwise, dict) and "DefaultValue" in otherwise:
        return template.resolve(otherwise["DefaultValue"])
    raise Unknown(".".join(names))


def _base64(template: Values, argument: JSON) -> JSON:
    return base64.b64encode(template.text(argument).encode("utf-8", "surrogatepass")).decode()


def _get_azs(template: Values, argument: JSON) -> JSON:
    region = template.text(argument) or REGION
    return [region + zone for zone in "abc"]


def _length(template: Values, argument: JSON) -> JSON:
    return len(_list(template.resolve(argument), "Fn::Length"))


def _to_json_string(template: Values, argument: JSON) -> JSON:
    return to_json_text(template.resolve(argument))


def _import_value(template: Values, argument: JSON) -> JSON:
    raise Unknown(VARIABLE.sub(r"\2", template.text(argument)) or "Fn::ImportValue")


def _not_here(name: str) -> Callable[[Values, JSON], JSON]:
    def refuse(template: Values, argument: JSON) -> JSON:
        raise Unknown(name)

    return refuse


def _list(value: JSON, function: str) -> list[JSON]:
    if not isinstance(value, list):
        raise Unknown(function)
    return value


def _arguments(value: JSON, function: str, count: int) -> list[JSON]:
    if not isinstance(value, list) or len(value) != count:
        raise Unknown(function)
    return value


FUNCTIONS: Mapping[str, Callable[[Values, JSON], JSON]] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::Cidr": _not_here("Fn::Cidr"),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _not_here("Fn::Transform"),
}
"""The intrinsic functions: (template, argument) → value; they raise Unknown."""

Condition: TypeAlias = Callable[[Values, JSON], "bool | None"]


def _equals(template: Values, argument: JSON) -> bool | None:
    if not isinstance(argument, list) or len(argument) != 2:
        return None
    left, right = map(template.text, argument)
    return None if VARIABLE.search(left + right) else left == right


def _named(template: Values, argument: JSON) -> bool | None:
    return template.condition(argument) if isinstance(argument, str) else None


def _not(template: Values, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return None if len(truths) != 1 or truths[0] is None else not truths[0]


def _and(template: Values, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return False if False in truths else None if None in truths else True


def _or(template: Values, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return True if True in truths else None if None in truths else False


def _truths(template: Values, argument: JSON) -> list[bool | None]:
    return [template.truth(one) for one in argument] if isinstance(argument, list) else [None]


CONDITIONS: Mapping[str, Condition] = {
    "Condition": _named,
    "Fn::And": _and,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _or,
}
"""The condition functions: (template, argument) → value, None where it is not known."""
