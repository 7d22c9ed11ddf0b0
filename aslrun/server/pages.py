"""Pages of lists. A token tells where the next page begins, and of what list: it is no secret, but a token of
another list, or of the same one with other filters, is refused as the service does."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aslrun.server.errors import invalid_token, quoted

T = TypeVar("T")

DEFAULT_SIZE = 100
"""Items of a page where the request does not say, or says 0. API reference: maxResults."""
MOST = 1_000


def page_size(request: dict[str, Any]) -> int:
    """Return how many items a page of the answer has at most."""
    return min(request.get("maxResults") or DEFAULT_SIZE, MOST)


def _stamp(operation: str, request: dict[str, Any]) -> int:
    rest = {name: value for name, value in request.items() if name not in ("nextToken", "maxResults")}
    return zlib.crc32(json.dumps([operation, rest], sort_keys=True).encode())


def place_of(operation: str, request: dict[str, Any]) -> Any:
    """Return where the page that is asked for begins, as `token_of` was told it; None for the first page.

    Raises ApiError InvalidToken for a token that is not of this list.
    """
    token = request.get("nextToken")
    if token is None:
        return None
    try:
        stamp, place = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError, RecursionError):
        raise invalid_token() from None
    if stamp != _stamp(operation, request):
        raise quoted("InvalidToken", "Invalid Token", "Input inconsistent with page token")
    return place


def token_of(operation: str, request: dict[str, Any], place: Any) -> str | None:
    """Return the token of the page that begins at `place`, a JSON value; None where there is none."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([_stamp(operation, request), place]).encode()).decode()


def page_of(
    operation: str, request: dict[str, Any], items: Sequence[T], key: Callable[[T], Any]
) -> tuple[list[T], str | None]:
    """Return one page of `items`, which are in the order of their keys, and the token of the next."""
    after, size = place_of(operation, request), page_size(request)
    try:
        rest = list(items) if after is None else [item for item in items if key(item) > after]
    except TypeError:
        raise invalid_token() from None
    page = rest[:size]
    return page, token_of(operation, request, key(page[-1])) if len(rest) > size else None
