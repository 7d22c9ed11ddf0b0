"""`${Name}`: what a SAM or CloudFormation template fills in later.

It may stand wherever a text or a number may.
"""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"\$\{[^{}]+\}")


def has_placeholder(value: object) -> bool:
    """Tell whether `value` is a text with a placeholder in it."""
    return isinstance(value, str) and "${" in value and _PLACEHOLDER.search(value) is not None


def without_placeholders(text: str) -> str:
    """Return what a text says beside its placeholders."""
    return _PLACEHOLDER.sub("", text) if "${" in text else text
