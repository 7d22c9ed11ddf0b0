"""`aslrun serve`: the Step Functions API on one's own machine.

`protocol` takes a request apart and puts the answer together, by the service's own model (`model`);
`operations` has a function for each operation; `engine` owns the driver and runs the executions;
`lambda_api` is the part of Lambda's API with which functions are made and called; `serving` listens.
Needs the extra `aslrun[server]`.
"""
