"""JSONata's error messages by code, where jsonata-python words them in another way. Source: JSONata 2.0.6,
whose codes and texts the service shows in `cause`."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "D1001": "Number out of range: {value}",
    "T1006": "Attempted to invoke a non-function",
    "U1001": "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as"
    " tail-recursive.",
    "U1002": "Expression evaluation timeout after {seconds:g} seconds: Check for infinite loop",
}
