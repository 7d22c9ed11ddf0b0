"""Lambda functions: where they are, how they are called, what runs them."""
