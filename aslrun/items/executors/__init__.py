"""Where the children of distributed Maps run, but for this process."""
