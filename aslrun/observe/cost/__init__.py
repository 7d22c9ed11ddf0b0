"""What executions cost on AWS."""
