"""Money as people read it."""


def euros(amount):
    return f"€{amount:.2f}"
