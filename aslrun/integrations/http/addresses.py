"""Where a request may go. A definition is data: whoever wrote it must not reach the services that listen only
on this machine or in its network, so that addresses which are not public are refused unless the user lists
them. A name is resolved once, and the connection is made to the address that was looked at."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from aslrun.errors import UsageError

Address: TypeAlias = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


class Refused(Exception):
    """A host that leads only to addresses which are not public; `str()` of it is one of them."""


class Addresses:
    """Which hosts a request may go to, beside the public ones.

    `private` lists host names (`localhost`, `*.test`), addresses and networks (`10.0.0.0/8`), each with a
    `:PORT` where only that one is meant; `all_private` allows all. Raises UsageError for an entry that is
    none of these.
    """

    def __init__(self, private: Iterable[str] = (), *, all_private: bool = False) -> None:
        self.all_private = all_private
        self.entries = [_entry(text) for text in private]

    def find(self, host: str, port: int) -> Sequence[tuple[str, bool]]:
        """Return the addresses of a host that may be connected to, and for each whether it is public.

        Raises Refused where there are addresses and none may be, OSError for a name that leads nowhere.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        allowed = [(one, is_public(one)) for one in addresses if self.allows(host, port, one)]
        if not allowed:
            raise Refused(addresses[0])
        return allowed

    def lists(self, host: str, port: int) -> bool:
        """Tell whether a host is one of the entries, or all are allowed and it is an address."""
        if any(only in (None, port) and _fits(pattern, host, host) for pattern, only in self.entries):
            return True
        try:
            return self.all_private and not is_public(host)
        except ValueError:
            return self.all_private and host == "localhost"

    def allows(self, host: str, port: int, address: str) -> bool:
        """Tell whether a request may go to an address that a host's name leads to."""
        return self.all_private or is_public(address) or any(
            only in (None, port) and _fits(pattern, host, address) for pattern, only in self.entries
        )  # fmt: skip


def is_public(address: str) -> bool:
    """Tell whether an address is one of the internet's: not loopback, private, link-local or reserved, also
    where it is written inside an IPv6 address."""
    plain = _plain(ip_address(address.partition("%")[0]))
    return plain.is_global and not plain.is_multicast


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, where it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    return inside or address


def _entry(text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host.strip("[]") and not host.startswith("[")):
        host, port = text, ""
    host = host.strip("[]").lower()
    if not host or (port and not port.isdigit()):
        raise UsageError(
            f"[http] private: {text!r} is no host; write a name, an address or a network, as in"
            ' "localhost:8080", "*.test" or "10.0.0.0/8"'
        )
    return host, int(port) if port else None


def _fits(pattern: str, host: str, address: str) -> bool:
    host = host.lower().rstrip(".")
    if pattern == host or (pattern.startswith("*.") and host.endswith(pattern[1:])):
        return True
    try:
        return _plain(ip_address(address.partition("%")[0])) in ip_network(pattern, strict=False)
    except ValueError:
        return False
