"""The coverage report as an HTML page."""
