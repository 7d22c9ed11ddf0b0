"""The console: a page in the browser that lists what the server has, shows an execution on its graph while it
runs, and starts, stops, redrives and answers, by the API's own operations.

`guard` says which requests of browsers are refused, `routes` has the addresses, `data` what is shown, `pages`
the HTML; the scripts in `scripts/` come after those of the report page, which show the execution.
"""
