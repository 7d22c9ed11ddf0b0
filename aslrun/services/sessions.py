"""boto3 sessions on each place: on this process's AWS, on an endpoint, on the real one.

All share what botocore has read of its models: a session costs 9 ms, the first one 0.3 s more.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from aslrun.services.wire import Request, Response, read_request

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 60
"""Seconds to wait for a connection, and for an answer."""
KEY = "aslrun"
"""Access key and secret of handlers and clients that reach no AWS: any will do, but there have to be some."""


@lru_cache(maxsize=1)
def _models() -> Any:
    from botocore.loaders import create_loader

    return create_loader()


def _botocore_session(region: str | None) -> Any:
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _models())
    session.user_agent_extra = "aslrun"
    if region is not None:
        session.set_config_variable("region", region)
    return session


def _boto3_session(made_of: Any, kind: Any = None) -> Any:
    from boto3 import Session

    session = (kind or Session)(botocore_session=made_of)
    paths = _models().search_paths
    paths[:] = dict.fromkeys(paths)  # each session of boto3's adds its own folder once more
    return session


def _without_users_settings(region: str) -> Any:
    """Return a session that knows nothing of the user's profiles, keys and endpoints."""
    from botocore.configprovider import ConstantProvider

    session = _botocore_session(region)
    settings = session.get_component("config_store")
    constants = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
    for name, value in constants.items():
        settings.set_config_provider(name, ConstantProvider(value))
    session.set_credentials(KEY, KEY)
    return session


def real_session() -> Any:
    """Return a session with the user's own credentials and region."""
    from botocore.config import Config

    session = _botocore_session(None)
    session.set_default_client_config(Config(retries={"mode": "standard"}, **_limits()))
    return _boto3_session(session)


def endpoint_session(url: str, region: str) -> Any:
    """Return a session whose clients all go to `url`."""
    from boto3 import Session
    from botocore.config import Config

    class EndpointSession(Session):  # type: ignore[misc]
        def client(self, *args: Any, endpoint_url: str | None = None, **options: Any) -> Any:
            return super().client(*args, endpoint_url=endpoint_url or url, **options)

    session = _without_users_settings(region)
    session.set_default_client_config(
        Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            inject_host_prefix=False,
            **_limits(),
        )
    )
    return _boto3_session(session, EndpointSession)


def local_session(answer: Callable[[Request], Response], region: str) -> Any:
    """Return a session whose clients have each request answered by `answer`, and open no connection."""
    from botocore.awsrequest import AWSResponse
    from botocore.config import Config

    def send(event_name: str, request: Any, **_: Any) -> Any:
        response = answer(_as_request(request, event_name.rpartition(".")[2], region))
        return AWSResponse(request.url, response.status, response.headers, _Raw(response.body))

    session = _without_users_settings(region)
    # Nothing was sent that could be lost, and an answer is the same the second time.
    session.set_default_client_config(
        Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            ignore_configured_endpoint_urls=True,
            **_limits(),
        )
    )
    session.get_component("event_emitter").register_first("before-send", send)
    return _boto3_session(session)


def _limits() -> dict[str, Any]:
    return {
        "connect_timeout": CONNECT_TIMEOUT, "read_timeout": READ_TIMEOUT, "max_pool_connections": 50,
    }  # fmt: skip


def _as_request(prepared: Any, operation: str, region: str) -> Request:
    parts = urlsplit(prepared.url)
    headers = {
        name.lower(): value.decode("utf-8") if isinstance(value, bytes) else str(value)
        for name, value in prepared.headers.items()
    }
    read = read_request(
        prepared.method,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        headers,
        _bytes(prepared.body),
        region,
    )
    return Request(
        read.method, read.target, headers, read.body, read.service, read.region, operation, parts.netloc
    )


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")


class _Raw(io.BytesIO):
    """A body as botocore reads it from a connection."""

    def stream(self, amount: int = 65_536, **_: Any) -> Any:
        while piece := self.read(amount):
            yield piece
