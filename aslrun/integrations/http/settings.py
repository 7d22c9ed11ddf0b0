"""What aslrun.toml says of HTTP: `[connections]`, `[http] private`, and `[endpoints]`, which leads the
requests for a host to a server that stands in for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aslrun.document import read_toml
from aslrun.errors import UsageError
from aslrun.integrations.http.addresses import Addresses


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`endpoints` has the URL that stands in for a host, `connections` the tables as they are written."""

    addresses: Addresses
    connections: Mapping[str, Any] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    where: str = "aslrun.toml"

    def stand_in(self, url: str) -> str | None:
        """Return a URL at the server that stands in for its host, None where there is none."""
        parts = urlsplit(url)
        base = self.endpoints.get(parts.netloc.lower()) or self.endpoints.get(parts.hostname or "")
        if base is None:
            return None
        return base.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")

    def is_private(self, url: str) -> bool:
        """Tell whether a URL leads to a host that the user allows, though it is not public."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self.addresses.lists(parts.hostname or "", port)


def read_settings(folder: Path | None, *, all_private: bool = False) -> HttpSettings:
    """Read aslrun.toml in a folder, if it is there; UsageError for what is wrong in it."""
    file = None if folder is None else folder / "aslrun.toml"
    if file is None or not file.is_file():
        return HttpSettings(Addresses(all_private=all_private))
    given = read_toml(file)
    tables = {name: given.get(name, {}) for name in ("connections", "http", "endpoints")}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(f"{file}: [{name}] is expected to be a table")
    private = tables["http"].get("private", [])
    if not isinstance(private, list) or not all(isinstance(one, str) for one in private):
        raise UsageError(f'{file}: [http] private must be a list of hosts, as in ["localhost:8080"]')
    if unknown := tables["http"].keys() - {"private"}:
        raise UsageError(f"{file}: [http] has no option '{min(unknown)}'; it has private")
    endpoints = dict(
        _endpoint(host, url, f"{file}: [endpoints] {host}") for host, url in tables["endpoints"].items()
    )
    # Who names a server there means it, wherever it is.
    named = [urlsplit(url).netloc for url in endpoints.values()]
    addresses = Addresses([*private, *named], all_private=all_private)
    return HttpSettings(addresses, tables["connections"], endpoints, str(file))


def _endpoint(host: str, url: Any, where: str) -> tuple[str, str]:
    base = urlsplit(url) if isinstance(url, str) else None
    if base is None or base.scheme not in ("http", "https") or not base.netloc:
        raise UsageError(f'{where}: write the URL of a server, as in "http://127.0.0.1:3000"')
    parts = urlsplit(host if "//" in host else f"//{host}")
    return parts.netloc.lower(), url
