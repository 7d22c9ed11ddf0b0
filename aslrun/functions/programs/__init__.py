"""What runs in a worker process, by itself: nothing of aslrun is imported there."""
