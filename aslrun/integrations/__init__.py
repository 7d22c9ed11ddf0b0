"""Integrations answer Tasks: Lambda functions in worker processes or in this one."""
