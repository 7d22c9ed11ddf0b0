"""boto3 clients for an endpoint on this machine, with credentials that are good for nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from aslrun.errors import UsageError
from aslrun.states.resource import DEFAULT_REGION


def boto3_client(service: str, url: str) -> Any:
    """Return a boto3 client for an endpoint. Raises UsageError where boto3 is not installed."""
    session = _session()
    from botocore.config import Config

    return session.client(service, endpoint_url=url, config=Config(inject_host_prefix=False))


@cache
def _session() -> Any:
    """One for the whole process: a new one takes a quarter of a second."""
    try:
        import boto3
    except ImportError:
        raise UsageError("a client needs boto3, which is not installed: pip install 'aslrun[aws]'") from None
    return boto3.session.Session(
        aws_access_key_id="aslrun", aws_secret_access_key="aslrun", region_name=DEFAULT_REGION
    )
