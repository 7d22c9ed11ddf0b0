"""Which messages of a topic a subscription wants, by its filter policy.

Documentation: "Amazon SNS subscription filter policies". moto breaks down at some of these, and takes others
for more than they say; here they are of the same language as event patterns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.services.pattern import PatternError, matches
from aslrun.values import JSON, from_json_text


def is_wanted(
    policy: Mapping[str, JSON], attributes: Mapping[str, Mapping[str, Any]], message: str, *, of_body: bool
) -> bool:
    """Tell whether a filter policy lets a message through. PatternError for a wrong policy."""
    value = _read(message) if of_body else _values(attributes)
    return isinstance(value, dict) and matches(policy, value)


def matches_in_place(matcher: Any, attributes: dict[str, Any] | None, message: str) -> bool:
    """Stand for the method of moto's that decides it."""
    of_body = matcher.filter_policy_scope == "MessageBody"
    try:
        return not matcher.filter_policy or is_wanted(
            matcher.filter_policy, attributes or {}, message, of_body=of_body
        )
    except PatternError:
        return False


def _values(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, JSON]:
    """Return a message's attributes as values that filter policies match."""
    found: dict[str, JSON] = {}
    for name, one in attributes.items():
        kind, value = str(one.get("Type")), one.get("Value")
        if kind.startswith("Number"):
            found[name] = float(str(value))
        elif kind == "String.Array":
            found[name] = _read(str(value))
        else:
            found[name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def _read(text: str) -> JSON:
    try:
        return from_json_text(text)
    except (ValueError, RecursionError):
        return text
