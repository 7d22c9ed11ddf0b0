"""Logging, tracing and encryption of a machine: what is taken, and what is told where nothing was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.server.errors import ApiError
from aslrun.values import JSON

DEFAULT_LOGGING: Mapping[str, JSON] = {"level": "OFF", "includeExecutionData": False}
DEFAULT_TRACING: Mapping[str, JSON] = {"enabled": False}


def read_logging(given: Mapping[str, Any] | None) -> JSON:
    """Return a logging configuration with its defaults; ApiError InvalidLoggingConfiguration for a wrong one.

    A level other than OFF needs one destination (recorded).
    """
    configuration: dict[str, Any] = {**DEFAULT_LOGGING, **(given or {})}
    destinations: Any = configuration.get("destinations")
    if configuration["level"] != "OFF" or destinations:
        is_one = isinstance(destinations, list) and len(destinations) == 1
        if not is_one or not _group_of(destinations[0]):
            raise ApiError(
                "InvalidLoggingConfiguration",
                "Invalid Logging Configuration: Must specify exactly one Log Destination.",
            )
    return configuration


def _group_of(destination: Any) -> str | None:
    group: dict[str, str] = destination.get("cloudWatchLogsLogGroup") or {}
    return group.get("logGroupArn")


def read_encryption(given: Mapping[str, Any] | None) -> JSON:
    """Return an encryption configuration; ApiError InvalidEncryptionConfiguration for a key without its
    id, or the other way round. Nothing is encrypted: it is told as it was given."""
    if given is None:
        return {"type": "AWS_OWNED_KEY"}
    is_own = given["type"] == "CUSTOMER_MANAGED_KMS_KEY"
    if is_own != ("kmsKeyId" in given) or (not is_own and "kmsDataKeyReusePeriodSeconds" in given):
        raise ApiError(
            "InvalidEncryptionConfiguration",
            "Invalid Encryption Configuration: kmsKeyId must be given for CUSTOMER_MANAGED_KMS_KEY, and"
            " only then",
        )
    if is_own:
        return {"kmsDataKeyReusePeriodSeconds": 300, **given}
    return {**given}
