"""Text → path. What is plain, as most paths are, is read in one match; the grammar, in `syntax`, is imported
for the first path that is not."""

from __future__ import annotations

import re
from functools import lru_cache

from aslrun.expressions.jsonpath.tree import Indices, Names, Path

_PLAIN = re.compile(r"(\$\$|\$[A-Za-z_]\w*|\$)((?:\.[A-Za-z_]\w*|\[\d{1,9}\])*)", re.ASCII)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse a whole text as a path that begins with `$`; ExpressionError, with the place, if it is none.

    Blanks after it are passed over, as the service does.
    """
    plain = _PLAIN.fullmatch(text.rstrip())
    if plain is None:
        from aslrun.expressions.jsonpath.syntax import parse_any

        return parse_any(text)
    steps = _STEP.findall(plain[2])
    segments = (Names((name,)) if name else Indices((int(at),)) for name, at in steps)
    return Path(plain[0], plain[1], tuple(segments))
