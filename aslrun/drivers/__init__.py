"""Drivers resume computations with the answers to their effects; they own time, threads and chance."""
