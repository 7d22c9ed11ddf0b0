"""The state types, one module each; `types` has the table of them. What services ask of a Task is a leaf."""
