"""What is in the local AWS at the start: a template's resources, and the data that `aslrun.toml` names."""
