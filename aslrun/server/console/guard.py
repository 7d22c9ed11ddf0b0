"""Which requests of browsers are refused: those that the page of somebody else has made.

A page that another site has sent may send requests to this machine. It gives itself away by `Origin` or by
`Sec-Fetch-Site` (Fetch Metadata), which scripts cannot set. A site whose name suddenly leads to this machine
(DNS rebinding) is the page's own origin to the browser: its name stands in `Host`. SDKs and the command line
send neither of the first two, and may name the host as they like.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

TOKEN_HEADER = "x-aslrun-console"
"""The header with the console's token, which its pages have from the server."""
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
"""Addresses that listen on all of a machine's."""


class Guard:
    """Tells requests of the server's own pages from those of others. `host` is what the server listens on."""

    def __init__(self, host: str) -> None:
        self.host = host.lower()

    def refusal(self, method: str, headers: Mapping[str, str], *, is_console: bool) -> str | None:
        """Return why a request is refused, None where it is not; names of headers are in lower case."""
        is_of_a_page = "origin" in headers or "sec-fetch-site" in headers
        if not (is_console or is_of_a_page):
            return None
        if not self.is_own(headers.get("host", "")):
            return "the Host header names another host than this server's: open the console by its address"
        if not is_of_a_page:
            return None
        origin, host = headers.get("origin"), headers["host"].lower()
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return "a page of another origin asks: this server answers its own pages, and clients, only"
        site = headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none") and not (is_console and _is_followed_link(method, headers)):
            return "a page of another site asks: this server answers its own pages, and clients, only"
        return None

    def is_own(self, host: str) -> bool:
        """Tell whether a Host header names this server: as loopback, or as it listens."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name == "localhost" or (self.host not in EVERYWHERE and name == self.host):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return self.host in EVERYWHERE and name == socket.gethostname().lower()
        # An address is not a name that somebody could lead elsewhere.
        return address.is_loopback or self.host in EVERYWHERE


def _is_followed_link(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether somebody has followed a link to a page, which then is theirs and not the other site's."""
    return (
        method == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
