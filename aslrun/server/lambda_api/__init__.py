"""Lambda's API, as far as it makes functions and calls them. API reference: AWS Lambda.

`deployed` keeps the functions, `operations` answers, `routes` finds the operation of a request, `calls`
invokes.
"""
