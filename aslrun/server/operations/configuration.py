"""Logging, tracing and encryption of a machine: what is taken, and what is told where nothing was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.machine import StateMachine
from aslrun.observe.logs.entries import read_configuration
from aslrun.server.arns import Place
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


def declared_logging(machine: StateMachine) -> dict[str, JSON]:
    """Return the logging configuration of a machine's template as the API has it; UsageError for a level that
    there is not."""
    told = machine.configuration("LoggingConfiguration", "Logging")
    level = told.get("Level")
    if not told or (isinstance(level, str) and "${" in level):  # a parameter that has no value
        return {**DEFAULT_LOGGING}
    read = read_configuration(told)
    arn = f"arn:aws:logs:{Place().region}:{Place().account}:log-group:{read.group}:*"
    group: list[JSON] = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}] if read.group else []
    return {
        "level": read.level,
        "includeExecutionData": read.has_data,
        **({"destinations": group} if group else {}),
    }


def declared_tracing(machine: StateMachine) -> dict[str, JSON]:
    """Return the tracing configuration of a machine's template as the API has it."""
    return {"enabled": machine.is_traced}


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
