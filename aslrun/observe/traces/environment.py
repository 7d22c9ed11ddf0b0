"""What the environment says of traces, as OpenTelemetry's SDKs read it.

Specification: "OpenTelemetry Environment Variable Specification", "OpenTelemetry Protocol Exporter". Imports
nothing: `aslrun execute` asks each time.
"""

from __future__ import annotations

import os

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
PATIENCE = 3.0
"""Seconds for which a collector is waited for where the environment does not say; the SDK waits for 10."""


def endpoint() -> str | None:
    """Return where traces are sent; None where nothing is said, or that none are."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return None
    return next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), None)


def timeout() -> float | None:
    """Return the seconds for which a collector is waited for; None where the SDK reads it itself."""
    return None if any(os.environ.get(name) for name in TIMEOUTS) else PATIENCE
