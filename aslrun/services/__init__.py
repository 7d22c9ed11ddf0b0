<<<<<<< HEAD
"""AWS behind Tasks: calls by botocore's models, in the forms in which Step Functions takes and gives them."""
=======
"""AWS behind Tasks: where calls to its services go, and the local AWS in this process."""
>>>>>>> local
