"""AWS behind Tasks: calls by botocore's models, in the forms in which Step Functions takes and gives them."""
