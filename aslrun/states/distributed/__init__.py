"""Map, distributed: a child execution for each item, or each batch of items."""
