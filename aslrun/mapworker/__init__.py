"""The other side of `--map-workers`: a process that runs children of distributed Maps for another one."""
