"""Parameters of templates: which values they can have.

Documentation: "CloudFormation template Parameters syntax". AllowedPattern is not looked at: it is Java's.
"""

from __future__ import annotations

from aslrun.errors import UsageError
from aslrun.values import JSON


def check_given(name: str, parameter: JSON, value: str, file: str) -> None:
    """Raise UsageError for a value given for a parameter that it cannot have."""
    wrong = what_is_wrong(parameter, value)
    if wrong is not None:
        raise UsageError(f"--substitute {name}={value}: the parameter {name} of {file} {wrong}")


def what_is_wrong(parameter: JSON, value: JSON) -> str | None:
    """Return what a parameter must be that a value is not; None for a value that it can have."""
    if not isinstance(parameter, dict) or not isinstance(value, (str, int, float)):
        return None
    written = ("true" if value else "false") if isinstance(value, bool) else str(value)
    is_list = parameter.get("Type") in ("CommaDelimitedList", "List<Number>")
    items = [item.strip() for item in written.split(",")] if is_list else [written]
    return next((wrong for item in items if (wrong := _wrong_item(parameter, item)) is not None), None)


def _wrong_item(parameter: dict[str, JSON], item: str) -> str | None:
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and item not in (texts := [_text(one) for one in allowed]):
        return f"must be one of {', '.join(texts)}{_did_you_mean(item, texts)}"
    if parameter.get("Type") in ("Number", "List<Number>"):
        return _wrong_number(parameter, item)
    least, most = _number(parameter.get("MinLength")), _number(parameter.get("MaxLength"))
    if least is not None and len(item) < least:
        return f"must have at least {least:g} characters"
    return f"must have at most {most:g} characters" if most is not None and len(item) > most else None


def _wrong_number(parameter: dict[str, JSON], item: str) -> str | None:
    number = _number(item)
    if number is None:
        return "must be a number"
    least, most = _number(parameter.get("MinValue")), _number(parameter.get("MaxValue"))
    if least is not None and number < least:
        return f"must be at least {least:g}"
    return f"must be at most {most:g}" if most is not None and number > most else None


def _number(value: JSON) -> float | None:
    try:
        return float(value) if isinstance(value, (str, int, float)) else None
    except (ValueError, OverflowError):
        return None


def _text(value: JSON) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _did_you_mean(item: str, texts: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(item, texts, 1)
    return f"; did you mean '{close[0]}'?" if close else ""
