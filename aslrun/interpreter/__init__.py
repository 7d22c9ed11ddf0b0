"""The interpreter: a pure computation that yields effects where it needs the world."""
