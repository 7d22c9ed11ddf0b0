"""Traces of executions: spans, as OpenTelemetry and as X-Ray have them."""
