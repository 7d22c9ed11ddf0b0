"""What a distributed Map reads and writes: where objects are, readers by type, the writer of results, and the
histories of children on disk."""
