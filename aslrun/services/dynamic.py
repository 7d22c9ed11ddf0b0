"""Dynamic references in templates: parameters and secrets that CloudFormation looks up when it deploys.

Documentation: "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aslrun.errors import UsageError

BEGINS = "{{resolve:"
"""How a reference begins."""
_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")
_ARN_PARTS = 7

Call = Callable[[str, str, Mapping[str, Any]], dict[str, Any]]


def resolve(text: str, call: Call) -> str:
    """Return a text with the values in place of the references in it, which `call` asks AWS for.

    Raises UsageError for what is not there, with what to write where.
    """
    return _REFERENCE.sub(lambda found: _value(found[0], found[1], found[2], call), text)


def _value(reference: str, service: str, path: str, call: Call) -> str:
    try:
        return _secret(path, call) if service == "secretsmanager" else _parameter(path, call)
    except UsageError:
        raise
    except Exception as wrong:  # what the service answers
        named = "secretsmanager" if service == "secretsmanager" else "ssm"
        raise UsageError(
            f"'{reference}' cannot be resolved: {_reason(wrong)}; declare it in the template, or put it under"
            f" [{named}] in aslrun.toml"
        ) from None


def _reason(wrong: Exception) -> str:
    """Return the service's own words, without botocore's around them; they go on in a sentence."""
    told = getattr(wrong, "response", {}).get("Error", {}).get("Message") or str(wrong)
    return str(told).rstrip(".")


def _parameter(path: str, call: Call) -> str:
    """Return the value of `NAME` or `NAME:VERSION`; the name may be an ARN."""
    name, _, version = path.rpartition(":") if path.rpartition(":")[2].isdecimal() else (path, "", "")
    told = call(
        "ssm", "GetParameter", {"Name": f"{name}:{version}" if version else name, "WithDecryption": True}
    )
    return str(told["Parameter"]["Value"])


def _secret(path: str, call: Call) -> str:
    """Return the value of `ID:SecretString:KEY:STAGE:VERSION`, of which all but the id may be left out."""
    parts = path.split(":")
    count = _ARN_PARTS if path.startswith("arn:") else 1
    id, rest = ":".join(parts[:count]), [*parts[count:], "", "", "", ""]
    kind, key, stage, version = rest[:4]
    if kind not in ("", "SecretString"):
        raise UsageError(f"'{{{{resolve:secretsmanager:{path}}}}}': write SecretString in place of {kind}")
    given = {"SecretId": id}
    if stage:
        given["VersionStage"] = stage
    if version:
        given["VersionId"] = version
    text = str(call("secretsmanager", "GetSecretValue", given)["SecretString"])
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"the secret '{id}' has no '{key}': it must be a JSON object that has it") from None
