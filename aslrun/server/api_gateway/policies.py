"""Policies that Lambda authorizers answer: what they say of a method.

Documentation: IAM, "Policy evaluation logic", "IAM JSON policy elements" (NotAction, NotResource), and API
Gateway, "Output from an API Gateway Lambda authorizer".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from aslrun.values import JSON, to_json_text

INVOKE = "execute-api:Invoke"


class WrongPolicy(Exception):
    """A policy that is none; its text is the reason."""


def effect_of(policy: JSON, arn: str, tell: Callable[[str], None]) -> str | None:
    """Return Deny where a statement forbids a method, else Allow where one allows it, else None.

    Conditions are not looked at, but told: a statement counts as if its were met. Raises WrongPolicy.
    """
    effects = {*_effects(policy, arn, tell)}
    return next((effect for effect in ("Deny", "Allow") if effect in effects), None)


def _effects(policy: JSON, arn: str, tell: Callable[[str], None]) -> Iterator[str]:
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        raise WrongPolicy("policyDocument must have a list as its Statement")
    for one in statements:
        if not isinstance(one, dict) or one.get("Effect") not in ("Allow", "Deny"):
            raise WrongPolicy(f"a Statement must have the Effect Allow or Deny: {to_json_text(one)[:80]}")
        is_of_action = _is_of(one, "Action", INVOKE, re.IGNORECASE)
        is_of_resource = _is_of(one, "Resource", arn, 0)
        if is_of_action and is_of_resource:
            if one.get("Condition"):
                told = to_json_text(one["Condition"])[:120]
                tell(f"a Condition is not evaluated here, {one['Effect']} counts without it: {told}")
            yield str(one["Effect"])


def _is_of(statement: Mapping[str, JSON], element: str, text: str, flags: int) -> bool:
    """Tell whether a statement is about an action or a resource: one of its element, or none of its Not-."""
    there = [name for name in (element, f"Not{element}") if name in statement]
    if len(there) != 1:
        told = to_json_text(dict(statement))[:80]
        raise WrongPolicy(f"a Statement must have either {element} or Not{element}: {told}")
    written = statement[there[0]]
    patterns = written if isinstance(written, list) else [written]
    is_like = any(_is_like(one, text, flags) for one in patterns if isinstance(one, str))
    return is_like is (there[0] == element)


def _is_like(pattern: str, text: str, flags: int) -> bool:
    """`*` stands for any text, also with slashes, and `?` for one character; all else for itself."""
    parts = (
        ".*" if sign == "*" else "." if sign == "?" else re.escape(sign)
        for sign in re.sub(r"\*+", "*", pattern)
    )
    return re.fullmatch("".join(parts), text, flags | re.DOTALL) is not None
