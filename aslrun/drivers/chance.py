"""Chance that can be repeated: each scope draws from its own source, made from the seed and its path."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from aslrun.interpreter.identity import ScopePath


def random_source(seed: int | str) -> Callable[[ScopePath], random.Random]:
    """Return a function of a scope's path that gives its source: equal for equal seeds."""
    return lambda path: _source(f"{seed}:{path}")


def _source(text: str) -> random.Random:
    # Bytes, and not text: a seed of the command line may be no UTF-8.
    return random.Random(text.encode("utf-8", "surrogatepass"))


def new_seed() -> int:
    """Return a seed nobody chose."""
    return random.SystemRandom().getrandbits(48)


def uuid_from(seed: int | str, what: str) -> str:
    """Return a UUID of an execution's seed: `what` is "name" for the name of one that was given none, and
    "express" for the end of an Express execution's ARN."""
    return str(uuid.UUID(int=_source(f"{seed}:{what}").getrandbits(128), version=4))
