"""JSONPath as the service has it: text, tree, evaluation."""
