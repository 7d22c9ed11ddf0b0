"""JSON texts in requests. What is wrong with one is told in the words of the service's parser, as far as
they are known: recorded for no token, for a wrong name of a field and for an empty text."""

from __future__ import annotations

import re

from aslrun.values import JSON, JSONTextError, from_json_text

_TOKEN = re.compile(r"\w+")
_LITERALS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def parse_text(text: str) -> JSON:
    """Return the value of JSON text; ValueError, whose text is the service's, if it is none."""
    try:
        return from_json_text(text)
    except JSONTextError as wrong:
        raise ValueError(_told(text, wrong)) from None
    except (ValueError, RecursionError):
        raise ValueError("Invalid execution input.") from None


def _told(text: str, wrong: JSONTextError) -> str:
    if not text.strip() or wrong.at is None:
        return "Invalid execution input."
    at = wrong.at
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    if at >= len(text):
        return "Unexpected end-of-input"
    if text[at] == '"' and "closed" in str(wrong):
        return "Unexpected end-of-input: was expecting closing quote for a string value"
    character = f"Unexpected character ('{text[at]}' (code {ord(text[at])}))"
    if "key in double quotes" in str(wrong):
        return f"{character}: was expecting double-quote to start field name"
    token = _TOKEN.match(text, at)
    if token and not text[at].isdigit() and "value is expected" in str(wrong):
        return f"Unrecognized token '{token[0]}': was expecting {_LITERALS}"
    if "value is expected" in str(wrong):
        return f"{character}: expected a valid value {_LITERALS}"
    return f"{character}: was expecting comma to separate entries"
