"""The Python worker, by parts: what Lambda's runtime interface client (awslambdaric 4.2.2) does, does it."""
