"""The optimized integrations. Adding an action: nothing, where the API's action of that name does it; a line
in `actions.py` where something else is sent or told; a line in `jobs.py` for `.sync`."""
