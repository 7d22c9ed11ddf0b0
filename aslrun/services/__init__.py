"""AWS behind Tasks: where calls to its services go, and the local AWS in this process."""
