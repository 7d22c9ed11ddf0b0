"""Names of machines, executions and activities. API reference: the list of characters that a name must
not have."""

from __future__ import annotations

import re

from aslrun.server.errors import quoted

_REFUSED = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]")


def check_name(name: str) -> None:
    """Raise ApiError InvalidName for a name with a character that no name may have."""
    if _REFUSED.search(name):
        raise quoted("InvalidName", "Invalid Name", name)
