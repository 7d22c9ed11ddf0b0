"""Words for people: summaries, progress, diagnostics, what notebooks show."""
