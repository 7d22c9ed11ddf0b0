"""JSONata as the service has it."""
