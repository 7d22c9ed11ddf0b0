"""Names of services, parameters and errors as Step Functions writes them.

AWS SDK integrations are called through the AWS SDK for Java 2, and show the names that it makes of those in a
service's model: `DbInstances`, `Md5OfBody`, `Nul`, `DynamoDb.ConditionalCheckFailedException`. Documentation:
"Learning to use AWS service SDK integrations"; names as recorded, and as users report them.
"""

from __future__ import annotations

import re
from functools import lru_cache

_RESERVED = {"null": "nul"}
"""Names that are none in Java → what its SDK has instead."""


def service_class(service_id: str) -> str:
    """Return what the SDK calls a service: `DynamoDb` for `DynamoDB`, `CloudWatchLogs` for `CloudWatch Logs`.

    `service_id` is the model's serviceId.
    """
    name = _pascal(service_id)
    return name.removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


@lru_cache(maxsize=4096)
def sdk_member(name: str) -> str:
    """Return how an AWS SDK integration writes a member of a model: `DbInstances` for `DBInstances`."""
    lower = _uncapitalised(name)
    return capitalised(_RESERVED.get(lower, lower))


def capitalised(name: str) -> str:
    """Return a name with a capital at its beginning, as optimized integrations write a model's members."""
    return name[:1].upper() + name[1:]


def sdk_exception(shape: str) -> str:
    """Return the SDK's class of an error: `NoSuchKeyException` for `NoSuchKey`."""
    name = _pascal(shape)
    if name.endswith("Fault"):
        return name.removesuffix("Fault") + "Exception"
    return name if name.endswith("Exception") else name + "Exception"


def exception(shape: str) -> str:
    """Return the class of an error in the SDK behind the optimized integrations."""
    return shape if shape.endswith("Exception") else capitalised(shape) + "Exception"


def _uncapitalised(name: str) -> str:
    """Return a name with its leading capitals lowered, but for the one that begins the next word."""
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:end].lower() + name[end:]


def _pascal(text: str) -> str:
    return "".join(capitalised(word.lower()) for word in _words(text))


def _words(text: str) -> list[str]:
    """Return the words of a name: at capitals, acronyms, digits and versions, as the SDK finds them."""
    text = re.sub(r"[^A-Za-z0-9]+", " ", text)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return text.split()
