"""What happened: the events of GetExecutionHistory, a history taken apart, shown, and compared."""
