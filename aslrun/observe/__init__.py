"""What CloudWatch, X-Ray and the bill would say of an execution: logs, metrics, traces, cost, quotas.

All is read off what the execution recorded, when somebody asks for it.
"""
