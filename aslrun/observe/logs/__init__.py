"""Logs as CloudWatch has them: those of state machines and those of functions."""
