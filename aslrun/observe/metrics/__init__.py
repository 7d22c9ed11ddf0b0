"""Metrics as CloudWatch has them: AWS/States, AWS/Lambda, and what functions embed in their logs."""
