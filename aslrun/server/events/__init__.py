"""What starts functions and machines: queues, streams, buckets, topics, rules and schedules of the local AWS.

`hub` has it all; `declared` reads what a template says of it; `pattern` and `schedule` are the languages of
rules; each other module is one kind of source, or of what is done with an event.
"""
