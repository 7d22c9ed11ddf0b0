"""AWS behind Tasks: calls to its services, in the forms in which Step Functions takes and gives them, where
they go, and the local AWS in this process."""
